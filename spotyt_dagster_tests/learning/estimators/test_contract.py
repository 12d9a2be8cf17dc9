"""Every own estimator by scikit-learn's own rules: its checks, searches, clones, files."""

import inspect
import pickle
import pkgutil
from importlib import import_module
from typing import Any

import numpy as np
import pandas as pd
import pytest
import sklearn
from sklearn.base import BaseEstimator, clone, is_classifier
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.utils.estimator_checks import parametrize_with_checks
from skorch import NeuralNet

from spotyt_dagster.learning import estimators
from spotyt_dagster.learning.estimators.attention import (
    FTTransformerRegressor,
    TabTransformerRegressor,
)
from spotyt_dagster.learning.estimators.autoencoders import (
    AutoencoderTransformer,
    VariationalAutoencoderTransformer,
)
from spotyt_dagster.learning.estimators.elimination import BackwardElimination
from spotyt_dagster.learning.estimators.mlp import MLPClassification, MLPRegression
from spotyt_dagster.learning.estimators.neighbours import KNeighborsRegressorCV
from spotyt_dagster.learning.estimators.permutation import PermutationImportances
from spotyt_dagster.learning.estimators.ranks import RankTransformer
from spotyt_dagster.learning.estimators.tabnet import TabNetClassification, TabNetRegression
from spotyt_dagster.learning.evaluation.splits import PurgedGroupKFold

# the checks ask that an estimator learns, so these are long enough for that
SMALL: dict[str, Any] = {"width": 8, "heads": 2, "blocks": 1, "learning_rate": 0.05}
TABNET: dict[str, Any] = {"n_steps": 1, "learning_rate": 0.2, "momentum": 0.3}
MLP: dict[str, Any] = {"width": 32, "learning_rate": 0.02, "batch_size": 64}

OWN: list[Any] = [
    TabTransformerRegressor(**SMALL, hidden=8, max_epochs=40, random_state=0),
    FTTransformerRegressor(**SMALL, max_epochs=40, random_state=0),
    TabNetRegression(**TABNET, max_epochs=40, random_state=0),
    TabNetClassification(**TABNET, max_epochs=40, random_state=0),
    MLPRegression(**MLP, random_state=0),
    MLPRegression(**MLP, frequencies=8, random_state=0),
    MLPRegression(**MLP, members=4, random_state=0),
    MLPClassification(**MLP, random_state=0),
    MLPClassification(**MLP, frequencies=8, members=4, random_state=0),
    AutoencoderTransformer(max_epochs=2, random_state=0),
    VariationalAutoencoderTransformer(max_epochs=2, random_state=0),
    KNeighborsRegressorCV(),
    BackwardElimination(KNeighborsRegressor(2)),
    PermutationImportances(Ridge(), random_state=0),
    RankTransformer(random_state=0),
]
SUPERVISED = [estimator for estimator in OWN if hasattr(estimator, "predict")]
GRIDS: dict[type, dict[str, list]] = {
    TabTransformerRegressor: {"weight_decay": [0, 0.1]},
    FTTransformerRegressor: {"weight_decay": [0, 0.1]},
    TabNetRegression: {"n_steps": [1, 2]},
    TabNetClassification: {"n_steps": [1, 2]},
    MLPRegression: {"members": [1, 4]},
    MLPClassification: {"members": [1, 4]},
    KNeighborsRegressorCV: {"max_neighbors": [3, 5]},
}


# scikit-learn's checks and the table below have numbers only, of which that network warns
pytestmark = pytest.mark.filterwarnings("ignore:no categorical column:UserWarning")


@parametrize_with_checks(OWN)
def test_scikit_learns_own_checks(estimator: Any, check: Any) -> None:
    check(estimator)


def test_no_own_estimator_is_left_out() -> None:
    """What this file holds of one estimator, it holds of all."""
    found = set()
    for module in pkgutil.iter_modules(estimators.__path__, f"{estimators.__name__}."):
        members = vars(import_module(module.name)).values()
        found |= {
            member
            for member in members
            if inspect.isclass(member)
            and issubclass(member, BaseEstimator)
            and member.__module__.startswith(estimators.__name__)
            and not member.__name__.startswith("_")
            and not issubclass(member, NeuralNet)  # the loss of an estimator's network
        }
    assert found == {type(estimator) for estimator in OWN}


@pytest.fixture(scope="module")
def table(baseline) -> dict[str, Any]:
    """400 rows of numbers, with artists and videos, some of which two artists share."""
    rows = baseline.head(400)
    X = rows[["Energy", "Danceability", "Valence"]]
    return {
        "X": (X - X.mean()) / X.std(),
        "y": rows["log10_Views"],
        "groups": pd.factorize(rows["Artist"])[0],
        "linked": pd.factorize(rows["video_id"])[0],
    }


