"""TabNet, the study's deep regressor, with its parameters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from spotyt_dagster.figures.classification import importances
from spotyt_dagster.learning.evaluation.evaluate import Evaluation, Plan, both_protocols
from spotyt_dagster.learning.evaluation.task import regression_problem
from spotyt_dagster.learning.inspection.importance import importance_table
from spotyt_dagster.learning.pipelines import imputed
from spotyt_dagster.learning.regression.regressor import DeepRegressor, deep_problems
from spotyt_dagster.learning.result import Extras
from spotyt_dagster.settings import LearningSettings

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline


STUDY_PARAMETERS: dict[str, Any] = {
    "n_d": 8,
    "n_a": 8,
    "n_steps": 5,
    "gamma": 1.3,
    "lambda_sparse": 1e-3,
    "learning_rate": 1e-4,
    "max_epochs": 200,
    "batch_size": 512,
    "virtual_batch_size": 256,
    "patience": 10,
    "schedule": "constant",
}
FASTER: dict[str, Any] = {**STUDY_PARAMETERS, "learning_rate": 2e-2}
QUICK: dict[str, Any] = {
    **STUDY_PARAMETERS,
    "n_steps": 3,
    "learning_rate": 5e-2,
    "max_epochs": 10,
    "batch_size": 256,
    "momentum": 0.1,
}
QUICK_ROWS = 3000


def estimator(settings: LearningSettings) -> Pipeline:
    """Unfitted TabNet behind an imputer and a scaler, with the library's own learning rate.

    With the study's rate of 1e-4 the stopping rule ends the fit after some 90 epochs, before it has
    learnt: R² -0.08 on the real tracks in the sandbox, 0.68 with 0.02.
    """
    schedule = settings.learning_rate_schedule
    return _tabnet({**settings.choose(QUICK, FASTER), "schedule": schedule}, settings)


def plans(tracks: pd.DataFrame, baseline: pd.DataFrame, settings: LearningSettings) -> list[Plan]:
    """All targets, and at full effort views once more with the study's parameters."""
    planned = [
        plan
        for problem in deep_problems(tracks, baseline)
        for plan in both_protocols(
            estimator(settings),
            problem,
            model="tabnet_regressor",
            max_train_rows=settings.choose(QUICK_ROWS, None),
            notes=settings.notes_on_quick(QUICK, FASTER) or (_on_rate(settings),),
        )
    ]
    if settings.effort == "full":
        planned += both_protocols(
            _tabnet(STUDY_PARAMETERS, settings),
            regression_problem(tracks),
            model="tabnet_regressor",
            detail="study's parameters",
        )
    return planned


def look(evaluations: Sequence[Evaluation], title: str, settings: LearningSettings) -> Extras:
    """What views are read from, under both protocols."""
    study, grouped, *_ = evaluations
    explained = {"importances": grouped, "importances_study": study}
    splits = {"importances": "leak-free, by artist", "importances_study": "random split"}
    tables = {
        key: importance_table(
            evaluation,
            "attention",
            scoring="r2",
            rows=1000,
            repeats=settings.choose(2, 10),
            seed=settings.seed,
        )
        for key, evaluation in explained.items()
    }
    figures = {
        key: importances(
            tables[key],
            own="attention",
            score="R²",
            title=f"{title}: what viewCount is read from ({split})",
        )
        for key, split in splits.items()
    }
    return Extras(figures, tables)


def _tabnet(parameters: dict[str, Any], settings: LearningSettings) -> Pipeline:
    from spotyt_dagster.learning.estimators.tabnet import TabNetRegression

    return imputed(TabNetRegression(random_state=settings.seed, **parameters), scale=True)


def _on_rate(settings: LearningSettings) -> str:
    rate, of_study = (kind["learning_rate"] for kind in (FASTER, STUDY_PARAMETERS))
    schedule = settings.learning_rate_schedule
    return f"learning rate {rate:g} ({schedule}) instead of the study's {of_study:g}"


MODEL = DeepRegressor(
    name="tabnet_regressor",
    title="TabNet",
    description=(
        "Views, their logarithm and their growth by TabNet, stopped early on artists cut from "
        "the training rows."
    ),
    estimator=estimator,
    plans=plans,
    look=look,
)
