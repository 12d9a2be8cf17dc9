"""DBSCAN: exact although it looks at 100 neighbours only, and honest about noise."""

import numpy as np
import pytest
from sklearn.cluster import DBSCAN
from sklearn.metrics import adjusted_rand_score

from spotyt_dagster.figures.clusters import NOISE
from spotyt_dagster.learning.clustering.dbscan import (
    MIN_POINTS,
    MODEL,
    SWEEP,
    neighbourhood,
)
from spotyt_dagster.learning.clustering.feature_space import cluster_space


@pytest.fixture(scope="module")
def result(tracks, baseline, settings):
    return MODEL.run(tracks, baseline, settings)


def lumps(*centres: float, spread: float, rows: int = 400) -> np.ndarray:
    rng = np.random.default_rng(3)
    parts = [rng.normal(centre, spread, (rows, 2)) for centre in centres]
    return np.concatenate([*parts, rng.uniform(-12, 12, (60, 2))])


@pytest.mark.parametrize("eps", [0.6, 1.0, 2.0, 4.0, 9.0])
@pytest.mark.parametrize("spread", [0.1, 1.0])
def test_the_labels_are_those_of_all_neighbours_within_eps(spread: float, eps: float) -> None:
    points = lumps(-4, 0, 2, spread=spread)
    ours = neighbourhood(points).clusters(eps)
    full = DBSCAN(eps=eps, min_samples=MIN_POINTS).fit(points).labels_
    np.testing.assert_array_equal(ours == NOISE, full == NOISE)
    assert ours.max() == full.max()
    # a border point between two clusters may go to either: as the rows come, says the paper
    assert adjusted_rand_score(full, ours) > 0.99


def test_lumps_whose_nearest_hundred_never_meet_are_one_cluster_within_eps() -> None:
    points = np.concatenate([np.zeros((150, 2)), np.ones((150, 2))])
    points += np.random.default_rng(0).normal(0, 0.01, points.shape)
    around = neighbourhood(points)
    assert (around.k_distance < 0.1).all()
    assert np.unique(around.clusters(eps=1.0)).tolist() == [0, 1]
    assert np.unique(around.clusters(eps=2.0)).tolist() == [0]


def test_twins_at_distance_zero_are_neighbours() -> None:
    twins = np.repeat([[0.0, 0.0], [9.0, 9.0]], [MIN_POINTS, MIN_POINTS - 1], axis=0)
    labels = neighbourhood(twins).clusters(eps=0.5)
    assert (labels[:MIN_POINTS] == 0).all()
    assert (labels[MIN_POINTS:] == NOISE).all()


def test_too_few_rows_are_said_clearly(tracks) -> None:
    with pytest.raises(ValueError, match="minPts 100 needs as many rows, got 40"):
        neighbourhood(cluster_space(tracks.head(40)).points)


def test_noise_falls_as_eps_grows_and_the_metric_is_the_share_of_the_labels(result) -> None:
    sweep = result.tables["sweep"]
    assert sweep["eps"].tolist() == list(SWEEP)
    assert sweep["noise_share"].is_monotonic_decreasing
    metrics = result.metrics.set_index(["snapshot", "detail", "metric"])["value"]
    noise = (result.tables["labels"]["cluster"] == NOISE).mean()
    assert metrics["crawled", "eps=6", "noise_share"] == pytest.approx(noise)


def test_the_knee_stands_beside_the_studys_eps(result) -> None:
    details = result.metrics.groupby("snapshot")["detail"].agg(set)
    for snapshot in ("crawled", "baseline"):
        (at_knee,) = details[snapshot] - {"eps=6"}
        assert at_knee.endswith("at the knee")
    assert set(result.figures) == {"k_distance", "clusters"}


def test_one_cluster_alone_has_a_note_instead_of_scores(result) -> None:
    rows = result.metrics.pivot_table(
        index=["snapshot", "detail", "notes"], columns="metric", values="value", dropna=False
    ).reset_index()
    single = rows["n_clusters"] < 2
    assert single.any()
    assert rows.loc[single, "silhouette"].isna().all()
    assert rows.loc[single, "notes"].str.join(" ").str.contains("fewer than two clusters").all()
