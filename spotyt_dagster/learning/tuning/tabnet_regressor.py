"""TabNetRegressor by Optuna, over exactly the study's space."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from spotyt_dagster.learning.evaluation.task import PredictionTask, regression_problem
from spotyt_dagster.learning.pipelines import imputed
from spotyt_dagster.learning.regression import tabnet_regressor
from spotyt_dagster.learning.search.parameter_study import HAND_SET, LIBRARY, Size
from spotyt_dagster.learning.search.study_result import TuningStudy
from spotyt_dagster.settings import LearningSettings

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution


def space() -> dict[str, BaseDistribution]:
    """The study's space, shared with the classifier."""
    from optuna.distributions import (
        CategoricalDistribution,
        FloatDistribution,
        IntDistribution,
    )

    return {
        "n_d": IntDistribution(8, 64),
        "n_a": IntDistribution(8, 64),
        "n_steps": IntDistribution(3, 10),
        "gamma": FloatDistribution(1.0, 2.0),
        "lambda_sparse": FloatDistribution(1e-6, 1e-3, log=True),
        "learning_rate": FloatDistribution(1e-3, 1e-1, log=True),
        "batch_size": CategoricalDistribution([64, 128, 256]),
        "virtual_batch_size": CategoricalDistribution([32, 64, 128]),
    }


def _problem(
    tracks: pd.DataFrame, baseline: pd.DataFrame, settings: LearningSettings
) -> PredictionTask:
    del tracks, settings
    return regression_problem(baseline, "log10_Views")


def _estimator(parameters: Mapping[str, Any], epochs: int, settings: LearningSettings) -> Any:
    # the study names no schedule
    return _tabnet({**parameters, "max_epochs": epochs}, settings)


def _compared(settings: LearningSettings) -> dict[str, Any]:
    return {LIBRARY: _tabnet({}, settings), HAND_SET: tabnet_regressor.estimator(settings)}


def _tabnet(parameters: Mapping[str, Any], settings: LearningSettings) -> Any:
    from spotyt_dagster.learning.estimators.tabnet import TabNetRegression

    model = TabNetRegression(schedule="constant", random_state=settings.seed, **parameters)
    return imputed(model, scale=True)


STUDY = TuningStudy(
    name="tabnet_regressor",
    title="TabNet of log10 views",
    description="TabNetRegressor tuned by Optuna over the study's space: TPE, and Hyperband, which "
    "gives trials up epoch by epoch. On the columns of 2023, by folds of the training rows alone; "
    "the study tuned on its test rows.",
    kinds=("optuna", "pytorch"),
    problem=_problem,
    score="r2",
    space=space,
    estimator=_estimator,
    compared=_compared,
    quick=Size(trials=8, rows=2000, folds=1, epochs=4, final_epochs=16),
    full=Size(trials=50, rows=None, folds=3, epochs=100, final_epochs=100),
)
