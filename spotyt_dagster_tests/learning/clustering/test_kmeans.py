"""K-means: the study's four clusters, numbered so that the numbers mean something."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import silhouette_score

from spotyt_dagster.learning.clustering.feature_space import (
    cluster_space,
    quality,
)
from spotyt_dagster.learning.clustering.kmeans import MODEL


@pytest.fixture(scope="module")
def result(tracks, baseline, settings):
    return MODEL.run(tracks, baseline, settings)


def test_clusters_are_numbered_from_fewest_to_most_views(result, tracks) -> None:
    profile = result.tables["profile"]
    assert profile["cluster"].tolist() == [0, 1, 2, 3]
    assert profile["viewCount"].is_monotonic_increasing
    labels = result.tables["labels"].merge(tracks, on="row")
    expected = labels.groupby("cluster")[["viewCount", "Energy"]].mean().reset_index(drop=True)
    pd.testing.assert_frame_equal(profile[["viewCount", "Energy"]], expected)
    assert profile["size"].sum() == len(tracks)


def test_the_saved_estimator_gives_the_clusters_of_the_tables(result, tracks) -> None:
    space = cluster_space(tracks)
    predicted = result.estimator.model.predict(tracks[list(space.columns)].astype(float))
    assert (predicted == result.tables["labels"]["cluster"]).all()


def test_more_clusters_never_raise_the_inertia(result) -> None:
    for name in ("elbow", "baseline_elbow"):
        inertia = result.tables[name]["inertia"].to_numpy()
        assert (np.diff(inertia) < 0).all()


def test_both_tables_give_the_studys_view_and_provenance(result) -> None:
    metrics = result.metrics
    at_study = metrics[metrics["detail"] == "k=4"]
    assert set(at_study["snapshot"]) == {"crawled", "baseline"}
    assert set(at_study.loc[at_study["snapshot"] == "baseline", "api"]) == {("none",)}
    assert {"silhouette", "davies_bouldin", "inertia"} <= set(metrics["metric"])
    assert {"elbow", "clusters", "views_by_cluster", "traits_by_cluster"} == set(result.figures)


def test_quality_leaves_noise_out_of_the_silhouette() -> None:
    rng = np.random.default_rng(0)
    points = np.concatenate([rng.normal(0, 1, (50, 2)), rng.normal(9, 1, (50, 2)), [[99.0, 0]]])
    labels = np.repeat([0, 1, -1], [50, 50, 1])
    found = quality(points, labels, seed=0)
    assert found["silhouette"] == pytest.approx(silhouette_score(points[:100], labels[:100]))
    assert found["n_clusters"] == 2
    assert found["noise_share"] == pytest.approx(1 / 101)


def test_one_cluster_has_no_silhouette() -> None:
    found = quality(np.zeros((10, 2)), np.zeros(10, dtype=int), seed=0)
    assert np.isnan(found["silhouette"])
    assert found["n_clusters"] == 1
