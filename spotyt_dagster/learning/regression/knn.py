"""K nearest neighbours, the study's best regressor, with its feature removals and the K elbow."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from spotyt_dagster.figures.curves import knee_curve
from spotyt_dagster.learning.evaluation.evaluate import Evaluation, Plan, both_protocols
from spotyt_dagster.learning.evaluation.task import regression_problem
from spotyt_dagster.learning.pipelines import imputed
from spotyt_dagster.learning.regression.regressor import Regressor
from spotyt_dagster.learning.result import Extras
from spotyt_dagster.settings import LearningSettings

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

    from spotyt_dagster.learning.estimators.neighbours import KNeighborsRegressorCV

STUDY_K = 3
FIRST_REMOVAL = ("Danceability", "Key", "Instrumentalness", "Tempo")
SECOND_REMOVAL = (*FIRST_REMOVAL, "Valence")
MOST_NEIGHBOURS = 30
ELBOW = "k at the elbow"


def estimator(_: LearningSettings) -> Pipeline:
    """Unfitted KNN with the study's K, on standardised features."""
    # in 14 and more dimensions a tree visits nearly all rows: brute force takes half the time
    from sklearn.neighbors import KNeighborsRegressor

    return imputed(KNeighborsRegressor(STUDY_K, algorithm="brute"), scale=True)


def plans(tracks: pd.DataFrame, baseline: pd.DataFrame, settings: LearningSettings) -> list[Plan]:
    """The study's K on all targets and with its removals, K at the elbow on views."""
    crawled = regression_problem(tracks)
    three = partial(both_protocols, estimator(settings), model="knn")
    elbow = both_protocols(at_the_elbow(), crawled, model="knn", detail=ELBOW)
    return [
        *three(crawled, detail="k=3, all features"),
        *three(crawled.without(*FIRST_REMOVAL), detail="k=3, first removal"),
        *three(crawled.without(*SECOND_REMOVAL), detail="k=3, second removal"),
        *elbow,
        *three(regression_problem(tracks, "log10_viewCount"), detail="k=3"),
        *three(regression_problem(tracks, "delta_view"), detail="k=3"),
        *three(regression_problem(tracks, "log10_view_growth"), detail="k=3"),
        *three(regression_problem(baseline), detail="k=3, all features"),
    ]


def look(evaluations: Sequence[Evaluation], *_: Any) -> Extras:
    """The error by number of neighbours, of the fit by artist that chose it."""
    _study, grouped = (one for one in evaluations if one.metrics["detail"].eq(ELBOW).all())
    search = grouped.estimator[-1]
    curve = elbow_table(search)
    figure = knee_curve(
        curve["k"],
        curve["rmse"],
        search.n_neighbors_,
        title="KNN: error by number of neighbours, on training rows (leak-free)",
        xlabel="number of neighbours K",
        ylabel="RMSE over folds by artist (views)",
    )
    return Extras({"k_elbow": figure}, {"k_elbow": curve})


def at_the_elbow() -> Pipeline:
    """Unfitted KNN with K at the knee of the error on folds cut from its training rows."""
    from spotyt_dagster.learning.estimators.neighbours import KNeighborsRegressorCV
    from spotyt_dagster.learning.evaluation.splits import inner_folds

    search = KNeighborsRegressorCV(max_neighbors=MOST_NEIGHBOURS, cv=inner_folds())
    return imputed(search, scale=True)


def elbow_table(fitted: KNeighborsRegressorCV) -> pd.DataFrame:
    """RMSE (unit of the target) over the folds by K = 1 … 30: k (int64), rmse."""
    return pd.DataFrame({"k": np.arange(1, len(fitted.rmse_) + 1), "rmse": fitted.rmse_})


MODEL = Regressor(
    name="knn",
    title="KNN, K = 3",
    description=(
        "Views by K nearest neighbours: K = 3 with all features and with the study's two "
        "removals, and K read off the error's elbow on training rows."
    ),
    estimator=estimator,
    plans=plans,
    prefer="threads",
    look=look,
)
