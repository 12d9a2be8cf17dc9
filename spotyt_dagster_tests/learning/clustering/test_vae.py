"""The VAE: reconstruction and divergence apart, and a latent space that is partly in use."""

import pytest

from spotyt_dagster.learning.clustering.feature_space import (
    cluster_space,
)
from spotyt_dagster.learning.clustering.vae import MODEL


@pytest.fixture(scope="module")
def result(tracks, baseline, settings):
    return MODEL.run(tracks, baseline, settings)


def test_reconstruction_and_divergence_are_those_of_the_epoch_kept(result) -> None:
    curve = result.tables["learning_curve"]
    kept = curve[curve["best"]].iloc[0]
    metrics = result.metrics.set_index(["snapshot", "detail", "metric"])["value"]
    assert metrics["crawled", "k=4", "reconstruction"] == kept["valid_reconstruction"]
    assert metrics["crawled", "k=4", "kl"] == kept["valid_kl"]


def test_dimensions_in_use_are_counted(result, tracks) -> None:
    metrics = result.metrics.set_index(["snapshot", "detail", "metric"])["value"]
    encode = result.estimator.model[:-1].transform
    space = cluster_space(tracks)
    code = encode(space.frame[list(space.columns)].astype(float))
    in_use = sum(dimension.var() > 0.01 for dimension in code.T)
    assert metrics["crawled", "k=4", "active_dimensions"] == in_use


def test_both_parts_have_their_learning_curve(result) -> None:
    left, right = result.figures["learning_curves"].axes
    assert left.get_title(loc="left").startswith("Reconstruction")
    assert right.get_title(loc="left").startswith("KL divergence")
    assert "latent_space" in result.figures


def test_the_same_seed_gives_the_same_metrics(result, tracks, baseline, settings) -> None:
    shuffled = tracks.sample(frac=1, random_state=3)
    again = MODEL.run(shuffled, baseline, settings).metrics.drop(columns="fit_seconds")
    assert again.equals(result.metrics.drop(columns="fit_seconds"))
