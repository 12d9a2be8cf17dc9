"""How long models take at full effort, known beforehand from runs that were timed.

full_effort.csv holds the seconds each model took on the real table with the sandbox's answers, on
two cores, and the power of the number of tracks by which they grow. The two attention networks ran
beside other work; theirs are the epochs of that run (836 each, over 24 fits) times the seconds of
an epoch (4.8 and 1.07), shared between two workers. `benchmarks/whole_graph.py --effort full` times
all anew. What is said of it to a person is the report's words (reporting/effort.py).
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
