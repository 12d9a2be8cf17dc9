"""The record of a clustering system: what finds its clusters, and what is shown of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from spotyt_dagster.figures import clusters
from spotyt_dagster.learning.clustering.feature_space import (
    Space,
    cluster_rows,
    labels_table,
    principal_plane,
    profile,
    quality,
)
from spotyt_dagster.learning.clustering.snapshots import Figures, System, on_both_tables
from spotyt_dagster.learning.deep import device
from spotyt_dagster.learning.model import Model
from spotyt_dagster.learning.result import Result
from spotyt_dagster.learning.timing import timed

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from spotyt_dagster.settings import LearningSettings


@dataclass(frozen=True, kw_only=True)
class ClusteringSystem(Model):
    """Finds clusters among the standardised tracks of each table.

    Attributes:
        estimator: Makes an unfitted clusterer, with `fit_predict`, of the settings.
        labels: Finds the clusters in a space, int64 (rows,), -1 for noise: in place of `estimator`,
            where more than its fit is needed.
        detail: The setting that its clusters are found with, such as "k=4".
        seeded: Whether it draws at random, so that its stability over seeds is of interest.
        look: What is shown of one table in place of the clusters in the plane, their profile and
            their scores: for a system that is shown in several settings, such as kmeans.py.

    Raises:
        TypeError: It has both an estimator and labels, or neither.
    """

    task: str = field(default="clustering", init=False)
    estimator: Callable[[LearningSettings], Any] | None = None
    labels: Callable[[Space, LearningSettings], np.ndarray] | None = None
    detail: str = ""
    seeded: bool = True
    look: System | None = None

    def __post_init__(self) -> None:
        if (self.estimator is None) == (self.labels is None):
            raise TypeError(f"{self.key}: give either an estimator or labels")

    def run(
        self, tracks: pd.DataFrame, baseline: pd.DataFrame, settings: LearningSettings
    ) -> Result:
        """Its Result, see on_both_tables()."""
        if "pytorch" in self.kinds:
            device()  # determinism.deterministic() seeds torch where it is imported
        return on_both_tables(self.look or self._clusters, tracks, baseline, settings)

    def find(self, space: Space, settings: LearningSettings) -> np.ndarray:
        """The cluster of each of a space's rows, int64 (rows,), -1 for noise."""
        found, _ = self._found(space, settings)
        return found

    def _found(self, space: Space, settings: LearningSettings) -> tuple[np.ndarray, Any]:
        if self.labels is not None:
            return self.labels(space, settings), None
        clusterer: Any = self.estimator and self.estimator(settings)
        return clusterer.fit_predict(space.points).astype("int64"), clusterer

    def _clusters(
        self, space: Space, settings: LearningSettings
    ) -> tuple[Result, Callable[[], Figures]]:
        from sklearn.pipeline import Pipeline

        (labels, clusterer), seconds = timed(self._found, space, settings)
        metrics = cluster_rows(
            space,
            quality(space.points, labels, settings.seed),
            settings,
            model=self.name,
            detail=self.detail,
            fit_seconds=seconds,
        )
        kept = None
        if hasattr(clusterer, "predict"):
            kept = space.kept(Pipeline([*space.preparation.steps, ("model", clusterer)]))
        tables = {"profile": profile(space, labels), "labels": labels_table(space, labels)}
        return Result(metrics, tables=tables, estimator=kept), partial(self._draw, space, labels)

    def _draw(self, space: Space, labels: np.ndarray) -> Figures:
        plane, axis_names = principal_plane(space.points)
        title = f"{self.title}: tracks by cluster"
        return {
            "clusters": clusters.in_the_plane(plane, labels, title=title, axis_names=axis_names)
        }
