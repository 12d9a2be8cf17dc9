"""What `spotyt run` takes from beginning to end: seconds by asset, and the most memory at once.

Prints one JSON object; README.md says what it means.
"""

import resource
import subprocess
import sys
import time
from collections import defaultdict
from pathlib import Path
from tempfile import TemporaryDirectory

import dagster as dg
import pandas as pd
from world import SPOTYT, arguments, environment, machine, print_json, source

#: `spotyt` keeps Dagster's history here, in the folder it is started in.
HOME = ".dagster_home"


def seconds_by_asset(instance: dg.DagsterInstance) -> dict[str, float]:
    """Seconds of each step over all runs (batches add up), slowest first.

    Steps are named as the assets are, group/name; a check is named after its asset, and the step
    that makes two assets after itself.
    """
    seconds: defaultdict[str, float] = defaultdict(float)
    for run in instance.get_runs():
        for step in instance.get_run_step_stats(run.run_id):
            if step.start_time and step.end_time:
                seconds[step.step_key.replace("__", "/")] += step.end_time - step.start_time
    return dict(sorted(seconds.items(), key=lambda one: -one[1]))


def main() -> None:
    """Run, measure and print."""
    parser = arguments(__doc__)
    parser.add_argument("--effort", choices=("quick", "full"), default="quick")
    options = parser.parse_args()
    with TemporaryDirectory() as folder:
        start = time.perf_counter()
        child = subprocess.run(
            [*SPOTYT, "run"],
            cwd=folder,
            env=environment(raw=source(options.raw), effort=options.effort),
            # The one object on stdout is ours; what the run says goes where a person looks.
            stdout=sys.stderr,
        )
        seconds = time.perf_counter() - start
        if child.returncode:
            raise SystemExit(f"spotyt run ended with {child.returncode}; its words stand above")
        # Of the children that have ended, and there is one.
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        with dg.DagsterInstance.from_config(str(Path(folder, HOME))) as instance:
            by_asset = seconds_by_asset(instance)
        board = pd.read_parquet(Path(folder, "data", "report", "leaderboard.parquet"))
    not_fitted = board[board["metric"].isin(["failed", "not run"])]
    print_json(
        {
            "benchmark": "whole_graph",
            "raw": board["raw_source"].iloc[0],
            "effort": options.effort,
            **machine(),
            "seconds": round(seconds, 1),
            "cpu_seconds": round(used.ru_utime + used.ru_stime, 1),
            # Linux counts KiB.
            "peak_memory_mib": round(used.ru_maxrss / 1024),
            "models": int(board["model"].nunique()),
            "not_fitted": sorted(set(not_fitted["model"])),
            "seconds_in_steps": round(sum(by_asset.values()), 1),
            "seconds_by_asset": {name: round(value, 1) for name, value in by_asset.items()},
        }
    )


if __name__ == "__main__":
    main()
