"""What the two gradient boosters share: their targets and what they look at.

Each booster's own file holds its estimator.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from spotyt_dagster.figures.classification import importances
from spotyt_dagster.learning.evaluation.evaluate import Evaluation, evaluate_problems
from spotyt_dagster.learning.evaluation.task import view_problems
from spotyt_dagster.learning.inspection.importance import (
    importance_table,
)
from spotyt_dagster.learning.pipelines import imputed
from spotyt_dagster.learning.regression.results import regression_result
from spotyt_dagster.learning.result import Result
from spotyt_dagster.settings import LearningSettings

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def boosting_result(
    estimator: Any,
    tracks: pd.DataFrame,
    baseline: pd.DataFrame,
    settings: LearningSettings,
    *,
    model: str,
    name: str,
    own: str = "",
) -> Result:
    """The Result of a booster for the targets of view_problems().

    The estimator runs in one thread, so that folds can run in parallel. `own` names its
    importances, where it has any.
    """
    evaluations = evaluate_problems(
        imputed(estimator), view_problems(tracks, baseline), settings, model=model, fold_threads=2
    )
    study, grouped, _, grouped_log, *_ = evaluations
    figures, tables = {}, {}
    explained = {
        "importances": grouped,
        "importances_log10": grouped_log,
        "importances_study": study,
    }
    for key, evaluation in explained.items():
        tables[key] = _importances(evaluation, own, settings)
        figures[key] = _picture(evaluation, tables[key], own, name)
    return regression_result(*evaluations, name=name, figures=figures, tables=tables)


def _importances(evaluation: Evaluation, own: str, settings: LearningSettings) -> pd.DataFrame:
    return importance_table(
        evaluation,
        own,
        scoring="r2",
        rows=settings.choose(1000, 5000),
        repeats=settings.choose(3, 10),
        seed=settings.seed,
    )


def _picture(evaluation: Evaluation, table: pd.DataFrame, own: str, name: str) -> Figure:
    split = "random split" if len(evaluation.splits) == 1 else "leak-free, by artist"
    title = f"{name}: what {evaluation.problem.target} is read from ({split})"
    return importances(table, own=own, score="R²", title=title)
