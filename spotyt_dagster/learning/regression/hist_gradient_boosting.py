"""scikit-learn's histogram gradient boosting, a second opinion on XGBoost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from spotyt_dagster.learning.model import Analysis
from spotyt_dagster.learning.regression.boosting import boosting_result
from spotyt_dagster.learning.result import Result
from spotyt_dagster.settings import LearningSettings

if TYPE_CHECKING:
    from sklearn.ensemble import HistGradientBoostingRegressor


def hist_gradient_boosting(
    tracks: pd.DataFrame, baseline: pd.DataFrame, settings: LearningSettings
) -> Result:
    """Views, their logarithm and their growth by histogram gradient boosting.

    Beyond the study; nothing is tuned or stopped early.
    """
    return boosting_result(
        booster(settings),
        tracks,
        baseline,
        settings,
        model="hist_gradient_boosting",
        name="Histogram gradient boosting",
    )


def booster(settings: LearningSettings) -> HistGradientBoostingRegressor:
    """The unfitted regressor."""
    from sklearn.ensemble import HistGradientBoostingRegressor

    estimator = HistGradientBoostingRegressor(
        max_iter=settings.choose(150, 450),
        learning_rate=settings.choose(0.06, 0.02),
        max_leaf_nodes=15,
        min_samples_leaf=30,
        l2_regularization=1.0,
        max_features=0.5,
        random_state=settings.seed,
    )
    # else it stops early by rows drawn at random, of artists it is fitted on
    return estimator.set_params(early_stopping=False)


MODEL = Analysis(
    task="regression",
    name="hist_gradient_boosting",
    title="Histogram gradient boosting",
    description="Views, their logarithm and their growth by histogram gradient boosting.",
    analyse=hist_gradient_boosting,
)
