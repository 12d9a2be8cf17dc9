"""Which features K nearest neighbours can do without, found on training rows alone.

The study's two removals, chosen by hand, are rows of knn.py; this is the whole backward path.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from spotyt_dagster.figures.elimination import backward_path
from spotyt_dagster.learning.evaluation.evaluate import FIT_COLUMNS, Evaluation, evaluate_problems
from spotyt_dagster.learning.evaluation.task import regression_problem
from spotyt_dagster.learning.model import Analysis
from spotyt_dagster.learning.pipelines import imputed
from spotyt_dagster.learning.regression.knn import STUDY_K
from spotyt_dagster.learning.regression.results import regression_result
from spotyt_dagster.learning.result import Result
from spotyt_dagster.settings import LearningSettings

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

QUICK_ROWS, FULL_ROWS = 1500, 6000


def knn_elimination(
    tracks: pd.DataFrame, baseline: pd.DataFrame, settings: LearningSettings
) -> Result:
    """Views and their logarithm by 3 nearest neighbours, on the features that are left where
    dropping one after the other had the least error on folds of the training rows.

    The study dropped Danceability, Key, Instrumentalness and Tempo, then Valence.
    """
    rows = settings.choose(QUICK_ROWS, FULL_ROWS)

    problems = [regression_problem(tracks, target) for target in ("viewCount", "log10_viewCount")]
    if settings.effort == "full":
        problems.append(regression_problem(baseline, "log10_Views"))
    evaluations = evaluate_problems(
        estimator(settings),
        problems,
        settings,
        model="knn_elimination",
        detail=f"k={STUDY_K}",
        notes=(f"features picked on {rows:,} training rows of each fit: table paths",),
        fold_threads=2,
    )
    _, grouped, _, grouped_log, *_ = evaluations
    return regression_result(
        *evaluations,
        name=f"KNN, K = {STUDY_K}, fewer features",
        figures={
            f"backward_path_{target}": backward_path(
                evaluation.estimator["select"].path_,
                ylabel=f"RMSE ({unit})",
                title=f"KNN: features removed for {target} (leak-free)",
            )
            for evaluation, target, unit in (
                (grouped, "viewCount", "views"),
                (grouped_log, "log10_viewCount", "log10 views"),
            )
        },
        tables={"paths": path_table(evaluations)},
    )


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


def path_table(evaluations: list[Evaluation]) -> pd.DataFrame:
    """The path of every fit: FIT_COLUMNS, step, removed, rmse, chosen."""
    parts = []
    for evaluation in evaluations:
        for names, fitted in evaluation.fits:
            path = fitted["select"].path_
            parts.append(path.assign(**names, step=range(len(path))))
    table = pd.concat(parts, ignore_index=True)
    return table[[*FIT_COLUMNS, "step", "removed", "rmse", "chosen"]]


MODEL = Analysis(
    task="regression",
    name="knn_elimination",
    title="KNN, K = 3, fewer features",
    description=(
        "Views and their logarithm by 3 nearest neighbours, on the features that are left where "
        "dropping one after the other had the least error on folds of the training rows."
    ),
    analyse=knn_elimination,
)
