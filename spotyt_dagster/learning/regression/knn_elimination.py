"""Which features K nearest neighbours can do without, found on training rows alone.

The study's two removals, chosen by hand, are rows of knn.py; this is the whole backward path.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from spotyt_dagster.figures.elimination import backward_path
from spotyt_dagster.learning.evaluation.evaluate import (
    FIT_COLUMNS,
    Evaluation,
    Plan,
    both_protocols,
)
from spotyt_dagster.learning.evaluation.task import regression_problem
from spotyt_dagster.learning.pipelines import imputed
from spotyt_dagster.learning.regression.knn import STUDY_K
from spotyt_dagster.learning.regression.regressor import Regressor
from spotyt_dagster.learning.result import Extras
from spotyt_dagster.settings import LearningSettings

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

QUICK_ROWS, FULL_ROWS = 1500, 6000


def estimator(settings: LearningSettings) -> Pipeline:
    """Unfitted KNN on standardised features behind the elimination that chooses them."""
    from sklearn.neighbors import KNeighborsRegressor

    from spotyt_dagster.learning.estimators.elimination import BackwardElimination
    from spotyt_dagster.learning.evaluation.splits import inner_folds

    # brute force: a tree takes longer to build than these few rows to compare
    elimination = BackwardElimination(
        KNeighborsRegressor(STUDY_K, algorithm="brute"),
        cv=inner_folds(),
        max_rows=settings.choose(QUICK_ROWS, FULL_ROWS),
        random_state=settings.seed,
    )
    return imputed(KNeighborsRegressor(STUDY_K), scale=True, select=elimination)


def plans(tracks: pd.DataFrame, baseline: pd.DataFrame, settings: LearningSettings) -> list[Plan]:
    """Views and their logarithm; at full effort log10 views of 2023 as well."""
    rows = settings.choose(QUICK_ROWS, FULL_ROWS)
    problems = [regression_problem(tracks, target) for target in ("viewCount", "log10_viewCount")]
    if settings.effort == "full":
        problems.append(regression_problem(baseline, "log10_Views"))
    return [
        plan
        for problem in problems
        for plan in both_protocols(
            estimator(settings),
            problem,
            model="knn_elimination",
            detail=f"k={STUDY_K}",
            notes=(f"features picked on {rows:,} training rows of each fit: table paths",),
        )
    ]


def look(evaluations: Sequence[Evaluation], *_: Any) -> Extras:
    """Which features were removed, in which order."""
    _study, grouped, _study_log, grouped_log, *_others = evaluations
    figures = {
        f"backward_path_{target}": backward_path(
            evaluation.estimator["select"].path_,
            ylabel=f"RMSE ({unit})",
            title=f"KNN: features removed for {target} (leak-free)",
        )
        for evaluation, target, unit in (
            (grouped, "viewCount", "views"),
            (grouped_log, "log10_viewCount", "log10 views"),
        )
    }
    return Extras(figures, {"paths": path_table(evaluations)})


def path_table(evaluations: Sequence[Evaluation]) -> pd.DataFrame:
    """The path of every fit: FIT_COLUMNS, step, removed, rmse, chosen."""
    parts = []
    for evaluation in evaluations:
        for names, fitted in evaluation.fits:
            path = fitted["select"].path_
            parts.append(path.assign(**names, step=range(len(path))))
    table = pd.concat(parts, ignore_index=True)
    return table[[*FIT_COLUMNS, "step", "removed", "rmse", "chosen"]]


MODEL = Regressor(
    name="knn_elimination",
    title=f"KNN, K = {STUDY_K}, fewer features",
    description=(
        "Views and their logarithm by 3 nearest neighbours, on the features that are left where "
        "dropping one after the other had the least error on folds of the training rows."
    ),
    estimator=estimator,
    plans=plans,
    prefer="threads",
    look=look,
)
