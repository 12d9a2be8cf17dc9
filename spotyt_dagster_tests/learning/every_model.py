"""Fits models in a process of its own: `every_model.py <tables> <out> <cores> <group/name> ...`.

`tables` is a folder with tracks.parquet and baseline.parquet; all models' metrics go to `out`.
"""

import os
import sys
from importlib import import_module


def main(tables: str, out: str, cores: str, *models: str) -> None:
    """Fit the models in the given order on at most that many cores."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: int(cores)])
    # only now: libraries count the cores when they are loaded
    import pandas as pd

    from spotyt_dagster.learning.result import run_model
    from spotyt_dagster.settings import LearningSettings

    tracks, baseline = (
        pd.read_parquet(f"{tables}/{name}.parquet") for name in ("tracks", "baseline")
    )
    metrics = []
    for model in models:
        group, name = model.split("/")
        function = getattr(import_module(f"spotyt_dagster.learning.{group}.{name}"), name)
        metrics.append(
            run_model(function, tracks, baseline, LearningSettings(seed=42, effort="quick")).metrics
        )
    pd.concat(metrics).to_parquet(out)


if __name__ == "__main__":
    main(*sys.argv[1:])
