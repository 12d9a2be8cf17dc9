"""Clusters as they are measured: labels of points, and how far apart the clusters are.

What is measured of them, metrics.py lists; how clusters are found is learning/clustering's.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

NOISE = -1
"""The label of a point that is in no cluster."""

SILHOUETTE_ROWS = 2000  # the silhouette compares all pairs: 2,000 rows take 0.1 s, 15,000 take 6 s


@dataclass(frozen=True, eq=False)
class Clusters:
    """Labelled points.

    Attributes:
        points: float64 of shape (rows, columns), on comparable scales.
        labels: int of shape (rows,), NOISE for a point in no cluster.
        seed: of the sample that the silhouette is measured on.
    """

    points: np.ndarray
    labels: np.ndarray
    seed: int

    @cached_property
    def kept(self) -> np.ndarray:
        """Which points are in a cluster: bool of shape (rows,)."""
        return self.labels != NOISE

    @cached_property
    def sizes(self) -> np.ndarray:
        """The number of points of each cluster: int64 of shape (clusters,)."""
        return np.unique(self.labels[self.kept], return_counts=True)[1]

    def score(self, function: str) -> float:
        """A score of sklearn.metrics, by name, of the points in clusters; NaN of fewer than two."""
        from sklearn import metrics as sk

        if len(self.sizes) < 2:
            return float("nan")
        return float(getattr(sk, function)(self.points[self.kept], self.labels[self.kept]))

    def silhouette(self) -> float:
        """Mean silhouette of the points in clusters, see `silhouette`; NaN of fewer than two."""
        if len(self.sizes) < 2:
            return float("nan")
        return silhouette(self.points[self.kept], self.labels[self.kept], self.seed)


def silhouette(points: np.ndarray, labels: np.ndarray, seed: int) -> float:
    """Mean silhouette on a fixed sample of at most 2,000 rows; NaN if that meets one cluster."""
    from sklearn import metrics as sk

    sample = np.random.default_rng(seed).permutation(len(points))[:SILHOUETTE_ROWS]
    if len(np.unique(labels[sample])) < 2:
        return float("nan")
    return float(sk.silhouette_score(points[sample], labels[sample]))
