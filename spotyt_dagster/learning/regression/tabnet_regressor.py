"""TabNet, the study's deep regressor, with its parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from spotyt_dagster.figures.classification import importances
from spotyt_dagster.learning.evaluation.task import regression_problem
from spotyt_dagster.learning.inspection.importance import importance_table
from spotyt_dagster.learning.model import Analysis
from spotyt_dagster.learning.pipelines import imputed
from spotyt_dagster.learning.regression.deep_family import (
    deep_evaluations,
    deep_problems,
    deep_result,
)
from spotyt_dagster.learning.result import Result
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


def tabnet_regressor(
    tracks: pd.DataFrame, baseline: pd.DataFrame, settings: LearningSettings
) -> Result:
    """Views, their logarithm and their growth by TabNet, stopped early on artists cut from the
    training rows.

    At full effort with the study's parameters, and once more with the library's own learning rate
    on a schedule. With the study's rate of 1e-4 the stopping rule ends the fit after some 90
    epochs, before it has learnt: R² -0.08 on the real tracks in the sandbox, 0.68 with 0.02.
    """
    schedule = settings.learning_rate_schedule
    own = {**settings.choose(QUICK, FASTER), "schedule": schedule}
    evaluations = deep_evaluations(
        estimator(own, settings),
        deep_problems(tracks, baseline),
        settings,
        model="tabnet_regressor",
        notes=settings.notes_on_quick(QUICK, FASTER) or (_on_rate(schedule),),
        max_train_rows=settings.choose(QUICK_ROWS, None),
    )
    if settings.effort == "full":
        evaluations += deep_evaluations(
            estimator(STUDY_PARAMETERS, settings),
            [regression_problem(tracks)],
            settings,
            model="tabnet_regressor",
            detail="study's parameters",
        )
    study, grouped, *_ = evaluations
    explained = {"importances": grouped, "importances_study": study}
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
    titles = {
        "importances": "TabNet: what viewCount is read from (leak-free, by artist)",
        "importances_study": "TabNet: what viewCount is read from (random split)",
    }
    return deep_result(
        evaluations,
        name="TabNet",
        figures={
            key: importances(tables[key], own="attention", score="R²", title=title)
            for key, title in titles.items()
        },
        tables=tables,
    )


def _on_rate(schedule: str) -> str:
    rate, of_study = (kind["learning_rate"] for kind in (FASTER, STUDY_PARAMETERS))
    return f"learning rate {rate:g} ({schedule}) instead of the study's {of_study:g}"


def estimator(parameters: dict[str, Any], settings: LearningSettings) -> Pipeline:
    """Unfitted TabNet with these parameters behind an imputer and a scaler."""
    from spotyt_dagster.learning.estimators.tabnet import TabNetRegression

    return imputed(TabNetRegression(random_state=settings.seed, **parameters), scale=True)


MODEL = Analysis(
    task="regression",
    name="tabnet_regressor",
    title="TabNet",
    description=(
        "Views, their logarithm and their growth by TabNet, stopped early on artists cut from "
        "the training rows."
    ),
    kinds=("pytorch",),
    analyse=tabnet_regressor,
)