def for_task(estimator: Any, table: dict[str, Any]) -> dict[str, Any]:
    """The table with classes where the estimator wants them."""
    y = table["y"]
    return table | {"y": (y > y.median()).astype(int) if is_classifier(estimator) else y}


def fitted(estimator: Any, table: dict[str, Any]) -> Any:
    """A clone, fitted in a pipeline, where it is given what it asks for."""
    data = for_task(estimator, table)
    asks = "linked" in inspect.signature(estimator.fit).parameters
    metadata = {name: data[name] for name in ("groups", "linked") if asks}
    unfitted: Any = clone(estimator)
    return unfitted.fit(data["X"], data["y"], **metadata)


def answers(estimator: Any, X: pd.DataFrame) -> np.ndarray:
    if isinstance(estimator, PermutationImportances):
        return estimator.feature_importances_
    return (estimator.predict if hasattr(estimator, "predict") else estimator.transform)(X)


@pytest.mark.parametrize("estimator", SUPERVISED, ids=lambda estimator: type(estimator).__name__)
def test_a_search_by_purged_folds_hands_artists_and_videos_on(estimator, table) -> None:
    data = for_task(estimator, table)
    metadata = {name: data[name] for name in ("groups", "linked")}
    short = {"max_epochs": 2} if hasattr(estimator, "max_epochs") else {"cv": PurgedGroupKFold(3)}
    brief: Any = clone(estimator)
    brief.set_params(**short)
    with sklearn.config_context(enable_metadata_routing=True):
        search = GridSearchCV(brief, GRIDS[type(estimator)], cv=PurgedGroupKFold(5)).fit(
            data["X"], data["y"], **metadata
        )
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    folds = list(PurgedGroupKFold(5).split(data["X"], **metadata))
    train, test = folds[0]
    X, y = data["X"], data["y"]
    inner = {name: values[train] for name, values in metadata.items()}
    by_hand: Any = clone(brief)
    by_hand.set_params(**search.cv_results_["params"][0])
    with sklearn.config_context(enable_metadata_routing=True):
        by_hand.fit(X.iloc[train], y.iloc[train], **inner)
    assert search.cv_results_["split0_test_score"][0] == pytest.approx(
        by_hand.score(X.iloc[test], y.iloc[test])
    )


@pytest.mark.parametrize("estimator", OWN, ids=lambda estimator: type(estimator).__name__)
def test_a_clone_and_a_file_give_the_same(estimator, table) -> None:
    once, again = (fitted(estimator, table) for _ in range(2))
    expected = answers(once, table["X"])
    np.testing.assert_array_equal(answers(again, table["X"]), expected)
    np.testing.assert_array_equal(answers(fitted(once, table), table["X"]), expected)
    loaded = pickle.loads(pickle.dumps(once))
    np.testing.assert_array_equal(answers(loaded, table["X"]), expected)


@pytest.mark.parametrize(
    "estimator",
    [estimator for estimator in OWN if hasattr(estimator, "max_epochs")],
    ids=lambda estimator: type(estimator).__name__,
)
def test_of_a_fit_the_network_is_kept_and_no_row(estimator, table) -> None:
    """Neither skorch's net, which holds validation rows and an optimiser, nor a library's model."""
    import torch

    one = fitted(estimator, table)
    modules = [name for name, value in vars(one).items() if isinstance(value, torch.nn.Module)]
    assert modules == ["network_"]
    assert {weight.dtype for weight in one.network_.parameters()} == {torch.float64}
    marked = table["X"].assign(Energy=table["X"]["Energy"] + 1e-3 * np.pi)
    saved = pickle.dumps(fitted(estimator, table | {"X": marked}))
    column = marked["Energy"].to_numpy()
    for dtype in (np.float32, np.float64):
        assert column[:1].astype(dtype).tobytes() not in saved


@pytest.mark.parametrize("kind", [PurgedGroupKFold(3)], ids=str)
def test_own_folds_inside_a_pipeline_are_those_of_the_splitter(kind, table) -> None:
    X, y = table["X"], table["y"]
    metadata = {name: table[name] for name in ("groups", "linked")}
    pipeline: Any = make_pipeline(
        BackwardElimination(KNeighborsRegressor(2), cv=kind), KNeighborsRegressorCV(cv=kind)
    )
    with sklearn.config_context(enable_metadata_routing=True):
        pipeline.fit(X, y, **metadata)
    folds = list(kind.split(X, **metadata))
    by_hand = KNeighborsRegressorCV(cv=folds).fit(pipeline[:-1].transform(X), y)
    np.testing.assert_array_equal(pipeline[-1].rmse_, by_hand.rmse_)
    errors = [
        (KNeighborsRegressor(2).fit(X.iloc[a], y.iloc[a]).predict(X.iloc[b]) - y.iloc[b]) ** 2
        for a, b in folds
    ]
    assert pipeline[0].path_["rmse"].iloc[0] == pytest.approx(
        np.sqrt(np.concatenate(errors).mean())
    )
