"""How long models take at full effort, known beforehand from runs that were timed.

full_effort.csv holds the seconds each model took on the real table with the sandbox's answers, on
two cores, and the power of the number of tracks by which they grow. The machine did other work
meanwhile, so these are seconds of the processors; the networks' are shared between two workers.
What is said of it to a person is the upper storey's.
"""

from collections.abc import Iterable
from functools import cache
from importlib.resources import files

import pandas as pd

TIMED_TRACKS = 15_061


def full_effort_seconds(models: Iterable[str], tracks: int) -> pd.Series:
    """Seconds (float64) that each of the models takes at full effort on so many tracks, by name.

    Models are named as their assets are (regression/knn); NaN for one that was not timed.
    """
    timed = _timed().reindex(list(models))
    return timed["seconds"] * (tracks / TIMED_TRACKS) ** timed["growth"]


@cache
def _timed() -> pd.DataFrame:
    return pd.read_csv(
        files("spotyt_dagster.learning") / "full_effort.csv",  # pyright: ignore[reportArgumentType]
        index_col="model",
        dtype={"seconds": "float64", "growth": "float64"},
    )
