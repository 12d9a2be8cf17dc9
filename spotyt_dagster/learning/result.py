"""What every model hands back, and how a model that fails still hands something back.

The metrics in it are rows of evaluation/metric_table.py; what the upper layer makes of a Result is
in defs/.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pandas as pd

from spotyt_dagster.learning.determinism import deterministic
from spotyt_dagster.learning.evaluation.metric_table import METRIC_COLUMNS, row_without_figures
from spotyt_dagster.learning.evaluation.refit import FittedEstimator

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from spotyt_dagster.settings import LearningSettings

logger = logging.getLogger(__name__)

ModelFunction = Callable[[pd.DataFrame, pd.DataFrame, "LearningSettings"], "Result"]


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


def run_model(
    function: ModelFunction,
    tracks: pd.DataFrame,
    baseline: pd.DataFrame,
    settings: LearningSettings,
) -> Result:
    """The model's Result, or, where it raises, a Result whose one row has the status "failed".

    Task and model name are the function's: `…learning.<task>.<name>.<name>`. The traceback goes
    to the log, the message as one line to the row's notes, so one failure stays one failure.
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
            row_without_figures(
                "failed",
                f"{type(error).__name__}: {message}",
                frame=tracks,
                settings=settings,
                task=task,
                model=model,
            )
        )
