"""Networks that attend across columns: of one row at a time, repeatable, and safe from gaps."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from spotyt_dagster.learning.determinism import deterministic
from spotyt_dagster.learning.estimators.attention import (
    FTTransformerRegressor,
    TabTransformerRegressor,
)
from spotyt_dagster.learning.evaluation.task import regression_problem
from spotyt_dagster.learning.regression.attention_family import (
    behind_categories_and_numbers,
    with_kinds_of_track,
)

QUICK: dict[str, Any] = {
    "width": 8, "heads": 2, "blocks": 1, "dropout": 0.0, "max_epochs": 16, "batch_size": 64,
    "learning_rate": 2e-2, "random_state": 1,
}  # fmt: skip
NUMBERS = ("Energy", "Tempo", "Valence", "Liveness", "Loudness")
NETWORKS = (TabTransformerRegressor, FTTransformerRegressor)


@pytest.fixture(scope="module")
def table() -> tuple[pd.DataFrame, pd.Series, np.ndarray]:
    """600 rows whose target is told by one category and one number."""
    rng = np.random.default_rng(0)
    index = pd.Index(np.arange(600) + 7)
    X = pd.DataFrame(
        {
            "Energy": rng.normal(size=600),
            "Tempo": rng.normal(120, 20, size=600),
            **{name: rng.uniform(size=600) for name in ("Valence", "Liveness", "Loudness")},
            "Key": rng.integers(-1, 12, size=600).astype(float),
            "Album_type": rng.choice(["album", "single", "compilation"], size=600),
            "publishedYear": rng.integers(2008, 2023, size=600).astype(float),
        },
        index=index,
    )
    X.loc[index[::50], ["Tempo", "publishedYear"]] = np.nan
    X.loc[index[::60], "Album_type"] = None
    y = 1e6 * (50 + 20 * X["Energy"] + 20 * (X["Album_type"] == "single"))
    return X, y, np.arange(600) // 10


def fitted(network: type, table, **changes) -> Any:
    X, y, artists = table
    model = network(**{**QUICK, **changes})
    pipeline: Pipeline = behind_categories_and_numbers(model, StandardScaler())
    return pipeline.fit(X, y, model__groups=artists)


@pytest.fixture(scope="module", params=NETWORKS)
def pipeline(request, table) -> Any:
    return fitted(request.param, table)


def test_it_learns_in_the_targets_own_unit(pipeline, table) -> None:
    X, y, _ = table
    assert pipeline.score(X, y) > 0.5


def test_a_prediction_does_not_depend_on_the_other_rows(pipeline, table) -> None:
    X, _, _ = table
    alone = [pipeline.predict(X.iloc[[place]])[0] for place in range(5)]
    np.testing.assert_allclose(pipeline.predict(X)[:5], alone, rtol=1e-4)


def test_attention_is_shared_among_the_columns_of_a_row(pipeline, table) -> None:
    X, _, _ = table
    shares = pipeline[-1].attention(pipeline[:-1].transform(X))
    tokens = ["Key", "Album_type", "publishedYear"]
    if isinstance(pipeline[-1], FTTransformerRegressor):
        tokens = ["row", *tokens, *NUMBERS]
    assert list(shares.index) == list(shares.columns) == tokens
    np.testing.assert_allclose(shares.sum(axis=1), 1, rtol=1e-5)


def test_what_one_column_says_depends_on_another_through_attention(pipeline, table) -> None:
    import torch

    one = table[0].iloc[:1]
    model, prepare = pipeline[-1], pipeline[:-1]
    weights = []
    for row in (one, one.assign(Key=one["Key"] + 1)):
        parts = map(torch.tensor, model._checked(prepare.transform(row)))
        weights.append(model.network_.attention(*parts).detach().numpy())
    blocks, rows, heads, queries, keys = weights[0].shape
    assert (blocks, rows, heads) == (1, 1, 2)
    tokens = len(model.attention(prepare.transform(one)))
    assert queries == keys == tokens == (3 if isinstance(model, TabTransformerRegressor) else 9)
    album = 1 if isinstance(model, TabTransformerRegressor) else 2
    assert not np.allclose(weights[0][..., album, :], weights[1][..., album, :])


def test_the_same_seed_gives_the_same_predictions(pipeline, table) -> None:
    again = fitted(type(pipeline[-1]), table)
    np.testing.assert_array_equal(again.predict(table[0]), pipeline.predict(table[0]))


def test_the_number_of_threads_changes_nothing(pipeline, table) -> None:
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1 if before > 1 else 3)
    try:
        again = fitted(type(pipeline[-1]), table)
    finally:
        torch.set_num_threads(before)
    np.testing.assert_array_equal(again.predict(table[0]), pipeline.predict(table[0]))


def test_a_category_never_seen_is_unknown_not_an_error(pipeline, table) -> None:
    strange = table[0].iloc[:3].assign(Album_type="mixtape", Key=99.0)
    assert np.isfinite(pipeline.predict(strange)).all()


def test_a_number_of_zero_is_a_token_of_its_own() -> None:
    import torch

    from spotyt_dagster.learning.estimators.attention_networks import Tokens

    with deterministic(0):
        tokens = Tokens([3], numbers=2, width=4, special=2)
        made = tokens((torch.tensor([[2]]), torch.zeros(1, 2)))
    assert made.shape == (1, 3, 4)
    assert not torch.allclose(made[0, 1], torch.zeros(4))
    assert not torch.allclose(made[0, 1], made[0, 2])


def test_numbers_reach_tab_transformers_head_past_the_attention(table) -> None:
    pipeline = fitted(TabTransformerRegressor, table, max_epochs=1)
    head = pipeline[-1].network_.network.mlp.layers[0]
    assert next(iter(head.parameters())).shape == (64, 8 * 3 + len(NUMBERS))


@pytest.mark.parametrize("schedule", ["constant", "cosine", "plateau"])
def test_the_curve_tells_the_learning_rate_of_the_schedule(schedule, table) -> None:
    pipeline = fitted(TabTransformerRegressor, table, schedule=schedule, max_epochs=4)
    rates = pipeline[-1].curve_["learning_rate"]
    assert rates.iloc[0] == pytest.approx(2e-2)
    assert rates.is_monotonic_decreasing
    assert (rates.iloc[-1] < 2e-2) == (schedule == "cosine")


def test_a_rate_at_which_the_loss_explodes_is_said_to_diverge(table) -> None:
    with pytest.raises(ValueError, match="diverged"):
        fitted(FTTransformerRegressor, table, learning_rate=1e30)


def test_without_a_category_there_is_nothing_to_attend_across(table) -> None:
    X, y, artists = table
    numbers = X[["Energy", "Valence"]]
    with pytest.warns(UserWarning, match="nothing to attend across"):
        model = TabTransformerRegressor(**QUICK).fit(numbers, y, artists)
    with pytest.raises(ValueError, match="nothing to attend across"):
        model.attention(numbers)
    assert model.score(numbers, y) > 0.3  # by numbers alone


@pytest.mark.parametrize(
    "chosen", [["Album_type", "Key"], [2, 1], [False, True, True], "from_dtype"], ids=str
)
def test_categories_are_named_as_for_histogram_gradient_boosting(chosen, table) -> None:
    X = table[0][["Energy", "Key", "Album_type"]]
    if chosen == "from_dtype":
        X = X.astype({"Key": "category", "Album_type": "category"})
    short: dict[str, Any] = {**QUICK, "max_epochs": 1, "categorical_features": chosen}
    model = FTTransformerRegressor(**short)
    assert model.fit(X, table[1], table[2]).is_categorical_.tolist() == [False, True, True]
    assert list(model.attention(X)) == ["row", "Key", "Album_type", "Energy"]


@pytest.mark.parametrize(
    ("chosen", "message"),
    [("Key", "names in a list"), (["Mood"], "names Mood"), ([True], "1 flags")],
)
def test_categories_that_are_not_there_are_refused(chosen, message, table) -> None:
    with pytest.raises(ValueError, match=message):
        FTTransformerRegressor(categorical_features=chosen).fit(*table)


def test_kinds_of_track_join_both_feature_sets_where_they_hold_values(tracks) -> None:
    problem = with_kinds_of_track(regression_problem(tracks.assign(Licensed=None)))
    for columns in (problem.study, problem.leak_free):
        assert set(columns) >= {"Album_type", "is_children"}
        assert "Licensed" not in columns
    assert "Licensed" in problem.notes[-1]
