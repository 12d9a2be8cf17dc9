"""The space in which tracks are clustered, and what clusters found in it are worth.

Shared by every clustering system; each system's own file finds the labels.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from spotyt_dagster.learning.evaluation.clusters import Clusters
from spotyt_dagster.learning.evaluation.feature_sets import (
    CLUSTERING,
    Columns,
    Snapshot,
    available,
    describe,
    snapshot_of,
)
from spotyt_dagster.learning.evaluation.metric_table import Notes, metric_rows
from spotyt_dagster.learning.evaluation.metrics import cluster_quality
from spotyt_dagster.learning.evaluation.refit import FittedEstimator
from spotyt_dagster.settings import LearningSettings

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

ONE_CLUSTER = "fewer than two clusters: no score that compares clusters"
PROFILED = ("Danceability", "Valence", "Energy", "Liveness")


@dataclass(frozen=True)
class Space:
    """Tracks as points: `points` is float64 of shape (rows, columns), standardised, complete.

    `frame` has the same rows, sorted and indexed by `row`; `preparation` turns new rows of
    `columns` into points; `notes` name columns that had to be left out.
    """

    frame: pd.DataFrame
    snapshot: Snapshot
    columns: Columns
    preparation: Pipeline
    points: np.ndarray
    notes: Notes

    @property
    def views(self) -> str:
        """The column of views: viewCount where crawled, else the Views of 2023."""
        return {"crawled": "viewCount", "baseline": "Views"}[self.snapshot]

    def kept(self, model: Pipeline) -> FittedEstimator:
        """A pipeline fitted on the space's rows, from its columns to clusters."""
        rows = len(self.frame)
        return FittedEstimator(model, "none", self.columns, rows, rows, self.snapshot)


def cluster_space(frame: pd.DataFrame) -> Space:
    """The space of track_features or baseline_tracks: median-imputed, standardised."""
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    frame = frame.sort_values("row").set_index("row", drop=False).rename_axis(index=None)
    columns, notes = available(frame, CLUSTERING[snapshot_of(frame)])
    preparation = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    points = preparation.fit_transform(frame[list(columns)].astype("float64"))
    return Space(frame, snapshot_of(frame), columns, preparation, np.asarray(points), notes)


def quality(points: np.ndarray, labels: np.ndarray, seed: int) -> dict[str, float]:
    """The metrics of clusters: how apart and how even they are.

    Args:
        points: float64 of shape (rows, columns).
        labels: int of shape (rows,), -1 for noise.
        seed: of the sample that the silhouette is measured on.
    """
    return cluster_quality(Clusters(points, labels, seed))


def cluster_rows(
    space: Space,
    values: Mapping[str, float],
    settings: LearningSettings,
    *,
    model: str,
    detail: str,
    fit_seconds: float,
    notes: Notes = (),
) -> pd.DataFrame:
    """Rows of METRIC_COLUMNS of one fit on a space; `values` are quality()'s and the model's own.

    The notes of the space are added, and that there are too few clusters to compare.
    """
    one_cluster = (ONE_CLUSTER,) * (values["n_clusters"] < 2)
    return metric_rows(
        values,
        frame=space.frame,
        settings=settings,
        task="clustering",
        model=model,
        snapshot=space.snapshot,
        detail=detail,
        features=describe(space.columns),
        fit_seconds=fit_seconds,
        notes=(*notes, *one_cluster, *space.notes),
    )


def profile(space: Space, labels: np.ndarray) -> pd.DataFrame:
    """What the clusters' tracks are like: one row a cluster, with its size and means.

    Columns: cluster (int64), size (int64), share, the mean and median of views, the mean of
    Stream, and the means of Danceability, Valence, Energy and Liveness.
    """
    by_cluster = space.frame.groupby(labels)
    means = by_cluster[[space.views, "Stream", *PROFILED]].mean()
    medians = by_cluster[[space.views]].median().add_prefix("median_")
    size = by_cluster.size().rename("size")
    table = pd.concat([size, (size / len(labels)).rename("share"), means, medians], axis=1)
    return table.rename_axis("cluster").reset_index()


def labels_table(space: Space, labels: np.ndarray) -> pd.DataFrame:
    """The cluster of each row: row, cluster (int64)."""
    return pd.DataFrame({"row": space.frame["row"], "cluster": labels})


def principal_plane(points: np.ndarray) -> tuple[np.ndarray, tuple[str, str]]:
    """Points in their first two principal components, float64 (rows, 2), and the axes' names."""
    from sklearn.decomposition import PCA

    pca = PCA(2, svd_solver="full")
    plane = pca.fit_transform(points)
    shares = pca.explained_variance_ratio_
    first, second = (f"({share:.0%} of variance)" for share in shares)
    return plane, (f"first principal component {first}", f"second principal component {second}")
