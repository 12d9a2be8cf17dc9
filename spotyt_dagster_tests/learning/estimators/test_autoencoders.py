"""Autoencoders: they learn, repeat themselves, validate on other artists, say what is wrong."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from spotyt_dagster.learning.clustering.feature_space import (
    cluster_space,
)
from spotyt_dagster.learning.determinism import deterministic
from spotyt_dagster.learning.estimators.autoencoders import (
    AutoencoderTransformer,
    VariationalAutoencoderTransformer,
)
from spotyt_dagster.learning.evaluation.splits import kept_apart

KINDS = {AutoencoderTransformer: 64, VariationalAutoencoderTransformer: 8}
SHORT: dict[str, Any] = {"max_epochs": 12, "batch_size": 64, "learning_rate": 3e-3}


@pytest.fixture(scope="module")
def points(tracks) -> pd.DataFrame:
    space = cluster_space(tracks)
    return pd.DataFrame(space.points, index=space.frame.index)


@pytest.fixture(scope="module")
def artists(tracks) -> np.ndarray:
    return kept_apart(cluster_space(tracks).frame)["groups"]


@pytest.fixture(scope="module", params=KINDS)
def encoder(request, points, artists):
    return request.param(**SHORT, random_state=1).fit(points, groups=artists)


def test_training_lowers_the_loss_on_other_artists(encoder) -> None:
    curve = encoder.curve_
    assert curve["valid_loss"].min() < 0.95 * curve["valid_loss"].iloc[0]
    assert curve["best"].sum() == 1
    assert encoder.n_fitted_ + encoder.n_validation_ == 900
    assert encoder.n_validation_ == 140  # 14 of the 90 artists


def test_the_code_has_the_width_of_the_study_or_of_the_latent_space(encoder, points) -> None:
    code = encoder.transform(points)
    assert code.shape == (900, KINDS[type(encoder)])
    assert code.dtype == np.float64
    if isinstance(encoder, AutoencoderTransformer):
        assert code.min() == 0


def test_the_same_seed_gives_the_same_code_whatever_ran_before(encoder, points, artists) -> None:
    kind = type(encoder)
    np.random.seed(5)
    with deterministic(99):
        again = kind(**SHORT, random_state=1).fit(points, groups=artists)
    np.testing.assert_array_equal(again.transform(points), encoder.transform(points))
    other = kind(**SHORT, random_state=2).fit(points, groups=artists)
    assert not np.allclose(other.transform(points), encoder.transform(points))


def test_the_evidence_bound_is_the_sum_of_its_two_parts(points, artists) -> None:
    curve = (
        VariationalAutoencoderTransformer(max_epochs=4, random_state=1)
        .fit(points, groups=artists)
        .curve_
    )
    for rows in ("train", "valid"):
        parts = curve[f"{rows}_reconstruction"] + curve[f"{rows}_kl"]
        np.testing.assert_allclose(parts, curve[f"{rows}_loss"], rtol=1e-5)
    assert (curve["valid_kl"] >= 0).all()


@pytest.mark.parametrize("kind", KINDS)
def test_training_stops_after_as_many_epochs_without_gain_as_patience_says(
    kind, points, artists
) -> None:
    model = kind(max_epochs=60, patience=2, learning_rate=0.05, schedule="constant", random_state=0)
    curve = model.fit(points, groups=artists).curve_
    assert len(curve) < 60
    assert len(curve) - curve.loc[curve["best"], "epoch"].item() == 2
    assert (curve["learning_rate"] == 0.05).all()


@pytest.mark.parametrize("schedule", ["cosine", "plateau"])
def test_the_schedule_changes_the_rate_to_the_last_epoch(schedule, points, artists) -> None:
    model = AutoencoderTransformer(
        max_epochs=20, patience=8, learning_rate=0.1, schedule=schedule, random_state=0
    )
    rates = model.fit(points, groups=artists).curve_["learning_rate"]
    assert rates.notna().all()
    assert rates.iloc[-1] < 0.1


@pytest.mark.parametrize("kind", KINDS)
def test_a_rate_at_which_the_loss_explodes_is_said_to_diverge(kind, points, artists) -> None:
    with pytest.raises(ValueError, match="diverged"):
        kind(max_epochs=10, learning_rate=1e20).fit(points, groups=artists)
