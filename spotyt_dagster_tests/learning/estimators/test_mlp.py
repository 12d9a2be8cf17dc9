"""Perceptrons: they learn, repeat themselves, and several members answer as their mean."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression

from spotyt_dagster.learning.determinism import deterministic
from spotyt_dagster.learning.estimators.mlp import MLPClassification, MLPRegression

QUICK: dict[str, Any] = {
    "width": 32, "max_epochs": 12, "batch_size": 64, "learning_rate": 1e-2, "random_state": 1,
}  # fmt: skip
KINDS: dict[str, dict[str, Any]] = {
    "plain": {},
    "periodic": {"frequencies": 8},
    "tabm": {"members": 4},
    "tabm, periodic": {"members": 4, "frequencies": 8},
}


@pytest.fixture(scope="module")
def table() -> tuple[pd.DataFrame, pd.Series, np.ndarray]:
    """600 rows, the target a wave over one column, which no line follows."""
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(600, 3)), columns=["told", "noise", "more noise"])
    X.index = pd.Index(np.arange(600) + 7)
    return X, 1e6 * (50 + 20 * np.cos(2 * X["told"])), np.arange(600) // 10


@pytest.fixture(scope="module", params=KINDS)
def kind(request) -> dict[str, Any]:
    return QUICK | KINDS[request.param]


@pytest.fixture(scope="module")
def regression(kind, table) -> MLPRegression:
    X, y, artists = table
    return MLPRegression(**kind).fit(X, y, groups=artists)


def test_regression_learns_what_a_line_does_not(regression, table):
    X, y, _ = table
    assert LinearRegression().fit(X, y).score(X, y) < 0.1
    assert regression.score(X, y) > 0.7


def test_classification_learns_what_a_line_does_not(kind, table):
    X, y, artists = table
    classes = np.where(y > y.median(), "loud", "quiet")
    fitted = MLPClassification(**kind).fit(X, classes, groups=artists)
    assert fitted.classes_.tolist() == ["loud", "quiet"]
    assert LogisticRegression().fit(X, classes).score(X, classes) < 0.6
    assert fitted.score(X, classes) > 0.8
    np.testing.assert_allclose(fitted.predict_proba(X).sum(axis=1), 1, atol=1e-12)


def test_the_same_seed_gives_the_same_predictions_whatever_ran_before(regression, kind, table):
    X, y, artists = table
    with deterministic(99):
        again = MLPRegression(**kind).fit(X, y, groups=artists)
    np.testing.assert_array_equal(again.predict(X), regression.predict(X))


def test_the_number_of_threads_changes_nothing(regression, kind, table):
    import torch

    X, y, artists = table
    before = torch.get_num_threads()
    torch.set_num_threads(1 if before > 1 else 3)
    try:
        again = MLPRegression(**kind).fit(X, y, groups=artists)
    finally:
        torch.set_num_threads(before)
    np.testing.assert_array_equal(again.predict(X), regression.predict(X))


def test_members_differ_and_their_mean_predicts(table):
    X, y, artists = table
    fitted = MLPRegression(**QUICK, members=4).fit(X, y, groups=artists)
    scaled = fitted._forward(X)
    assert scaled.shape == (600, 4, 1)
    assert (scaled.std(axis=1) > 1e-3).all()
    ours = fitted.scaler_.inverse_transform(scaled.mean(axis=1)).ravel()
    np.testing.assert_array_equal(fitted.predict(X), ours)


def test_members_share_their_weights():
    from spotyt_dagster.learning.estimators.mlp_networks import perceptrons

    def weights(members: int) -> int:
        network = perceptrons(
            10, 1, members=members, width=64, blocks=2, dropout=0.0, frequencies=0,
            frequency_scale=0.1, embedding_width=8,
        )  # fmt: skip
        return sum(weight.numel() for weight in network.parameters())

    assert weights(8) < 2 * weights(1)


def test_losses_are_of_members_while_training_and_of_their_mean_after():
    import torch

    from spotyt_dagster.learning.estimators.mlp_networks import LogLoss, SquaredLoss

    squared, log = SquaredLoss(), LogLoss()
    predicted, y = torch.tensor([[[1.0], [3.0]]]), torch.tensor([[0.0]])
    assert float(squared(predicted, y)) == 5  # (1 + 9) / 2
    assert float(squared.eval()(predicted, y)) == 4
    shares = torch.tensor([[[0.5, 0.5], [0.1, 0.9]]])
    first = torch.tensor([0])
    assert float(log(shares.log(), first)) == pytest.approx(-np.log([0.5, 0.1]).mean())
    assert float(log.eval()(shares.log(), first)) == pytest.approx(-np.log(0.3))


def test_one_cycle_rises_and_falls_within_the_fit(table):
    X, y, artists = table
    rates = MLPRegression(**QUICK).fit(X, y, groups=artists).curve_["learning_rate"]
    peak = int(rates.argmax())
    assert 0 < peak < len(rates) - 1
    assert rates[: peak + 1].is_monotonic_increasing
    assert rates[peak:].is_monotonic_decreasing
    assert rates.iloc[-1] < 1e-3 * QUICK["learning_rate"]


def test_a_class_of_one_artist_alone_cannot_be_validated(table):
    X, _, artists = table
    with pytest.raises(ValueError, match="only in the rows"):
        MLPClassification(**QUICK).fit(X, (artists == 3).astype(int), groups=artists)


def test_a_rate_at_which_the_loss_explodes_is_said_to_diverge(table):
    X, y, artists = table
    with pytest.raises(ValueError, match="diverged"):
        MLPRegression(**{**QUICK, "learning_rate": 1e30}).fit(X, y, groups=artists)
