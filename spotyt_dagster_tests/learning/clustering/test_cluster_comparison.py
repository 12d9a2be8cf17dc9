"""The comparison: every system by the same measures, agreement and stability checked by hand."""

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from spotyt_dagster.learning.clustering.cluster_comparison import MODEL
from spotyt_dagster.learning.clustering.embedding import code_clusters
from spotyt_dagster.learning.clustering.feature_space import (
    cluster_space,
    quality,
)
from spotyt_dagster.learning.clustering.kmeans import fit_kmeans
from spotyt_dagster.learning.estimators.autoencoders import AutoencoderTransformer

ROWS = 300
NAMES = ("K-means", "DBSCAN", "Autoencoder", "VAE")


@pytest.fixture(scope="module")
def result(tracks, baseline, settings):
    return MODEL.run(tracks.head(ROWS), baseline.head(ROWS), settings)


@pytest.fixture(scope="module")
def space(tracks):
    return cluster_space(tracks.head(ROWS))


def test_every_system_has_its_scores_on_both_tables(result) -> None:
    expected = {(snapshot, name) for snapshot in ("crawled", "baseline") for name in NAMES}
    for metric in ("silhouette", "davies_bouldin", "calinski_harabasz", "stability"):
        rows = result.metrics[result.metrics["metric"] == metric]
        assert set(zip(rows["snapshot"], rows["detail"], strict=True)) == expected


def test_scores_are_those_of_the_system_on_its_own(result, space, settings) -> None:
    labels = fit_kmeans(space, 4, settings).labels_
    alone = quality(space.points, labels, settings.seed)
    row = result.tables["systems"].set_index("system").loc["K-means"]
    assert {name: row[name] for name in alone} == alone


def test_agreement_is_the_adjusted_rand_index_of_two_systems(result, space, settings) -> None:
    kmeans = fit_kmeans(space, 4, settings).labels_
    autoencoder = code_clusters(space, AutoencoderTransformer, settings).model.labels_
    table = result.tables["agreement"].set_index("system")
    index = adjusted_rand_score(kmeans, autoencoder)
    assert table.loc["K-means", "Autoencoder"] == pytest.approx(index)
    np.testing.assert_allclose(table, table.T)
    np.testing.assert_allclose(np.diag(table), 1)


def test_stability_is_the_mean_over_all_pairs_of_ten_seeds(result) -> None:
    pairs = result.tables["stability"].groupby("system")["adjusted_rand"]
    assert pairs.size().to_dict() == {"K-means": 45, "Autoencoder": 45, "VAE": 45}
    metrics = result.metrics.set_index(["snapshot", "detail", "metric"])["value"]
    assert metrics["crawled", "VAE", "stability"] == pytest.approx(pairs.mean()["VAE"])


def test_what_takes_no_seed_has_a_note_instead_of_a_stability(result) -> None:
    rows = result.metrics.query(
        "snapshot == 'crawled' and detail == 'DBSCAN' and metric == 'stability'"
    )
    assert rows["value"].isna().all()
    assert rows["notes"].str.join(" ").str.contains("takes none").all()
    others = result.metrics.query("snapshot == 'crawled' and detail == 'VAE'")
    assert others["notes"].str.join(" ").str.contains("10 seeds on 300 tracks").all()


def test_sizes_add_up_to_all_tracks(result) -> None:
    sizes = result.tables["sizes"].groupby("system")[["size", "share"]].sum()
    assert (sizes["size"] == ROWS).all()
    np.testing.assert_allclose(sizes["share"], 1)
    assert set(result.figures) == {"sizes", "agreement", "stability"}
