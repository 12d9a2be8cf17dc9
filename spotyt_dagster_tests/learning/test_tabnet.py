"""TabNet's wrappers: they learn, repeat themselves, say what is wrong, and survive a file."""

import io

import joblib
import numpy as np
import pandas as pd
import pytest

from spotyt_dagster.learning.deep import device
from spotyt_dagster.learning.determinism import deterministic
from spotyt_dagster.learning.tabnet import TabNetClassification, TabNetRegression

QUICK = {"epochs": 15, "batch_rows": 128, "virtual_batch_rows": 128, "learning_rate": 0.05}


@pytest.fixture(scope="module")
def table() -> tuple[pd.DataFrame, pd.Series, pd.Series]:
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(600, 3)), columns=["told", "noise", "more noise"])
    X.index = pd.Index(np.arange(600) + 7)
    artists = pd.Series(np.arange(600) // 10, index=X.index).astype(str)
    return X, 1e6 * (50 + 20 * X["told"]), artists


@pytest.fixture(scope="module")
def regression(table) -> TabNetRegression:
    X, y, artists = table
    device()  # imports torch, which deterministic() would else not know of
    with deterministic(1):
        return TabNetRegression(artists, seed=1, **QUICK).fit(X, y)


def test_regression_predicts_in_the_targets_own_unit(regression, table):
    X, y, _ = table
    assert regression.score(X, y) > 0.5
    assert regression.predict(X).shape == (600,)


def test_the_telling_feature_is_the_most_important(regression):
    assert regression.feature_importances_.argmax() == 0
    assert regression.feature_importances_.sum() == pytest.approx(1)


def test_the_curve_has_an_epoch_a_row_and_follows_the_schedule(regression):
    assert 1 < len(regression.curve_) <= QUICK["epochs"]
    assert regression.curve_["learning_rate"].is_monotonic_decreasing
    assert regression.curve_["best"].sum() == 1


def test_the_same_seed_gives_the_same_predictions(regression, table):
    X, y, artists = table
    with deterministic(1):
        again = TabNetRegression(artists, seed=1, **QUICK).fit(X, y)
    np.testing.assert_array_equal(again.predict(X), regression.predict(X))


def test_the_number_of_threads_changes_nothing(regression, table):
    import torch

    X, y, artists = table
    before = torch.get_num_threads()
    torch.set_num_threads(1 if before > 1 else 3)
    try:
        with deterministic(1):
            again = TabNetRegression(artists, seed=1, **QUICK).fit(X, y)
    finally:
        torch.set_num_threads(before)
    np.testing.assert_array_equal(again.predict(X), regression.predict(X))


def test_a_saved_estimator_predicts_the_same(regression, table):
    file = io.BytesIO()
    joblib.dump(regression, file)
    file.seek(0)
    np.testing.assert_array_equal(joblib.load(file).predict(table[0]), regression.predict(table[0]))


def test_classification_gives_probabilities_of_the_classes_it_saw(table):
    X, _, artists = table
    with deterministic(1):
        fitted = TabNetClassification(artists, seed=1, **QUICK).fit(X, (X["told"] > 0).astype(int))
    probabilities = fitted.predict_proba(X)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-6)
    assert fitted.classes_.tolist() == [0, 1]
    assert fitted.score(X, (X["told"] > 0).astype(int)) > 0.8


def test_a_rate_at_which_the_loss_explodes_is_said_to_diverge(table):
    X, y, artists = table
    with pytest.raises(ValueError, match="diverged"), deterministic(1):
        TabNetRegression(artists, seed=1, **{**QUICK, "learning_rate": 1e30}).fit(X, y)
