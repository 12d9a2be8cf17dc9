"""The floor under every regressor: what one scores without looking at a track."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from spotyt_dagster.learning.evaluation.task import PredictionTask, regression_problem
from spotyt_dagster.learning.pipelines import imputed
from spotyt_dagster.learning.regression.regressor import Regressor
from spotyt_dagster.settings import LearningSettings

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

CRAWLED = (
    *("viewCount", "log10_viewCount", "delta_view", "log10_view_growth"),
    *("likeCount", "commentCount"),
)
BASELINE = ("Views", "log10_Views", "Likes", "Comments")
"""Every target that a regressor of the leaderboard has, so that each problem has its floor."""


def estimator(_: LearningSettings) -> Pipeline:
    """Unfitted mean."""
    from sklearn.dummy import DummyRegressor

    return imputed(DummyRegressor())


def problems(tracks: pd.DataFrame, baseline: pd.DataFrame) -> list[PredictionTask]:
    """One a target."""
    return [
        *(regression_problem(tracks, target) for target in CRAWLED),
        *(regression_problem(baseline, target) for target in BASELINE),
    ]


MODEL = Regressor(
    name="dummy",
    title="Mean of the training rows",
    description=(
        "The floor: always the mean of the training rows, for every target. A regressor that "
        "does no better has learnt nothing."
    ),
    estimator=estimator,
    problems=problems,
)
