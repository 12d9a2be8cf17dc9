"""What the two gradient boosters share: pictures and tables of what they look at.

Each booster's own file holds its estimator.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from spotyt_dagster.figures.classification import importances
from spotyt_dagster.learning.evaluation.evaluate import Evaluation
from spotyt_dagster.learning.inspection.importance import (
    importance_table,
)
from spotyt_dagster.learning.result import Extras
from spotyt_dagster.settings import LearningSettings

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def importance_extras(
    evaluations: Sequence[Evaluation], title: str, settings: LearningSettings, *, own: str = ""
) -> Extras:
    """What views and their logarithm are read from, of the problems of view_problems().

    `own` names the booster's own importances, where it has any.
    """
    study, grouped, _, grouped_log, *_ = evaluations
    explained = {
        "importances": grouped,
        "importances_log10": grouped_log,
        "importances_study": study,
    }
    tables = {key: _importances(evaluation, own, settings) for key, evaluation in explained.items()}
    figures = {
        key: _picture(evaluation, tables[key], own, title) for key, evaluation in explained.items()
    }
    return Extras(figures, tables)


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
