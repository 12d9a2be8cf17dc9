"""Nearest neighbours with their own K: the error of each K, and the knee of the errors."""

import numpy as np
import pytest
from sklearn.model_selection import GroupKFold
from sklearn.neighbors import KNeighborsRegressor

from spotyt_dagster.learning.estimators.neighbours import KNeighborsRegressorCV
from spotyt_dagster.learning.inspection.knee import knee


@pytest.fixture(scope="module")
def table() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, 4))
    return X, X[:, 0] + rng.normal(size=300), np.arange(300) // 10


def test_the_errors_are_those_of_scikit_learns_regressor(table) -> None:
    X, y, artists = table
    fitted = KNeighborsRegressorCV(cv=GroupKFold(3)).fit(X, y, groups=artists)
    assert len(fitted.rmse_) == 30
    for k in (1, 3, 17):
        squared = []
        for train, test in GroupKFold(3).split(X, groups=artists):
            model = KNeighborsRegressor(k).fit(X[train], y[train])
            squared.append((model.predict(X[test]) - y[test]) ** 2)
        assert fitted.rmse_[k - 1] == pytest.approx(np.sqrt(np.concatenate(squared).mean()))


def test_k_is_at_the_knee_and_predictions_are_scikit_learns(table) -> None:
    X, y, artists = table
    fitted = KNeighborsRegressorCV(cv=GroupKFold(3)).fit(X, y, groups=artists)
    assert fitted.n_neighbors_ == knee(np.arange(1, 31), fitted.rmse_)
    assert 1 < fitted.n_neighbors_ < 30
    plain = KNeighborsRegressor(fitted.n_neighbors_).fit(X, y)
    np.testing.assert_allclose(fitted.predict(X), plain.predict(X))


def test_where_the_error_has_no_knee_the_best_k_is_taken() -> None:
    X = np.arange(12.0)[:, None]
    assert KNeighborsRegressorCV().fit(X, np.ones(12)).n_neighbors_ == 1
    assert KNeighborsRegressorCV(max_neighbors=2).fit(X, X.ravel()).n_neighbors_ in (1, 2)


def test_no_more_neighbours_are_tried_than_a_fold_has_rows() -> None:
    X = np.arange(12.0)[:, None]
    assert len(KNeighborsRegressorCV().fit(X, X.ravel() ** 2).rmse_) == 8
