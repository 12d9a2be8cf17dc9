"""The floor under every regressor: what one scores without looking at a track."""

import pandas as pd

from spotyt_dagster.learning.evaluation.evaluate import evaluate_problems
from spotyt_dagster.learning.evaluation.task import regression_problem
from spotyt_dagster.learning.model import Analysis
from spotyt_dagster.learning.pipelines import imputed
from spotyt_dagster.learning.regression.results import regression_result
from spotyt_dagster.learning.result import Result
from spotyt_dagster.settings import LearningSettings

CRAWLED = (
    *("viewCount", "log10_viewCount", "delta_view", "log10_view_growth"),
    *("likeCount", "commentCount"),
)
BASELINE = ("Views", "log10_Views", "Likes", "Comments")
"""Every target that a regressor of the leaderboard has, so that each problem has its floor."""


def dummy(tracks: pd.DataFrame, baseline: pd.DataFrame, settings: LearningSettings) -> Result:
    """The floor: always the mean of the training rows, for every target. A regressor that does no
    better has learnt nothing.
    """
    from sklearn.dummy import DummyRegressor

    problems = [
        *(regression_problem(tracks, target) for target in CRAWLED),
        *(regression_problem(baseline, target) for target in BASELINE),
    ]
    evaluations = evaluate_problems(imputed(DummyRegressor()), problems, settings, model="dummy")
    return regression_result(*evaluations, name="Mean of the training rows")


MODEL = Analysis(
    task="regression",
    name="dummy",
    title="Mean of the training rows",
    description=(
        "The floor: always the mean of the training rows, for every target. A regressor that "
        "does no better has learnt nothing."
    ),
    analyse=dummy,
)
