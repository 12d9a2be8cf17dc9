"""Fits models in a process of its own: `-m …every_model <tables> <out> <cores> <group/name> ...`.

`tables` is a folder with tracks.parquet and baseline.parquet. In the folder `out`, metrics.parquet
gets all models' metrics, splits.parquet what their splitters did (watched_splits.py), each with its
group and model.
"""

import os
import sys
from pathlib import Path


def main(tables: str, out: str, cores: str, *models: str) -> None:
    """Fit the models in the given order on at most that many cores."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: int(cores)])
    # only now: libraries count the cores when they are loaded
    import pandas as pd

    from spotyt_dagster.learning import classification, clustering, regression
    from spotyt_dagster.learning.runner import run_model
    from spotyt_dagster.settings import LearningSettings
    from spotyt_dagster_tests.learning.watched_splits import Watch

    tracks, baseline = (
        pd.read_parquet(f"{tables}/{name}.parquet") for name in ("tracks", "baseline")
    )
    settings = LearningSettings(seed=42, effort="quick")
    metrics, cuts = [], []
    known = (*clustering.MODELS, *regression.MODELS, *classification.MODELS)
    by_key = {model.key: model for model in known}
    for key in models:
        with Watch() as watch:
            metrics.append(run_model(by_key[key], tracks, baseline, settings).metrics)
        cuts.append(pd.DataFrame(watch.cuts).assign(group=by_key[key].task, model=key))
    Path(out).mkdir()
    pd.concat(metrics).to_parquet(f"{out}/metrics.parquet")
    pd.concat(cuts).to_parquet(f"{out}/splits.parquet")


if __name__ == "__main__":
    main(*sys.argv[1:])
