"""Runs a model's record and makes its Result, or the row that says why there is none."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from spotyt_dagster.learning.determinism import deterministic
from spotyt_dagster.learning.evaluation.metric_table import row_without_figures
from spotyt_dagster.learning.result import Result

if TYPE_CHECKING:
    import pandas as pd

    from spotyt_dagster.learning.model import Model
    from spotyt_dagster.settings import LearningSettings

logger = logging.getLogger(__name__)


def run_model(
    model: Model, tracks: pd.DataFrame, baseline: pd.DataFrame, settings: LearningSettings
) -> Result:
    """The model's Result, or, where it raises, a Result whose one row has the status "failed".

    The traceback goes to the log, the message as one line to the row's notes, so one failure stays
    one failure. Threads and global generators are deterministic around it as around each fit.

    Args:
        model: Its record.
        tracks: track_features, today's numbers.
        baseline: baseline_tracks, those of 2023.
        settings: Seed, effort and the like.
    """
    try:
        with deterministic(settings.seed):
            return model.run(tracks, baseline, settings)
    except Exception as error:
        logger.exception("%s could not be fitted", model.key)
        message = " ".join(str(error).split()) or "no message"
        return Result(
            row_without_figures(
                "failed",
                f"{type(error).__name__}: {message}",
                frame=tracks,
                settings=settings,
                task=model.task,
                model=model.name,
            )
        )
