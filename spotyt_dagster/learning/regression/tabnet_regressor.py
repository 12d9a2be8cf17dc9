"""TabNet, the study's deep regressor, with its parameters."""

from typing import Any

import pandas as pd
from sklearn.pipeline import Pipeline

from spotyt_dagster.figures.classification import importances
from spotyt_dagster.learning.evaluation.fitting import Recipe, TrainingRows
from spotyt_dagster.learning.evaluation.task import regression_problem
from spotyt_dagster.learning.inspection.importance import importance_table
from spotyt_dagster.learning.pipelines import imputed
from spotyt_dagster.learning.regression.deep_family import (
    deep_evaluations,
    deep_problems,
    deep_result,
)
from spotyt_dagster.learning.result import Result
from spotyt_dagster.learning.tabnet import STUDY_PARAMETERS, TabNetRegression
from spotyt_dagster.settings import LearningSettings

KINDS = ("pytorch",)

FASTER: dict[str, Any] = {**STUDY_PARAMETERS, "learning_rate": 2e-2}
QUICK: dict[str, Any] = {
    **STUDY_PARAMETERS,
    "n_steps": 3,
    "learning_rate": 5e-2,
    "epochs": 10,
    "batch_rows": 256,
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
        recipe(own),
        deep_problems(tracks, baseline),
        settings,
        model="tabnet_regressor",
        notes=settings.notes_on_quick(QUICK, FASTER) or (_on_rate(schedule),),
        max_train_rows=settings.choose(QUICK_ROWS, None),
    )
    if settings.effort == "full":
        evaluations += deep_evaluations(
            recipe(STUDY_PARAMETERS),
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


def recipe(parameters: dict[str, Any]) -> Recipe:
    """Recipe: TabNet with these parameters behind an imputer and a scaler."""

    def make(training: TrainingRows) -> Pipeline:
        model = TabNetRegression(training.artists, seed=training.seed, **parameters)
        return imputed(model, scale=True)

    return make
