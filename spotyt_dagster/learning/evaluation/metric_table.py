"""The table in which every measured value is a row: its columns, and how rows are made and joined.

The shape of a row is fixed here and nowhere else. How values come about belongs in metrics.py and
evaluate.py, what they are worth beside each other in reporting/.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from itertools import chain
from typing import Literal, get_args

import pandas as pd

from spotyt_dagster.settings import LearningSettings
from spotyt_dagster.tables.provenance import Provenance

Status = Literal["ok", "failed", "not run"]
"""What became of a model: it has figures; it raised; what it needs is not on this machine."""

NO_FIGURES: tuple[Status, ...] = ("failed", "not run")

FitScale = Literal["identity", "log10"]
"""The scale that a model was fitted on, seen from the row's target: the target itself, or log10 of
1 + target, from which predictions were taken back."""

Notes = tuple[str, ...]
"""Caveats and reasons, a sentence each."""

METRIC_DTYPES = {
    "task": "str",
    "model": "str",
    "snapshot": "str",
    "detail": "str",
    "protocol": "str",
    "split": "str",
    "target": "str",
    "fit_scale": "str",
    "features": "str",
    "status": "str",
    "metric": "str",
    "value": "float64",
    "low": "float64",
    "high": "float64",
    "n_train": "int64",
    "n_test": "int64",
    "seed": "int64",
    "effort": "str",
    "fit_seconds": "float64",
    "raw_source": "object",
    "api": "object",
    "notes": "object",
}
"""Columns and their types; what each means, tables/columns.py says."""
METRIC_COLUMNS = list(METRIC_DTYPES)

LISTS = ("raw_source", "api", "notes")
"""Columns of tuples of texts; in Parquet lists."""

Interval = tuple[float, float, float]
"""A value with the low and high end of its 95 % interval, all in the metric's own unit."""


def metric_rows(
    values: Mapping[str, float | Interval],
    *,
    frame: pd.DataFrame,
    settings: LearningSettings,
    task: str,
    model: str,
    snapshot: str,
    features: str,
    detail: str = "",
    protocol: str = "all rows",
    split: str = "none",
    target: str = "none",
    fit_scale: FitScale = "identity",
    status: Status = "ok",
    n_train: int | None = None,
    n_test: int = 0,
    fit_seconds: float = math.nan,
    notes: Iterable[str] = (),
) -> pd.DataFrame:
    """Metrics of one fit as rows of METRIC_COLUMNS.

    The defaults describe a model fitted on all rows with no target, as in clustering.

    Args:
        values: by metric, a number, or (value, low, high) where there is an interval.
        frame: the rows that were used; provenance is read from it.
        settings: seed and effort.
        task: regression, classification or clustering.
        model: its name.
        snapshot: of the columns, crawled or baseline.
        features: in short, see feature_sets.describe().
        detail: what tells this fit from others of the model.
        protocol: study or grouped, else what was done with the rows.
        split: its name.
        target: the column that is measured.
        fit_scale: scale of the target that the model was fitted on.
        status: ok, or why there are no figures.
        n_train: number of rows trained on, by default all of `frame`.
        n_test: number of rows tested.
        fit_seconds: of one fit.
        notes: what must be said beside the figures.

    Raises:
        ValueError: there is no such fit_scale or status.
    """
    if fit_scale not in get_args(FitScale) or status not in get_args(Status):
        raise ValueError(f"no such fit_scale or status: {fit_scale}, {status}")
    shared = {
        "task": task,
        "model": model,
        "snapshot": snapshot,
        "detail": detail,
        "protocol": protocol,
        "split": split,
        "target": target,
        "fit_scale": fit_scale,
        "features": features,
        "status": status,
        "n_train": len(frame) if n_train is None else n_train,
        "n_test": n_test,
        "seed": settings.seed,
        "effort": settings.effort,
        "fit_seconds": fit_seconds,
        "notes": tuple(notes),
        **asdict(Provenance.of(frame)),
    }
    rows = []
    for metric, value in values.items():
        value, low, high = value if isinstance(value, tuple) else (value, math.nan, math.nan)
        rows.append({**shared, "metric": metric, "value": value, "low": low, "high": high})
    return _typed(pd.DataFrame(rows, columns=METRIC_COLUMNS))


def row_without_figures(
    status: Status,
    note: str,
    *,
    frame: pd.DataFrame,
    settings: LearningSettings,
    task: str,
    model: str,
) -> pd.DataFrame:
    """The one row (METRIC_COLUMNS, metric "none", value NaN) of a model that has no figures.

    Args:
        status: failed or not run.
        note: why.
        frame: the rows it was to be fitted on; provenance is read from it.
        settings: seed and effort.
        task: of the model.
        model: its name.
    """
    return metric_rows(
        {"none": math.nan},
        frame=frame,
        settings=settings,
        task=task,
        model=model,
        snapshot="none",
        features="none",
        protocol="none",
        status=status,
        n_train=0,
        notes=(note,),
    )


def join_metrics(parts: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Several metrics tables as one, in the given order, with a fresh index."""
    return _typed(pd.concat(list(parts), ignore_index=True))


def distinct_notes(notes: pd.Series) -> list[str]:
    """The distinct notes of a metrics table's column `notes`, in order."""
    return list(dict.fromkeys(chain.from_iterable(notes)))


def _typed(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with METRIC_DTYPES; lists that Parquet gave back as arrays are tuples again."""
    return rows.astype(METRIC_DTYPES).assign(**{name: rows[name].map(tuple) for name in LISTS})
