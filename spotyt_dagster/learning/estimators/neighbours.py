"""K nearest neighbours with K read off the error's knee, in the way of LassoCV and RidgeCV."""

from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.model_selection import check_cv
from sklearn.neighbors import KNeighborsRegressor, NearestNeighbors
from sklearn.utils.metadata_routing import MetadataRouter, MethodMapping, process_routing
from sklearn.utils.validation import check_is_fitted, validate_data

from spotyt_dagster.learning.inspection.knee import knee


class KNeighborsRegressorCV(RegressorMixin, BaseEstimator):
    """K nearest neighbours, K at the knee of the RMSE over folds.

    Neighbours are searched once a fold, as the prediction for K is the mean of the nearest K: a
    GridSearchCV over K searches once a K, 30 times as often.

    Args:
        max_neighbors: Largest K to try, int, default 30; fewer where a fold has fewer rows.
        cv: Number of folds or splitter of scikit-learn's or evaluation/splits.py, default 3.

    Attributes:
        n_neighbors_: The K chosen, int; the best of all where the errors have no knee.
        rmse_: RMSE in the unit of the target by K, float64, of K = 1 first.
        n_features_in_: Columns of the input, int.
    """

    def __init__(self, *, max_neighbors: int = 30, cv: Any = 3):
        self.max_neighbors = max_neighbors
        self.cv = cv

    def fit(self, X: Any, y: Any, **params: Any) -> Self:
        """Choose K, and keep the rows to look neighbours up in.

        Args:
            X: Numbers, (rows, columns), scaled: distances weigh columns alike.
            y: Target, (rows,).
            params: Metadata that the splitter asks for, (rows,): groups, linked.

        Raises:
            ValueError: the rows cannot be split into the folds.

        """
        X, y = validate_data(self, X, y, dtype=np.float64, y_numeric=True, ensure_min_samples=2)
        metadata = process_routing(self, "fit", **params).splitter.split
        splitter: Any = check_cv(self.cv)
        folds = list(splitter.split(X, y, **metadata))
        most = min(self.max_neighbors, *(len(train) for train, _ in folds))
        squared = []
        for train, test in folds:
            search = NearestNeighbors(n_neighbors=most, algorithm="brute").fit(X[train])
            nearest = search.kneighbors(X[test], return_distance=False)
            means = y[train][nearest].cumsum(axis=1) / np.arange(1, most + 1)
            squared.append((means - y[test, None]) ** 2)
        self.rmse_ = np.sqrt(np.concatenate(squared).mean(axis=0))
        if most < 3 or np.ptp(self.rmse_) == 0:
            self.n_neighbors_ = 1 + int(self.rmse_.argmin())
        else:
            self.n_neighbors_ = int(knee(np.arange(1, most + 1), self.rmse_))
        # in 14 and more dimensions a tree visits nearly all rows: brute force takes half the time
        self.regressor_ = KNeighborsRegressor(self.n_neighbors_, algorithm="brute").fit(X, y)
        return self

    def predict(self, X: Any) -> np.ndarray:
        """The mean of the K nearest rows' targets, float64 (rows,)."""
        check_is_fitted(self)
        X = validate_data(self, X, dtype=np.float64, reset=False)
        return self.regressor_.predict(X)

    def get_metadata_routing(self) -> MetadataRouter:
        """What is handed on at fit(): all that the splitter asks for."""
        return MetadataRouter(owner=self).add(
            splitter=check_cv(self.cv),
            method_mapping=MethodMapping().add(caller="fit", callee="split"),
        )
