"""Networks that attend across columns: of one row at a time, repeatable, and safe from gaps."""

import io
from typing import Any

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.pipeline import Pipeline

from spotyt_dagster.learning.attention import (
    AttentionRegressor,
    codes_and_numbers,
    with_kinds_of_track,
)
from spotyt_dagster.learning.deep import device
from spotyt_dagster.learning.determinism import deterministic
from spotyt_dagster.learning.evaluation.task import regression_problem

QUICK = {
    "options": {"width": 8, "heads": 2, "blocks": 1},
    "epochs": 16,
    "batch_rows": 64,
    "learning_rate": 2e-2,
}
NUMBERS = ("Energy", "Tempo", "Valence", "Liveness", "Loudness")
NETWORKS = ("tab_transformer", "ft_transformer")


@pytest.fixture(scope="module")
def table() -> tuple[pd.DataFrame, pd.Series, pd.Series]:
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
    artists = pd.Series(np.arange(600) // 10, index=index).astype(str)
    return X, y, artists


def fitted(network: str, table, **changes) -> Any:
    X, y, artists = table
    model = AttentionRegressor(network, artists, seed=1, **{**QUICK, **changes})
    device()  # imports torch, which deterministic() would else not know of
    with deterministic(1):
        return Pipeline([("prepare", codes_and_numbers(X)), ("model", model)]).fit(X, y)


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
    if pipeline[-1].network == "ft_transformer":
        tokens = ["row", *tokens, *NUMBERS]
    assert list(shares.index) == list(shares.columns) == tokens
    np.testing.assert_allclose(shares.sum(axis=1), 1, rtol=1e-5)


def test_what_one_column_says_depends_on_another_through_attention(pipeline, table) -> None:
    import torch

    prepared = pipeline[:-1].transform(table[0].iloc[:1])
    other = prepared.assign(code__Key=prepared["code__Key"] + 1)
    model = pipeline[-1]
    weights = []
    for frame in (prepared, other):
        parts = model._split(np.array(frame, dtype="float32"))
        tensors = {name: torch.as_tensor(part) for name, part in parts.items()}
        weights.append(model.net_.module_.attention(**tensors).detach().numpy())
    blocks, rows, heads, heeding, heeded = weights[0].shape
    assert (blocks, rows, heads) == (1, 1, 2)
    assert heeding == heeded == (3 if model.network == "tab_transformer" else 9)
    album = 1 if model.network == "tab_transformer" else 2
    assert not np.allclose(weights[0][..., album, :], weights[1][..., album, :])


def test_the_same_seed_gives_the_same_predictions(pipeline, table) -> None:
    again = fitted(pipeline[-1].network, table)
    np.testing.assert_array_equal(again.predict(table[0]), pipeline.predict(table[0]))


def test_the_number_of_threads_changes_nothing(pipeline, table) -> None:
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1 if before > 1 else 3)
    try:
        again = fitted(pipeline[-1].network, table)
    finally:
        torch.set_num_threads(before)
    np.testing.assert_array_equal(again.predict(table[0]), pipeline.predict(table[0]))


def test_a_saved_pipeline_predicts_the_same_and_holds_no_training_table(pipeline, table) -> None:
    file = io.BytesIO()
    joblib.dump(pipeline, file)
    assert pipeline[-1].net_.train_split is None
    file.seek(0)
    loaded = joblib.load(file)
    np.testing.assert_array_equal(loaded.predict(table[0]), pipeline.predict(table[0]))


def test_a_category_never_seen_is_unknown_not_an_error(pipeline, table) -> None:
    strange = table[0].iloc[:3].assign(Album_type="mixtape", Key=99.0)
    assert np.isfinite(pipeline.predict(strange)).all()


def test_a_number_of_zero_is_a_token_of_its_own() -> None:
    import torch

    from spotyt_dagster.learning.attention_networks import Tokens

    with deterministic(0):
        tokens = Tokens([3], numbers=2, width=4, special=2)
        made = tokens((torch.tensor([[2]]), torch.zeros(1, 2)))
    assert made.shape == (1, 3, 4)
    assert not torch.allclose(made[0, 1], torch.zeros(4))
    assert not torch.allclose(made[0, 1], made[0, 2])


def test_numbers_reach_tab_transformers_head_past_the_attention(table) -> None:
    pipeline = fitted("tab_transformer", table, epochs=1)
    head = pipeline[-1].net_.module_.network.mlp.layers[0]
    assert next(iter(head.parameters())).shape == (64, 8 * 3 + len(NUMBERS))


@pytest.mark.parametrize("schedule", ["constant", "cosine", "plateau"])
def test_the_curve_tells_the_learning_rate_of_the_schedule(schedule, table) -> None:
    rates = fitted("tab_transformer", table, schedule=schedule, epochs=4)[-1].curve_[
        "learning_rate"
    ]
    assert rates.iloc[0] == pytest.approx(2e-2)
    assert rates.is_monotonic_decreasing
    assert (rates.iloc[-1] < 2e-2) == (schedule == "cosine")


def test_a_rate_at_which_the_loss_explodes_is_said_to_diverge(table) -> None:
    with pytest.raises(ValueError, match="diverged"):
        fitted("ft_transformer", table, learning_rate=1e30)


def test_without_a_category_there_is_nothing_to_attend_across(table) -> None:
    X, y, artists = table
    numbers = (X[["Energy", "Tempo"]].fillna(0), y, artists)
    with pytest.raises(ValueError, match="attend across"):
        fitted("tab_transformer", numbers)


def test_kinds_of_track_join_both_feature_sets_where_they_hold_values(tracks) -> None:
    problem = with_kinds_of_track(regression_problem(tracks.assign(Licensed=None)))
    for columns in (problem.study, problem.leak_free):
        assert set(columns) >= {"Album_type", "is_children"}
        assert "Licensed" not in columns
    assert "Licensed" in problem.notes[-1]
