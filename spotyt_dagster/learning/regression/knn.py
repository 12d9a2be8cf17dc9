"""K nearest neighbours, the study's best regressor, with its feature removals and the K elbow."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from spotyt_dagster.figures.curves import knee_curve
from spotyt_dagster.learning.evaluation.evaluate import both_protocols, evaluate_all
from spotyt_dagster.learning.evaluation.task import regression_problem
from spotyt_dagster.learning.model import Analysis
from spotyt_dagster.learning.pipelines import imputed
from spotyt_dagster.learning.regression.results import regression_result
from spotyt_dagster.learning.result import Result
from spotyt_dagster.settings import LearningSettings

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

    from spotyt_dagster.learning.estimators.neighbours import KNeighborsRegressorCV

STUDY_K = 3
FIRST_REMOVAL = ("Danceability", "Key", "Instrumentalness", "Tempo")
SECOND_REMOVAL = (*FIRST_REMOVAL, "Valence")
MOST_NEIGHBOURS = 30


def knn(tracks: pd.DataFrame, baseline: pd.DataFrame, settings: LearningSettings) -> Result:
    """Views by K nearest neighbours: K = 3 with all features and with the study's two removals,
    and K read off the error's elbow on training rows.
    """
    crawled = regression_problem(tracks)
    three = _neighbours(STUDY_K)
    elbow = at_the_elbow()
    runs = (
        (three, crawled, "k=3, all features"),
        (three, crawled.without(*FIRST_REMOVAL), "k=3, first removal"),
        (three, crawled.without(*SECOND_REMOVAL), "k=3, second removal"),
        (elbow, crawled, "k at the elbow"),
        (three, regression_problem(tracks, "log10_viewCount"), "k=3"),
        (three, regression_problem(tracks, "delta_view"), "k=3"),
        (three, regression_problem(tracks, "log10_view_growth"), "k=3"),
        (three, regression_problem(baseline), "k=3, all features"),
    )
    plans = [
        plan
        for estimator, problem, detail in runs
        for plan in both_protocols(estimator, problem, model="knn", detail=detail)
    ]
    evaluations = evaluate_all(plans, settings, fold_threads=2)
    _, by_artist = (evaluation for evaluation in evaluations if evaluation.unfitted is elbow)
    searched = by_artist.estimator[-1]
    curve = elbow_table(searched)
    return regression_result(
        *evaluations,
        name="KNN, K = 3",
        figures={
            "k_elbow": knee_curve(
                curve["k"], curve["rmse"], searched.n_neighbors_,
                title="KNN: error by number of neighbours, on training rows (leak-free)",
                xlabel="number of neighbours K", ylabel="RMSE over folds by artist (views)",
            )
        },
        tables={"k_elbow": curve},
    )  # fmt: skip


def at_the_elbow() -> Pipeline:
    """Unfitted KNN with K at the knee of the error on folds cut from its training rows."""
    from spotyt_dagster.learning.estimators.neighbours import KNeighborsRegressorCV
    from spotyt_dagster.learning.evaluation.splits import inner_folds

    search = KNeighborsRegressorCV(max_neighbors=MOST_NEIGHBOURS, cv=inner_folds())
    return imputed(search, scale=True)


def elbow_table(fitted: KNeighborsRegressorCV) -> pd.DataFrame:
    """RMSE (unit of the target) over the folds by K = 1 … 30: k (int64), rmse."""
    return pd.DataFrame({"k": np.arange(1, len(fitted.rmse_) + 1), "rmse": fitted.rmse_})


def _neighbours(k: int) -> Pipeline:
    # in 14 and more dimensions a tree visits nearly all rows: brute force takes half the time
    from sklearn.neighbors import KNeighborsRegressor

    return imputed(KNeighborsRegressor(k, algorithm="brute"), scale=True)


MODEL = Analysis(
    task="regression",
    name="knn",
    title="KNN, K = 3",
    description=(
        "Views by K nearest neighbours: K = 3 with all features and with the study's two "
        "removals, and K read off the error's elbow on training rows."
    ),
    analyse=knn,
)
