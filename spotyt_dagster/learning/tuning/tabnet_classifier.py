"""TabNetClassifier by Optuna, over the space of the regressor; the study tracked each epoch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from spotyt_dagster.learning.classification import tabnet_classifier
from spotyt_dagster.learning.evaluation.task import PredictionTask, classification_problem
from spotyt_dagster.learning.pipelines import imputed
from spotyt_dagster.learning.search.parameter_study import HAND_SET, LIBRARY, Size
from spotyt_dagster.learning.search.study_result import TuningStudy
from spotyt_dagster.learning.tuning.tabnet_regressor import space
from spotyt_dagster.settings import LearningSettings


def _problem(
    tracks: pd.DataFrame, baseline: pd.DataFrame, settings: LearningSettings
) -> PredictionTask:
    del tracks
    return classification_problem(baseline, settings.classification_target)


def _estimator(parameters: Mapping[str, Any], epochs: int, settings: LearningSettings) -> Any:
    return _tabnet({**parameters, "max_epochs": epochs}, settings)


def _compared(settings: LearningSettings) -> dict[str, Any]:
    return {
        LIBRARY: _tabnet({}, settings),
        HAND_SET: imputed(tabnet_classifier.estimator(settings), scale=True),
    }


def _tabnet(parameters: Mapping[str, Any], settings: LearningSettings) -> Any:
    from spotyt_dagster.learning.estimators.tabnet import TabNetClassification

    model = TabNetClassification(schedule="constant", random_state=settings.seed, **parameters)
    return imputed(model, scale=True)


STUDY = TuningStudy(
    name="tabnet_classifier",
    title="TabNet of the classes",
    description="TabNetClassifier tuned by Optuna as the regressor is, by log loss on folds of the "
    "training rows, on the columns of 2023. Every epoch of every trial is kept.",
    kinds=("optuna", "pytorch"),
    problem=_problem,
    score="log_loss",
    space=space,
    estimator=_estimator,
    compared=_compared,
    quick=Size(trials=8, rows=2000, folds=1, epochs=4, final_epochs=16),
    full=Size(trials=50, rows=None, folds=3, epochs=100, final_epochs=100),
)
