"""Backward elimination of features, as a selector for a pipeline."""

from typing import Any, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, MetaEstimatorMixin, clone
from sklearn.feature_selection import SelectorMixin
from sklearn.model_selection import check_cv
from sklearn.utils.metadata_routing import MetadataRouter, MethodMapping, process_routing
from sklearn.utils.validation import check_is_fitted, validate_data

from spotyt_dagster.learning.estimators.early_stopping import seed_of


class BackwardElimination(SelectorMixin, MetaEstimatorMixin, BaseEstimator):
    """Keeps the features that are left where dropping one after the other had the least error.

    Each step drops the feature without which the RMSE over all folds is least, down to one feature;
    the set of least RMSE on that path is kept. scikit-learn's SequentialFeatureSelector stops at
    the first step that gains less than a threshold, or at a given number of features, and keeps no
    path; its RFECV drops by importances, which nearest neighbours have not.

    Args:
        estimator: Unfitted regressor that the errors are measured with.
        cv: Number of folds or splitter of scikit-learn's or evaluation/splits.py, default 3.
        max_rows: Rows that the path is found on, at most, drawn without replacement, int or None
            for all, default None.
        random_state: Of that draw, int, RandomState or None, default None.

    Attributes:
        path_: One row a step: removed (name, "" for none), rmse (unit of the target), chosen.
        support_: Which features are kept, bool (columns,).
        n_features_in_: Columns of the input, int.
    """

    def __init__(
        self,
        estimator: Any,
        *,
        cv: Any = 3,
        max_rows: int | None = None,
        random_state: Any = None,
    ):
        self.estimator = estimator
        self.cv = cv
        self.max_rows = max_rows
        self.random_state = random_state

    def fit(self, X: Any, y: Any, **params: Any) -> Self:
        """Find the path.

        Args:
            X: Numbers, (rows, columns), without gaps.
            y: Target, (rows,).
            params: Metadata that the splitter asks for, (rows,): groups, linked.

        Raises:
            ValueError: the rows cannot be split into the folds.

        """
        X, y = validate_data(self, X, y, dtype=np.float64, y_numeric=True, ensure_min_samples=2)
        metadata = process_routing(self, "fit", **params).splitter.split
        if self.max_rows is not None and self.max_rows < len(X):
            generator = np.random.RandomState(seed_of(self.random_state))
            rows = np.sort(generator.choice(len(X), self.max_rows, replace=False))
            X, y = X[rows], y[rows]
            metadata = {name: np.asarray(values)[rows] for name, values in metadata.items()}
        splitter: Any = check_cv(self.cv)
        folds = list(splitter.split(X, y, **metadata))
        kept = list(range(X.shape[1]))
        gone, errors = [-1], [self._rmse(X, y, folds, kept)]
        while len(kept) > 1:
            without = [self._rmse(X, y, folds, [k for k in kept if k != drop]) for drop in kept]
            least = int(np.argmin(without))
            gone.append(kept.pop(least))
            errors.append(without[least])
        best = int(np.argmin(errors))
        self.support_ = ~np.isin(np.arange(X.shape[1]), gone[: best + 1])
        names = getattr(self, "feature_names_in_", [f"x{column}" for column in range(X.shape[1])])
        self.path_ = pd.DataFrame(
            {
                "removed": ["" if column < 0 else str(names[column]) for column in gone],
                "rmse": errors,
                "chosen": np.arange(len(gone)) == best,
            }
        )
        return self

    def _rmse(self, X: np.ndarray, y: np.ndarray, folds: list, columns: list[int]) -> float:
        X, squared = X[:, columns], []
        for train, test in folds:
            estimator: Any = clone(self.estimator)
            fitted = estimator.fit(X[train], y[train])
            squared.append((fitted.predict(X[test]) - y[test]) ** 2)
        return float(np.sqrt(np.concatenate(squared).mean()))

    def _get_support_mask(self) -> Any:
        check_is_fitted(self)
        return self.support_

    def get_metadata_routing(self) -> MetadataRouter:
        """What is handed on at fit(): all that the splitter asks for."""
        return MetadataRouter(owner=self).add(
            splitter=check_cv(self.cv),
            method_mapping=MethodMapping().add(caller="fit", callee="split"),
        )

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        return tags
