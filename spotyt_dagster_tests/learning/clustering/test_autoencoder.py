"""The study's autoencoder: its layers, its clusters, and a file that gives them to new tracks."""

import pytest

from spotyt_dagster.learning.clustering.autoencoder import MODEL
from spotyt_dagster.learning.clustering.feature_space import (
    cluster_space,
)
from spotyt_dagster.learning.runner import run_model


@pytest.fixture(scope="module")
def result(tracks, baseline, settings):
    return MODEL.run(tracks, baseline, settings)


def test_the_layers_are_the_studys(result) -> None:
    from torch import nn

    network = result.estimator.model[-2].network_
    layers = [layer for layer in network.modules() if isinstance(layer, nn.Linear)]
    assert [layer.out_features for layer in layers] == [128, 64, 19]
    assert sum(isinstance(layer, nn.ReLU) for layer in network.modules()) == 2


def test_the_saved_estimator_gives_the_clusters_of_the_tables(result, tracks) -> None:
    columns = list(cluster_space(tracks).columns)
    predicted = result.estimator.model.predict(tracks[columns].astype(float))
    assert (predicted == result.tables["labels"]["cluster"]).all()


def test_the_error_of_the_epoch_kept_is_reported(result) -> None:
    curve = result.tables["baseline_learning_curve"]
    metrics = result.metrics.set_index(["snapshot", "detail", "metric"])["value"]
    assert metrics["baseline", "k=4", "reconstruction_mse"] == curve["valid_loss"].min()


def test_scores_are_measured_on_the_shared_points_and_on_the_code(result) -> None:
    metrics = set(result.metrics["metric"])
    assert {"silhouette", "silhouette_of_code", "davies_bouldin_of_code"} <= metrics


def test_the_code_is_drawn_by_pca_and_by_tsne(result) -> None:
    assert set(result.figures) == {"clusters_by_pca", "clusters_by_tsne", "learning_curve"}
    axes = result.figures["clusters_by_tsne"].axes[0]
    assert axes.get_title(loc="left") == "900 of 900 tracks drawn"


def test_too_few_tracks_end_as_a_row_that_says_so(tracks, baseline, settings) -> None:
    failed = run_model(MODEL, tracks.head(60), baseline.head(60), settings).metrics
    assert failed["status"].tolist() == ["failed"]
    assert "too few rows" in failed["notes"].item()[0]
