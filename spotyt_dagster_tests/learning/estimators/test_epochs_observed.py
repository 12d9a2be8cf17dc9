"""Who watches the epochs of a fit is told of each, and may end it."""

from typing import Any

import numpy as np
import pytest
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from spotyt_dagster.learning.estimators.attention import FTTransformerRegressor
from spotyt_dagster.learning.estimators.early_stopping import Epoch, epochs_observed
from spotyt_dagster.learning.estimators.mlp import MLPRegression
from spotyt_dagster.learning.estimators.tabnet import TabNetClassification, TabNetRegression

ESTIMATORS = {
    "tabnet": TabNetRegression(max_epochs=6, patience=2, random_state=0),
    "tabnet one cycle": TabNetRegression(max_epochs=3, schedule="one_cycle", random_state=0),
    "tabnet classifier": TabNetClassification(max_epochs=3, schedule="constant", random_state=0),
    "attention": FTTransformerRegressor(
        width=8, blocks=1, heads=2, max_epochs=6, patience=2, random_state=0
    ),
    "mlp": MLPRegression(max_epochs=4, schedule="one_cycle", random_state=0),
}


class EnoughError(Exception):
    """Raised by an observer that has seen enough."""


@pytest.fixture(scope="module")
def rows() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(200, 4))
    return X, (X[:, 0] + rng.normal(size=200) > 0).astype(int)


@pytest.mark.parametrize("name", ESTIMATORS)
def test_each_epoch_is_told_as_the_curve_has_it(name: str, rows: tuple[Any, Any]):
    seen: list[Epoch] = []
    with epochs_observed(seen.append):
        fitted: Any = make_pipeline(StandardScaler(), ESTIMATORS[name]).fit(*rows)[-1]
    curve = fitted.curve_[["epoch", "train_loss", "valid_loss", "learning_rate"]]
    assert len(seen) >= 3
    np.testing.assert_array_equal(np.array(seen, dtype=float), curve.to_numpy(dtype=float))


@pytest.mark.parametrize("name", ["tabnet", "mlp"])
def test_an_observer_ends_the_fit_by_what_it_raises(name: str, rows: tuple[Any, Any]):
    seen: list[Epoch] = []

    def observe(epoch: Epoch) -> None:
        seen.append(epoch)
        if epoch.number == 2:
            raise EnoughError

    with pytest.raises(EnoughError), epochs_observed(observe):
        ESTIMATORS[name].fit(*rows)
    assert [epoch.number for epoch in seen] == [1, 2]


def test_nobody_is_told_of_fits_after_the_watch(rows: tuple[Any, Any]):
    seen: list[Epoch] = []
    with epochs_observed(seen.append):
        pass
    ESTIMATORS["mlp"].fit(*rows)
    assert seen == []
