"""scikit-learn's histogram gradient boosting, a second opinion on XGBoost, beyond the study."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spotyt_dagster.learning.pipelines import imputed
from spotyt_dagster.learning.regression.boosting import importance_extras
from spotyt_dagster.learning.regression.regressor import Regressor
from spotyt_dagster.settings import LearningSettings

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline


def estimator(settings: LearningSettings) -> Pipeline:
    """Unfitted booster; nothing is tuned or stopped early."""
    from sklearn.ensemble import HistGradientBoostingRegressor

    booster = HistGradientBoostingRegressor(
        max_iter=settings.choose(150, 450),
        learning_rate=settings.choose(0.06, 0.02),
        max_leaf_nodes=15,
        min_samples_leaf=30,
        l2_regularization=1.0,
        max_features=0.5,
        random_state=settings.seed,
    )
    # else it stops early by rows drawn at random, of artists it is fitted on
    return imputed(booster.set_params(early_stopping=False))


MODEL = Regressor(
    name="hist_gradient_boosting",
    title="Histogram gradient boosting",
    description="Views, their logarithm and their growth by histogram gradient boosting.",
    estimator=estimator,
    prefer="threads",
    look=importance_extras,
)
