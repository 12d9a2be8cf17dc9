"""What Dagster costs: the same graph as plain function calls and as one Dagster run, in turns.

Prints one JSON object; README.md says what it means.
"""

import shutil
import time
from collections.abc import Callable
from itertools import chain
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import dagster as dg
from plain_graph import BATCH, files_under, plain_graph
from world import arguments, machine, print_json, sandbox, source

from spotyt_dagster.definitions import ASSETS
from spotyt_dagster.defs.partitions import CRAWL_BATCH
from spotyt_dagster.defs.resources import resources_for
from spotyt_dagster.sample.tracks import write_sample_csv
from spotyt_dagster.settings import Settings
from spotyt_dagster.sources.raw_table import read_tracks

GROUPS = ("ingest", "crawl", "tables")
MODELS = (dg.AssetKey(["regression", "ols"]), dg.AssetKey(["clustering", "kmeans"]))

#: Enough for every table to fit into one batch.
ALL_ROWS = 1_000_000
CONFIG = Path(__file__).parents[1] / "dagster.yaml"


def dagster_run(settings: Settings, instance: dg.DagsterInstance) -> None:
    """The assets of `GROUPS` and `MODELS` as one run in this process."""
    dg.materialize(
        [asset for asset in ASSETS if _is_measured(asset)],
        partition_key=BATCH,
        instance=instance,
        resources=resources_for(settings),
        # As in `spotyt run`, which shows a line an asset and not Dagster's own log of events.
        run_config={"loggers": {"console": {"config": {"log_level": "ERROR"}}}},
    )


def _is_measured(asset: dg.AssetsDefinition) -> bool:
    return all(key.path[0] in GROUPS or key in MODELS for key in asset.keys)


def timed(run: Callable[[Settings], None], raw: str, url: str) -> tuple[float, set[str]]:
    """Seconds of one run in a new folder, and the files that it left."""
    with TemporaryDirectory() as folder:
        settings = Settings.model_validate(
            {
                "raw": raw,
                "storage": f"{folder}/data",
                "crawl_db": f"sqlite:///{folder}/crawl.db",
                "batch_rows": ALL_ROWS,
                "sandbox_url": url,
            }
        )
        start = time.perf_counter()
        run(settings)
        return time.perf_counter() - start, files_under(settings.storage)


def main() -> None:
    """Measure and print."""
    parser = arguments(__doc__)
    parser.add_argument("--pairs", type=int, default=5, help="runs of each kind that are measured")
    parser.add_argument("--rows", type=int, help="synthetic tracks instead of --raw")
    options = parser.parse_args()
    with TemporaryDirectory() as home:
        raw = source(options.raw)
        if options.rows:
            raw = f"{home}/sample.csv"
            write_sample_csv(Path(raw), Settings().seed, options.rows)
        tracks, _ = read_tracks(raw, Settings().seed)
        shutil.copy(CONFIG, home)
        with dg.DagsterInstance.from_config(home) as instance, sandbox(raw, 0.0) as server:
            instance.add_dynamic_partitions(CRAWL_BATCH, [BATCH])
            ways = (plain_graph, lambda settings: dagster_run(settings, instance))
            # The first turn imports and compiles what all later ones use; it is not measured.
            turns = [
                [timed(way, raw, server.url) for way in ways] for _ in range(options.pairs + 1)
            ][1:]
    if len(set(map(frozenset, (files for _, files in chain(*turns))))) > 1:
        raise SystemExit("the two ways did not leave the same files, so their times say nothing")
    pairs = [(plain, dagster) for (plain, _), (dagster, _) in turns]
    print_json(
        {
            "benchmark": "orchestration",
            "raw": "sample" if options.rows else tracks["raw_source"].iloc[0],
            "rows": len(tracks),
            "pairs": len(pairs),
            **machine(),
            "plain_seconds": round(median(plain for plain, _ in pairs), 3),
            "dagster_seconds": round(median(dagster for _, dagster in pairs), 3),
            "overhead_seconds": round(median(dagster - plain for plain, dagster in pairs), 3),
            "ratio": round(median(dagster / plain for plain, dagster in pairs), 3),
            "ratios_by_pair": [round(dagster / plain, 3) for plain, dagster in pairs],
        }
    )


if __name__ == "__main__":
    main()
