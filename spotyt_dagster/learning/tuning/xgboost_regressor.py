"""XGBoost by Optuna; beyond the study, as the reference that any reviewer would ask for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from spotyt_dagster.learning.evaluation.task import PredictionTask, regression_problem
from spotyt_dagster.learning.pipelines import imputed
from spotyt_dagster.learning.regression import xgboost_regressor
from spotyt_dagster.learning.search.parameter_study import HAND_SET, LIBRARY, Size
from spotyt_dagster.learning.search.study_result import TuningStudy
from spotyt_dagster.settings import LearningSettings

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution


def space() -> dict[str, BaseDistribution]:
    """What is searched: rounds and their rate, the trees, what rows and columns they see."""
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    return {
        "n_estimators": IntDistribution(50, 400, log=True),
        "learning_rate": FloatDistribution(0.01, 0.3, log=True),
        "max_depth": IntDistribution(2, 8),
        "min_child_weight": IntDistribution(1, 30, log=True),
        "subsample": FloatDistribution(0.4, 1.0),
        "colsample_bynode": FloatDistribution(0.3, 1.0),
        "reg_lambda": FloatDistribution(0.01, 10.0, log=True),
        "num_parallel_tree": CategoricalDistribution([1, 2, 4]),
    }


def _problem(
    tracks: pd.DataFrame, baseline: pd.DataFrame, settings: LearningSettings
) -> PredictionTask:
    del tracks, settings
    return regression_problem(baseline, "log10_Views")


def _estimator(parameters: Mapping[str, Any], epochs: int, settings: LearningSettings) -> Any:
    from xgboost import XGBRegressor

    del epochs
    return imputed(XGBRegressor(n_jobs=1, random_state=settings.seed, **parameters))


def _compared(settings: LearningSettings) -> dict[str, Any]:
    return {
        LIBRARY: _estimator({}, 1, settings),
        HAND_SET: xgboost_regressor.estimator(settings),
    }


STUDY = TuningStudy(
    name="xgboost_regressor",
    title="XGBoost of log10 views",
    description="XGBoost tuned by Optuna: TPE, and Hyperband, which gives trials up fold by fold. "
    "On the columns of 2023, by folds of the training rows alone.",
    kinds=("optuna", "xgboost"),
    problem=_problem,
    score="r2",
    space=space,
    estimator=_estimator,
    compared=_compared,
    quick=Size(trials=16, rows=2000, folds=3),
    full=Size(trials=50, rows=None, folds=3),
)
