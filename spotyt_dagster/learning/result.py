"""What every model hands back, and how a model that fails still hands something back.

The shape of a metrics row is fixed here and nowhere else. How the values come about (splits,
intervals) belongs in evaluate.py, the values themselves in metrics.py, and what the upper storey
makes of a Result in defs/.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pandas as pd

from spotyt_dagster.learning.determinism import deterministic

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from spotyt_dagster.settings import LearningSettings

logger = logging.getLogger(__name__)

METRIC_DTYPES = {
    "task": "str",
    "model": "str",
    "variant": "str",
    "protocol": "str",
    "split": "str",
    "target": "str",
    "features": "str",
    "metric": "str",
    "value": "float64",
    "low": "float64",
    "high": "float64",
    "n_train": "int64",
    "n_test": "int64",
    "seed": "int64",
    "effort": "str",
    "fit_seconds": "float64",
    "raw_source": "str",
    "api": "str",
    "note": "str",
}
METRIC_COLUMNS = list(METRIC_DTYPES)

NO_FIT = ("failed", "not run")
"""Metrics of a model that has no figure: it failed, or what it needs is not on this machine."""

Interval = tuple[float, float, float]
"""A value with the low and high end of its 95 % interval, all in the metric's own unit."""

ModelFunction = Callable[[pd.DataFrame, pd.DataFrame, "LearningSettings"], "Result"]


@dataclass(frozen=True)
class FittedEstimator:
    """A fitted scikit-learn estimator and what it was fitted on.

    `target` is "none" of clusters; `features` are its input columns, in order; it was fitted on
    `rows` of the table's `of_rows`, in the columns of `snapshot` (crawled or baseline).
    """

    model: Any
    target: str
    features: tuple[str, ...]
    rows: int
    of_rows: int
    snapshot: str


@dataclass(frozen=True)
class Result:
    """One model's metrics, pictures, tables and fitted estimator.

    `metrics` has exactly METRIC_COLUMNS, one row a metric; other columns raise ValueError.
    `figures` and `tables` are keyed by the file name they get, without its ending. `estimator` is
    the one that is kept for new tracks, or None where there is none; `device` is torch's name of
    where it was trained.
    """

    metrics: pd.DataFrame
    figures: dict[str, Figure] = field(default_factory=dict)
    tables: dict[str, pd.DataFrame] = field(default_factory=dict)
    estimator: FittedEstimator | None = None
    device: str = "cpu"

    def __post_init__(self) -> None:
        if list(self.metrics.columns) != METRIC_COLUMNS:
            raise ValueError(
                f"a Result's metrics need the columns {METRIC_COLUMNS}, "
                f"got {list(self.metrics.columns)}"
            )


def provenance(frame: pd.DataFrame) -> dict[str, str]:
    """The raw_source and api of a table, read from its own columns; mixed ones joined by "+"."""
    return {
        column: "+".join(sorted(frame[column].dropna().astype(str).unique())) or "unknown"
        for column in ("raw_source", "api")
    }


def metric_rows(
    values: Mapping[str, float | Interval],
    *,
    frame: pd.DataFrame,
    settings: LearningSettings,
    task: str,
    model: str,
    variant: str,
    features: str,
    protocol: str = "all rows",
    split: str = "none",
    target: str = "none",
    n_train: int | None = None,
    n_test: int = 0,
    fit_seconds: float = math.nan,
    note: str = "",
) -> pd.DataFrame:
    """Metrics of one fit as rows of METRIC_COLUMNS; provenance is read from `frame`.

    A value is a number, or (value, low, high) where there is an interval. The defaults describe
    a model fitted on all rows with no target, as in clustering: n_train is then len(frame).
    """
    shared = {
        "task": task,
        "model": model,
        "variant": variant,
        "protocol": protocol,
        "split": split,
        "target": target,
        "features": features,
        "n_train": len(frame) if n_train is None else n_train,
        "n_test": n_test,
        "seed": settings.seed,
        "effort": settings.effort,
        "fit_seconds": fit_seconds,
        "note": note,
        **provenance(frame),
    }
    rows = []
    for metric, value in values.items():
        value, low, high = value if isinstance(value, tuple) else (value, math.nan, math.nan)
        rows.append({**shared, "metric": metric, "value": value, "low": low, "high": high})
    return pd.DataFrame(rows, columns=METRIC_COLUMNS).astype(METRIC_DTYPES)


def join_metrics(parts: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Several metrics tables as one, in the given order, with a fresh index."""
    return pd.concat(list(parts), ignore_index=True).astype(METRIC_DTYPES)


def single_notes(notes: pd.Series) -> list[str]:
    """The distinct parts of notes such as "one; two", in order."""
    parts = [part.strip() for note in notes.dropna() for part in str(note).split(";")]
    return list(dict.fromkeys(filter(None, parts)))


def run_model(
    function: ModelFunction,
    tracks: pd.DataFrame,
    baseline: pd.DataFrame,
    settings: LearningSettings,
) -> Result:
    """The model's Result, or, where it raises, a Result with the one row metric = "failed".

    Task and model name are the function's: `…learning.<task>.<name>.<name>`. The traceback goes
    to the log, the message as one line to the row's note, so one failure stays one failure.
    Threads and global generators are deterministic around it as around each fit.
    """
    task = ["unknown", *function.__module__.split(".")][-2]
    model = function.__name__
    try:
        with deterministic(settings.seed):
            return function(tracks, baseline, settings)
    except Exception as error:
        logger.exception("%s/%s could not be fitted", task, model)
        message = " ".join(str(error).split()) or "no message"
        return Result(
            metric_rows(
                {"failed": math.nan},
                frame=tracks,
                settings=settings,
                task=task,
                model=model,
                variant="none",
                features="none",
                protocol="none",
                note=f"{type(error).__name__}: {message}",
            )
        )
