"""DBSCAN: eps off the k-distance curve, the study's view at eps 6, and how much is noise."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from spotyt_dagster.figures import clusters, density
from spotyt_dagster.learning.clustering.feature_space import (
    Space,
    cluster_rows,
    labels_table,
    principal_plane,
    profile,
    quality,
)
from spotyt_dagster.learning.clustering.snapshots import Figures
from spotyt_dagster.learning.clustering.system import ClusteringSystem
from spotyt_dagster.learning.evaluation.clusters import NOISE
from spotyt_dagster.learning.evaluation.metric_table import join_metrics
from spotyt_dagster.learning.inspection.knee import knee
from spotyt_dagster.learning.result import Result
from spotyt_dagster.learning.timing import timed
from spotyt_dagster.settings import LearningSettings

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

STUDY_EPS = 6.0
MIN_POINTS = 100
SWEEP = (2.0, 2.5, 3.0, 3.5, 4.0, 5.0, STUDY_EPS, 7.0)  # the study's curve: steep from 4 to 7


def labels(space: Space, _: LearningSettings) -> np.ndarray:
    """The clusters at the study's eps."""
    return neighbourhood(space.points).clusters(STUDY_EPS)


@dataclass(frozen=True)
class Neighbourhood:
    """Points with what DBSCAN asks of them.

    `k_distance` (float64, rows) is each point's distance to its 100th nearest, itself counted, so
    a point is a core point where it is at most eps. `graph` (sparse, rows x rows) holds the
    distances between points of which at least one is among the other's 100 nearest.
    """

    points: np.ndarray
    k_distance: np.ndarray
    graph: csr_matrix

    def clusters(self, eps: float) -> np.ndarray:
        """DBSCAN's labels, int64 (rows,), -1 for noise, as with all neighbours within eps.

        All pairs within eps 6 are nearly all pairs: scikit-learn alone takes 25 s and 2 GB for
        them, for what the 100 nearest tell already: which points are core points, and which
        border points they reach. Only whether two clusters touch elsewhere is left to see.
        """
        from sklearn.cluster import DBSCAN

        near = DBSCAN(eps=eps, min_samples=MIN_POINTS, metric="precomputed").fit(self.graph)
        core = np.isin(np.arange(len(self.points)), near.core_sample_indices_)
        return _joined_where_they_touch(self.points, near.labels_.astype("int64"), core, eps)


def neighbourhood(points: np.ndarray) -> Neighbourhood:
    """Find the neighbours of points (float64, rows x columns).

    Raises ValueError where there are fewer than 100 rows.
    """
    from sklearn.neighbors import NearestNeighbors, sort_graph_by_row_values

    if len(points) < MIN_POINTS:
        raise ValueError(f"DBSCAN with minPts {MIN_POINTS} needs as many rows, got {len(points)}")
    # in 19 dimensions a tree visits nearly all rows: brute force takes a quarter of its time
    nearest = NearestNeighbors(n_neighbors=MIN_POINTS, algorithm="brute").fit(points)
    graph = nearest.kneighbors_graph(points, mode="distance")
    k_distance = graph.data.reshape(len(points), MIN_POINTS).max(axis=1)
    # a sparse matrix drops zeros, and twins would be no neighbours
    graph.data = np.maximum(graph.data, np.finfo(float).tiny)
    both_ways = sort_graph_by_row_values(graph.maximum(graph.T), warn_when_not_sorted=False)
    return Neighbourhood(points, k_distance, both_ways)


def _joined_where_they_touch(
    points: np.ndarray, labels: np.ndarray, core: np.ndarray, eps: float
) -> np.ndarray:
    """Join clusters that have two core points within eps of one another."""
    from scipy.sparse.csgraph import connected_components
    from sklearn.metrics import pairwise_distances_argmin_min

    n = labels.max() + 1
    touching = np.zeros((n, n), dtype=bool)
    members = [points[core & (labels == label)] for label in range(n)]
    for first in range(n):
        for second in range(first + 1, n):
            _, gaps = pairwise_distances_argmin_min(members[first], members[second])
            touching[first, second] = gaps.min() <= eps
    _, joined = connected_components(touching, directed=False)
    return np.where(labels == NOISE, NOISE, np.append(joined, NOISE)[labels])


def look(space: Space, settings: LearningSettings) -> tuple[Result, Callable[[], Figures]]:
    """Clusters for each eps, at the study's and at the knee of the k-distance curve.

    There is no fitted model for new tracks: DBSCAN has none.
    """
    around, seconds = timed(neighbourhood, space.points)
    curve = _k_distance_curve(around)
    at_knee = curve.set_index("tracks")["distance"][knee(curve["tracks"], curve["distance"])]
    fits = {eps: timed(around.clusters, eps) for eps in (*SWEEP, at_knee)}
    labels, _ = fits[STUDY_EPS]
    sweep = _sweep({eps: fits[eps][0] for eps in SWEEP}, len(space.points))
    result = Result(
        metrics=join_metrics(
            _metrics(space, eps, fits[eps][0], seconds + fits[eps][1], settings)
            for eps in (STUDY_EPS, at_knee)
        ),
        tables={
            "k_distance": curve,
            "sweep": sweep,
            "profile": profile(space, labels),
            "labels": labels_table(space, labels),
        },
    )
    return result, partial(_figures, space, labels, curve, sweep, at_knee)


def _figures(
    space: Space, labels: np.ndarray, curve: pd.DataFrame, sweep: pd.DataFrame, at_knee: float
) -> Figures:
    plane, axis_names = principal_plane(space.points)
    return {
        "k_distance": density.k_distance(
            curve,
            sweep,
            at_knee=at_knee,
            chosen=STUDY_EPS,
            min_points=MIN_POINTS,
            title="DBSCAN: how far is near?",
        ),
        "clusters": clusters.in_the_plane(
            plane,
            labels,
            axis_names=axis_names,
            title=f"DBSCAN, eps = {STUDY_EPS:g}, minPts = {MIN_POINTS}: tracks by cluster",
        ),
    }


def _k_distance_curve(around: Neighbourhood) -> pd.DataFrame:
    """One row a track, nearest first: tracks (int64, how many are at least as near), distance."""
    distance = np.sort(around.k_distance)
    return pd.DataFrame({"tracks": np.arange(1, len(distance) + 1), "distance": distance})


def _sweep(fitted: dict[float, np.ndarray], rows: int) -> pd.DataFrame:
    """One row an eps: eps, clusters (int64), noise_share (0 to 1)."""
    return pd.DataFrame(
        {"eps": eps, "clusters": labels.max() + 1, "noise_share": np.sum(labels == NOISE) / rows}
        for eps, labels in fitted.items()
    )


def _metrics(
    space: Space, eps: float, labels: np.ndarray, seconds: float, settings: LearningSettings
) -> pd.DataFrame:
    return cluster_rows(
        space,
        quality(space.points, labels, settings.seed),
        settings,
        model="dbscan",
        detail=f"eps={eps:.3g}{'' if eps == STUDY_EPS else ' at the knee'}",
        fit_seconds=seconds,
    )


MODEL = ClusteringSystem(
    name="dbscan",
    title="DBSCAN",
    description="DBSCAN on standardised sound and success, with minPts 100: the study's eps of 6.",
    labels=labels,
    look=look,
    seeded=False,
)
