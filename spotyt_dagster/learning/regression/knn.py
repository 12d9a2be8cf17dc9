"""K nearest neighbours, the study's best regressor, with its feature removals and the K elbow."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from spotyt_dagster.figures.curves import knee_curve
from spotyt_dagster.learning.evaluation.evaluate import evaluate_both
from spotyt_dagster.learning.evaluation.fitting import TrainingRows
from spotyt_dagster.learning.evaluation.task import regression_problem
from spotyt_dagster.learning.inspection.knee import knee
from spotyt_dagster.learning.pipelines import imputed
from spotyt_dagster.learning.regression.results import regression_result
from spotyt_dagster.learning.result import Result
from spotyt_dagster.settings import LearningSettings

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

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
    runs = (
        (three, crawled, "k=3, all features"),
        (three, crawled.without(*FIRST_REMOVAL), "k=3, first removal"),
        (three, crawled.without(*SECOND_REMOVAL), "k=3, second removal"),
        (at_the_elbow, crawled, "k at the elbow"),
        (three, regression_problem(tracks, "log10_viewCount"), "k=3"),
        (three, regression_problem(tracks, "delta_view"), "k=3"),
        (three, regression_problem(tracks, "log10_view_growth"), "k=3"),
        (three, regression_problem(baseline), "k=3, all features"),
    )
    evaluations = [
        evaluation
        for estimator, problem, detail in runs
        for evaluation in evaluate_both(
            estimator, problem, settings, model="knn", detail=detail, fold_threads=2
        )
    ]
    study, grouped, *others = evaluations
    X, y = grouped.training_rows()
    curve = elbow(TrainingRows(X, y, crawled.frame["Artist"].loc[X.index], settings.seed))
    return regression_result(
        study,
        grouped,
        *others,
        name="KNN, K = 3",
        figures={
            "k_elbow": knee_curve(
                curve["k"], curve["rmse"], knee(curve["k"], curve["rmse"]),
                title="KNN: error by number of neighbours, on training rows (leak-free)",
                xlabel="number of neighbours K", ylabel="RMSE over folds by artist (views)",
            )
        },
        tables={"k_elbow": curve},
    )  # fmt: skip


def at_the_elbow(training: TrainingRows) -> Pipeline:
    """Recipe: KNN with K at the knee of the error on folds cut from the training rows."""
    curve = elbow(training)
    return _neighbours(int(knee(curve["k"], curve["rmse"])))


def elbow(training: TrainingRows) -> pd.DataFrame:
    """RMSE (unit of the target) by K = 1 … 30 over three folds by artist: k (int64), rmse.

    Neighbours are searched once a fold: the prediction for K is the mean of the nearest K.
    """
    from sklearn.model_selection import GroupKFold
    from sklearn.neighbors import NearestNeighbors

    squared = []
    for fit, held in GroupKFold(3).split(training.X, groups=training.artists):
        search = NearestNeighbors(n_neighbors=MOST_NEIGHBOURS, algorithm="brute")
        prepared = imputed(search, scale=True).fit(training.X.iloc[fit])
        points = prepared[:-1].transform(training.X.iloc[held])
        nearest = search.kneighbors(points, return_distance=False)
        values = training.y.to_numpy()[fit][nearest]
        means = values.cumsum(axis=1) / np.arange(1, MOST_NEIGHBOURS + 1)
        squared.append((means - training.y.to_numpy()[held, None]) ** 2)
    rmse = np.sqrt(np.concatenate(squared).mean(axis=0))
    return pd.DataFrame({"k": np.arange(1, MOST_NEIGHBOURS + 1), "rmse": rmse})


def _neighbours(k: int) -> Pipeline:
    from sklearn.neighbors import KNeighborsRegressor

    # in 14 and more dimensions a tree visits nearly all rows: brute force takes half the time
    return imputed(KNeighborsRegressor(k, algorithm="brute"), scale=True)
