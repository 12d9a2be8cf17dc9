"""The record of a clustering system: by an estimator, or by what finds labels."""

from typing import Any

import numpy as np
import pytest
from sklearn.cluster import AgglomerativeClustering, KMeans

from spotyt_dagster.learning.clustering.feature_space import cluster_space, quality
from spotyt_dagster.learning.clustering.system import ClusteringSystem

ABOUT: dict[str, Any] = {"name": "a_system", "title": "A system", "description": "For a test."}


@pytest.fixture(scope="module")
def few(tracks):
    return tracks.head(200)


def test_its_rows_and_tables_are_those_of_the_clusters_that_its_estimator_finds(
    few, settings
) -> None:
    model = ClusteringSystem(
        **ABOUT, estimator=lambda _: AgglomerativeClustering(3), detail="3 clusters"
    )
    result = model.run(few, few, settings)
    space = cluster_space(few)
    labels = AgglomerativeClustering(3).fit_predict(space.points)
    np.testing.assert_array_equal(result.tables["labels"]["cluster"], labels)
    np.testing.assert_array_equal(model.find(space, settings), labels)
    expected = quality(space.points, labels, settings.seed)
    first = result.metrics.head(len(expected))
    assert dict(zip(first["metric"], first["value"], strict=True)) == expected
    assert result.metrics["detail"].eq("3 clusters").all()
    assert set(result.figures) == {"clusters"}
    assert result.estimator is None  # it cannot tell the cluster of a new track


def test_one_that_can_tell_the_cluster_of_a_new_track_is_kept(few, settings) -> None:
    model = ClusteringSystem(**ABOUT, estimator=lambda _: KMeans(3, random_state=0))
    result = model.run(few, few, settings)
    assert result.estimator is not None
    told = result.estimator.model.predict(few[list(result.estimator.features)].astype(float))
    np.testing.assert_array_equal(told, result.tables["labels"]["cluster"])


def test_labels_stand_in_for_an_estimator(few, settings) -> None:
    model = ClusteringSystem(**ABOUT, labels=lambda space, _: np.arange(len(space.points)) % 2)
    result = model.run(few, few, settings)
    assert result.tables["profile"]["size"].tolist() == [100, 100]
    assert result.estimator is None


@pytest.mark.parametrize("found_by", [{}, {"estimator": KMeans, "labels": KMeans}], ids=str)
def test_a_record_says_in_one_way_how_clusters_are_found(found_by) -> None:
    with pytest.raises(TypeError, match="clustering/a_system: give either an estimator or labels"):
        ClusteringSystem(**ABOUT, **found_by)
