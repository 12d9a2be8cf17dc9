"""Encoders: they learn, repeat themselves, stop by other artists, and say what is wrong."""

import io

import joblib
import numpy as np
import pandas as pd
import pytest

from spotyt_dagster.learning.clustering.embedding import (
    NeuralEncoder,
    code_clusters,
)
from spotyt_dagster.learning.clustering.feature_space import (
    cluster_space,
)
from spotyt_dagster.learning.determinism import deterministic

KINDS = ("autoencoder", "variational")
SHORT = {"epochs": 12, "batch_rows": 64, "learning_rate": 3e-3}


@pytest.fixture(scope="module")
def space(tracks):
    return cluster_space(tracks)


@pytest.fixture(scope="module")
def points(space) -> pd.DataFrame:
    return pd.DataFrame(space.points, index=space.frame.index)


@pytest.fixture(scope="module", params=KINDS)
def encoder(request, points, space) -> NeuralEncoder:
    return NeuralEncoder(request.param, **SHORT, seed=1).fit(points, space.frame["Artist"])


def test_training_lowers_the_loss_on_other_artists(encoder) -> None:
    curve = encoder.curve_
    assert curve["valid_loss"].min() < 0.95 * curve["valid_loss"].iloc[0]
    assert curve["best"].sum() == 1
    assert encoder.n_fitted_ + encoder.n_held_ == 900


def test_the_code_has_the_width_of_the_study_or_of_the_latent_space(encoder, points) -> None:
    code = encoder.transform(points)
    assert code.shape == (900, {"autoencoder": 64, "variational": 8}[encoder.kind])
    assert code.dtype == np.float64
    if encoder.kind == "autoencoder":
        assert code.min() == 0


def test_the_same_seed_gives_the_same_code_whatever_ran_before(encoder, points, space) -> None:
    np.random.seed(5)
    with deterministic(99):
        again = NeuralEncoder(encoder.kind, **SHORT, seed=1).fit(points, space.frame["Artist"])
    np.testing.assert_array_equal(again.transform(points), encoder.transform(points))
    other = NeuralEncoder(encoder.kind, **SHORT, seed=2).fit(points, space.frame["Artist"])
    assert not np.allclose(other.transform(points), encoder.transform(points))


def test_a_saved_encoder_gives_the_same_code(encoder, points) -> None:
    file = io.BytesIO()
    joblib.dump(encoder, file)
    file.seek(0)
    np.testing.assert_array_equal(joblib.load(file).transform(points), encoder.transform(points))


def test_the_evidence_bound_is_the_sum_of_its_two_parts(points, space) -> None:
    fitted = NeuralEncoder("variational", epochs=4, seed=1).fit(points, space.frame["Artist"])
    curve = fitted.curve_
    for rows in ("train", "valid"):
        parts = curve[f"{rows}_reconstruction"] + curve[f"{rows}_kl"]
        np.testing.assert_allclose(parts, curve[f"{rows}_loss"], rtol=1e-5)
    assert (curve["valid_kl"] >= 0).all()


@pytest.mark.parametrize("kind", KINDS)
def test_training_stops_after_as_many_epochs_without_gain_as_patience_says(
    kind, points, space
) -> None:
    curve = (
        NeuralEncoder(kind, epochs=60, patience=2, learning_rate=0.05, schedule="constant")
        .fit(points, space.frame["Artist"])
        .curve_
    )
    assert len(curve) < 60
    assert len(curve) - curve.loc[curve["best"], "epoch"].item() == 2
    assert (curve["learning_rate"] == 0.05).all()


@pytest.mark.parametrize("schedule", ["cosine", "plateau"])
def test_the_schedule_changes_the_rate_to_the_last_epoch(schedule, points, space) -> None:
    fitted = NeuralEncoder(
        "autoencoder", epochs=20, patience=8, learning_rate=0.1, schedule=schedule
    ).fit(points, space.frame["Artist"])
    assert fitted.curve_["learning_rate"].notna().all()
    assert fitted.curve_["learning_rate"].iloc[-1] < 0.1


@pytest.mark.parametrize("kind", KINDS)
def test_a_rate_at_which_the_loss_explodes_is_said_to_diverge(kind, points, space) -> None:
    with pytest.raises(ValueError, match="diverged"):
        NeuralEncoder(kind, epochs=10, learning_rate=1e20).fit(points, space.frame["Artist"])


def test_clusters_of_the_code_are_numbered_from_fewest_to_most_views(space, settings) -> None:
    found = code_clusters(space, "autoencoder", settings)
    views = space.frame["viewCount"].groupby(found.model.labels_).mean()
    assert views.index.tolist() == [0, 1, 2, 3]
    assert views.is_monotonic_increasing


def test_too_few_rows_are_said_clearly(tracks, settings) -> None:
    with pytest.raises(ValueError, match="too few rows"):
        code_clusters(cluster_space(tracks.head(60)), "autoencoder", settings)


def test_the_schedule_of_the_settings_is_used(space, settings) -> None:
    constant = settings.model_copy(update={"learning_rate_schedule": "constant"})
    assert (
        code_clusters(space, "variational", constant).encoder.curve_["learning_rate"].nunique() == 1
    )
