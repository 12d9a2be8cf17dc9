"""Which features K nearest neighbours can do without, found on training rows alone.

The study's two removals, chosen by hand, are rows of knn.py; this is the whole backward path.
"""

from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.impute import SimpleImputer
from sklearn.model_selection import GroupKFold
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from spotyt_dagster.figures.elimination import backward_path
from spotyt_dagster.learning.evaluation.evaluate import FIT_COLUMNS, Evaluation, evaluate_both
from spotyt_dagster.learning.evaluation.fitting import TrainingRows
from spotyt_dagster.learning.evaluation.task import regression_problem
from spotyt_dagster.learning.pipelines import imputed
from spotyt_dagster.learning.regression.knn import STUDY_K
from spotyt_dagster.learning.regression.results import regression_result
from spotyt_dagster.learning.result import Result
from spotyt_dagster.settings import LearningSettings

QUICK_ROWS, FULL_ROWS = 1500, 6000

Fold = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]
"""Standardised X and y to look neighbours up in, and X and y to predict."""


def knn_elimination(
    tracks: pd.DataFrame, baseline: pd.DataFrame, settings: LearningSettings
) -> Result:
    """Views and their logarithm by 3 nearest neighbours, on the features that are left where
    dropping one after the other had the least error on folds of the training rows.

    The study dropped Danceability, Key, Instrumentalness and Tempo, then Valence.
    """
    rows = settings.choose(QUICK_ROWS, FULL_ROWS)

    def recipe(training: TrainingRows) -> Pipeline:
        return Pipeline([("model", NeighboursOnFewer(training.artists, rows, training.seed))])

    problems = [regression_problem(tracks, target) for target in ("viewCount", "log10_viewCount")]
    if settings.effort == "full":
        problems.append(regression_problem(baseline, "log10_Views"))
    evaluations = [
        evaluation
        for problem in problems
        for evaluation in evaluate_both(
            recipe,
            problem,
            settings,
            model="knn_elimination",
            detail=f"k={STUDY_K}",
            notes=(f"features picked on {rows:,} training rows of each fit: table paths",),
            fold_threads=2,
        )
    ]
    _, grouped, _, grouped_log, *_ = evaluations
    return regression_result(
        *evaluations,
        name=f"KNN, K = {STUDY_K}, fewer features",
        figures={
            f"backward_path_{target}": backward_path(
                evaluation.estimator[-1].path_,
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


class NeighboursOnFewer(RegressorMixin, BaseEstimator):
    """K nearest neighbours on the best set of a backward elimination. Input: DataFrame of numbers.

    Each step drops the feature without which RMSE over three folds by artist is least, down to one
    feature; the set with the least RMSE of the path is kept. `rows` of the rows fitted, drawn by
    `seed`, are used for the path; `artists` is the Artist by `row` of at least those.
    Fitted: path_ (a row a step: removed, rmse in the target's unit, chosen), columns_, model_.
    """

    def __init__(
        self, artists: pd.Series, rows: int = FULL_ROWS, seed: int = 0, n_neighbors: int = STUDY_K
    ):
        self.artists = artists
        self.rows = rows
        self.seed = seed
        self.n_neighbors = n_neighbors

    def fit(self, X: pd.DataFrame, y: Any) -> "NeighboursOnFewer":
        """Fit; y is float (rows,). Raises ValueError with fewer than three artists."""
        y = pd.Series(np.asarray(y, dtype=float), X.index)
        sample = X.sample(min(self.rows, len(X)), random_state=self.seed)
        folds = _folds(sample, y.loc[sample.index], self.artists.loc[sample.index])
        columns = [str(column) for column in X]
        self.path_ = self._path(folds, columns)
        self.columns_ = self._best(columns)
        self.model_ = imputed(
            KNeighborsRegressor(self.n_neighbors), scale=True, columns=self.columns_
        ).fit(X, y)
        return self

    def predict(self, X: pd.DataFrame) -> np.ndarray:
        """Predictions in the target's own unit, float64 (rows,)."""
        return self.model_.predict(X)

    def _path(self, folds: list[Fold], columns: list[str]) -> pd.DataFrame:
        kept = list(range(len(columns)))
        steps = [("", self._rmse(folds, kept))]
        while len(kept) > 1:
            errors = [self._rmse(folds, [k for k in kept if k != drop]) for drop in kept]
            least = int(np.argmin(errors))
            steps.append((columns[kept.pop(least)], errors[least]))
        path = pd.DataFrame(steps, columns=["removed", "rmse"])
        return path.assign(chosen=np.arange(len(path)) == path["rmse"].to_numpy().argmin())

    def _best(self, columns: list[str]) -> list[str]:
        steps = 1 + int(self.path_["chosen"].to_numpy().argmax())
        gone = set(self.path_["removed"].iloc[:steps])
        return [column for column in columns if column not in gone]

    def _rmse(self, folds: list[Fold], columns: list[int]) -> float:
        # brute force: a tree takes longer to build than these few rows to compare
        neighbours = KNeighborsRegressor(self.n_neighbors, algorithm="brute")
        squared = [
            (neighbours.fit(X[:, columns], y).predict(X_held[:, columns]) - y_held) ** 2
            for X, y, X_held, y_held in folds
        ]
        return float(np.sqrt(np.concatenate(squared).mean()))


def path_table(evaluations: list[Evaluation]) -> pd.DataFrame:
    """The path of every fit: FIT_COLUMNS, step, removed, rmse, chosen."""
    parts = []
    for evaluation in evaluations:
        for names, fitted in evaluation.fits:
            path = fitted[-1].path_
            parts.append(path.assign(**names, step=range(len(path))))
    table = pd.concat(parts, ignore_index=True)
    return table[[*FIT_COLUMNS, "step", "removed", "rmse", "chosen"]]


def _folds(X: pd.DataFrame, y: pd.Series, artists: pd.Series) -> list[Fold]:
    folds = []
    for fit, held in GroupKFold(3).split(X, groups=artists):
        prepare: Any = make_pipeline(
            SimpleImputer(strategy="median", keep_empty_features=True), StandardScaler()
        )
        X_fit = prepare.fit_transform(X.iloc[fit])
        X_held = prepare.transform(X.iloc[held])
        folds.append((X_fit, y.to_numpy()[fit], X_held, y.to_numpy()[held]))
    return folds
