"""TabNet's estimators: they learn, repeat themselves, say what is wrong, and survive a file."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from spotyt_dagster.learning.determinism import deterministic
from spotyt_dagster.learning.estimators.tabnet import TabNetClassification, TabNetRegression

QUICK: dict[str, Any] = {
    "max_epochs": 15, "batch_size": 128, "virtual_batch_size": 128, "learning_rate": 0.05,
    "random_state": 1,
}  # fmt: skip


@pytest.fixture(scope="module")
def table() -> tuple[pd.DataFrame, pd.Series, np.ndarray]:
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(600, 3)), columns=["told", "noise", "more noise"])
    X.index = pd.Index(np.arange(600) + 7)
    return X, 1e6 * (50 + 20 * X["told"]), np.arange(600) // 10


@pytest.fixture(scope="module")
def regression(table) -> TabNetRegression:
    X, y, artists = table
    return TabNetRegression(**QUICK).fit(X, y, groups=artists)


def test_regression_predicts_in_the_targets_own_unit(regression, table):
    X, y, _ = table
    assert regression.score(X, y) > 0.5
    assert regression.predict(X).shape == (600,)


def test_the_telling_feature_is_the_most_important(regression):
    assert regression.feature_importances_.argmax() == 0
    assert regression.feature_importances_.sum() == pytest.approx(1)


def test_the_curve_has_an_epoch_a_row_and_follows_the_schedule(regression):
    assert 1 < len(regression.curve_) <= QUICK["max_epochs"]
    assert regression.curve_["learning_rate"].is_monotonic_decreasing
    assert regression.curve_["best"].sum() == 1


def test_the_same_seed_gives_the_same_predictions_whatever_ran_before(regression, table):
    X, y, artists = table
    with deterministic(99):
        again = TabNetRegression(**QUICK).fit(X, y, groups=artists)
    np.testing.assert_array_equal(again.predict(X), regression.predict(X))


def test_the_number_of_threads_changes_nothing(regression, table):
    import torch

    X, y, artists = table
    before = torch.get_num_threads()
    torch.set_num_threads(1 if before > 1 else 3)
    try:
        again = TabNetRegression(**QUICK).fit(X, y, groups=artists)
    finally:
        torch.set_num_threads(before)
    np.testing.assert_array_equal(again.predict(X), regression.predict(X))


def test_classification_gives_probabilities_of_the_classes_it_saw(table):
    X, _, artists = table
    y = np.where(X["told"] > 0, "loud", "quiet")
    fitted = TabNetClassification(**QUICK).fit(X, y, groups=artists)
    probabilities = fitted.predict_proba(X)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-6)
    assert fitted.classes_.tolist() == ["loud", "quiet"]
    assert fitted.score(X, y) > 0.8


def test_a_class_of_one_artist_alone_cannot_be_validated(table):
    X, _, artists = table
    with pytest.raises(ValueError, match="only in the rows"):
        TabNetClassification(**QUICK).fit(X, (artists == 3).astype(int), groups=artists)


def test_a_rate_at_which_the_loss_explodes_is_said_to_diverge(table):
    X, y, artists = table
    with pytest.raises(ValueError, match="diverged"):
        TabNetRegression(**{**QUICK, "learning_rate": 1e30}).fit(X, y, groups=artists)


def test_one_cycle_is_stepped_batch_by_batch(table):
    X, y, artists = table
    cycle: dict[str, Any] = {**QUICK, "schedule": "one_cycle", "patience": 15}
    rates = TabNetRegression(**cycle).fit(X, y, groups=artists).curve_["learning_rate"]
    assert 0 < rates.argmax() < len(rates) - 1
    assert rates.iloc[-1] < 1e-2 * QUICK["learning_rate"]
