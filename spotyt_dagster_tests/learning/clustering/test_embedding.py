"""Clusters in the code of an encoder: numbered, scheduled, and clear where rows are too few."""

import pytest

from spotyt_dagster.learning.clustering.embedding import code_clusters
from spotyt_dagster.learning.clustering.feature_space import (
    cluster_space,
)
from spotyt_dagster.learning.estimators.autoencoders import (
    AutoencoderTransformer,
    VariationalAutoencoderTransformer,
)


@pytest.fixture(scope="module")
def space(tracks):
    return cluster_space(tracks)


def test_clusters_of_the_code_are_numbered_from_fewest_to_most_views(space, settings) -> None:
    found = code_clusters(space, AutoencoderTransformer, settings)
    views = space.frame["viewCount"].groupby(found.model.labels_).mean()
    assert views.index.tolist() == [0, 1, 2, 3]
    assert views.is_monotonic_increasing


def test_too_few_rows_are_said_clearly(tracks, settings) -> None:
    with pytest.raises(ValueError, match="too few rows"):
        code_clusters(cluster_space(tracks.head(60)), AutoencoderTransformer, settings)


def test_the_schedule_of_the_settings_is_used(space, settings) -> None:
    constant = settings.model_copy(update={"learning_rate_schedule": "constant"})
    found = code_clusters(space, VariationalAutoencoderTransformer, constant)
    assert found.encoder.curve_["learning_rate"].nunique() == 1
