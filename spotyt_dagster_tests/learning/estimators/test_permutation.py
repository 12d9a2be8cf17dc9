"""Importances by permutation: for a model that has none, on the rows that it was fitted on."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.feature_selection import SelectFromModel
from sklearn.inspection import permutation_importance
from sklearn.pipeline import make_pipeline
from sklearn.svm import SVC

from spotyt_dagster.learning.estimators.permutation import PermutationImportances


@pytest.fixture(scope="module")
def table() -> tuple[pd.DataFrame, pd.Series]:
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(300, 4)), columns=["a", "told", "b", "too"])
    return X, (2 * X["told"] + X["too"] > 0).astype(int)


def ranked(**options) -> PermutationImportances:
    return PermutationImportances(SVC(), scoring="roc_auc", random_state=0, **options)


def test_they_are_scikit_learns_on_the_rows_fitted_on(table) -> None:
    X, y = table
    fitted = ranked(max_rows=300, n_repeats=20).fit(X, y)
    expected: Any = permutation_importance(
        SVC().fit(X, y), X, y, scoring="roc_auc", n_repeats=20, random_state=1
    )
    np.testing.assert_allclose(fitted.feature_importances_, expected.importances_mean, atol=0.02)
    assert fitted.feature_importances_.argmax() == 1


def test_a_selection_by_them_keeps_what_tells_the_class(table) -> None:
    X, y = table
    select = SelectFromModel(ranked(), max_features=2, threshold=-np.inf)
    pipeline = make_pipeline(select.set_output(transform="pandas"), SVC()).fit(X, y)
    assert pipeline[-1].feature_names_in_.tolist() == ["told", "too"]


def test_they_are_measured_on_as_many_rows_as_asked_for(table) -> None:
    X, y = table
    few, many = (ranked(max_rows=rows).fit(X, y).feature_importances_ for rows in (40, 300))
    assert not np.array_equal(few, many)
    again = ranked(max_rows=40).fit(X, y).feature_importances_
    np.testing.assert_array_equal(few, again)
