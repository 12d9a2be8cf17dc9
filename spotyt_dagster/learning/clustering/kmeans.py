"""K-means: k by elbow and silhouette, and the study's view with four clusters."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from spotyt_dagster.figures import clusters, curves
from spotyt_dagster.learning.clustering.feature_space import (
    PROFILED,
    Space,
    cluster_rows,
    labels_table,
    principal_plane,
    profile,
    quality,
)
from spotyt_dagster.learning.clustering.snapshots import Figures
from spotyt_dagster.learning.clustering.system import ClusteringSystem
from spotyt_dagster.learning.evaluation.clusters import silhouette
from spotyt_dagster.learning.evaluation.metric_table import join_metrics
from spotyt_dagster.learning.inspection.knee import knee
from spotyt_dagster.learning.result import Result
from spotyt_dagster.learning.timing import timed
from spotyt_dagster.settings import LearningSettings

STUDY_K = 4
KS = range(2, 13)


def labels(space: Space, settings: LearningSettings) -> np.ndarray:
    """The study's four clusters."""
    return fit_kmeans(space, STUDY_K, settings).labels_


def look(space: Space, settings: LearningSettings) -> tuple[Result, Callable[[], Figures]]:
    """Clusters for each k, the study's four and those at the knee.

    k is read off the inertia's knee by rule, with the silhouette beside it; clusters are numbered
    from fewest to most mean views.
    """
    from sklearn.pipeline import Pipeline

    elbow = _elbow(space, settings)
    at_knee = int(knee(elbow["k"], elbow["inertia"]))
    fits = {k: timed(fit_kmeans, space, k, settings) for k in sorted({STUDY_K, at_knee})}
    study, _ = fits[STUDY_K]
    traits = profile(space, study.labels_)
    result = Result(
        metrics=join_metrics(_metrics(space, k, *fit, settings) for k, fit in fits.items()),
        tables={
            "elbow": elbow,
            "profile": traits,
            "labels": labels_table(space, study.labels_),
        },
        estimator=space.kept(Pipeline([*space.preparation.steps, ("model", study)])),
    )
    return result, partial(_figures, space, study.labels_, traits, elbow, at_knee)


def _figures(
    space: Space, labels: np.ndarray, traits: pd.DataFrame, elbow: pd.DataFrame, at_knee: int
) -> Figures:
    plane, axis_names = principal_plane(space.points)
    title = f"K-means, k = {STUDY_K}: "
    return {
        "elbow": curves.elbow(elbow, at_knee, title="K-means: how many clusters?"),
        "clusters": clusters.in_the_plane(
            plane, labels, title=f"{title}tracks by cluster", axis_names=axis_names
        ),
        "views_by_cluster": clusters.mean_views(
            traits, column=space.views, title=f"{title}mean views by cluster"
        ),
        "traits_by_cluster": clusters.mean_traits(
            traits, columns=PROFILED, title=f"{title}how the clusters sound"
        ),
    }


def _elbow(space: Space, settings: LearningSettings) -> pd.DataFrame:
    """One row a k: k (int64), inertia, silhouette."""
    rows = []
    for k in KS:
        model = fit_kmeans(space, k, settings)
        score = silhouette(space.points, model.labels_, settings.seed)
        rows.append({"k": k, "inertia": model.inertia_, "silhouette": score})
    return pd.DataFrame(rows)


def fit_kmeans(space: Space, k: int, settings: LearningSettings) -> Any:
    """The fitted KMeans of a space's points, its clusters numbered from fewest to most views."""
    from sklearn.cluster import KMeans

    model = KMeans(k, n_init=settings.choose(10, 50), random_state=settings.seed)
    model.fit(space.points)
    return _numbered_by_views(model, space)


def _numbered_by_views(model: Any, space: Space) -> Any:
    """Renumber the clusters from fewest to most mean views: K-means' own numbers are chance."""
    order = space.frame[space.views].groupby(model.labels_).mean().sort_values().index.to_numpy()
    model.cluster_centers_ = model.cluster_centers_[order]
    model.labels_ = np.argsort(order)[model.labels_].astype(model.labels_.dtype)
    return model


def _metrics(
    space: Space, k: int, model: Any, seconds: float, settings: LearningSettings
) -> pd.DataFrame:
    at_study = k == STUDY_K
    return cluster_rows(
        space,
        {"inertia": float(model.inertia_)} | quality(space.points, model.labels_, settings.seed),
        settings,
        model="kmeans",
        detail=f"k={k}{'' if at_study else ' at the knee'}",
        fit_seconds=seconds,
    )


MODEL = ClusteringSystem(
    name="kmeans",
    title="K-means",
    description=(
        "K-means on standardised sound and success: the elbow, and the study's four clusters."
    ),
    labels=labels,
    look=look,
)
