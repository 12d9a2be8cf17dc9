"""The study's self-supervised MLP: K-means on the code of an autoencoder."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from spotyt_dagster.figures import clusters, training
from spotyt_dagster.learning.clustering.feature_space import (
    Space,
    principal_plane,
)
from spotyt_dagster.learning.clustering.snapshots import Figures
from spotyt_dagster.learning.clustering.system import ClusteringSystem
from spotyt_dagster.learning.result import Result
from spotyt_dagster.settings import LearningSettings

if TYPE_CHECKING:
    from spotyt_dagster.learning.clustering.embedding import CodeClusters


TSNE_AXES = ("first t-SNE dimension (no unit)", "second t-SNE dimension (no unit)")


def labels(space: Space, settings: LearningSettings) -> np.ndarray:
    """Four clusters of the code."""
    from spotyt_dagster.learning.clustering.embedding import code_clusters
    from spotyt_dagster.learning.estimators.autoencoders import AutoencoderTransformer

    return code_clusters(space, AutoencoderTransformer, settings).model.labels_


def look(space: Space, settings: LearningSettings) -> tuple[Result, Callable[[], Figures]]:
    """Clusters of the code, and how well it rebuilds tracks.

    The network learns to rebuild standardised tracks, and stops by tracks of other artists. Its
    code is wider than its input, so nothing makes it leave anything out.
    """
    from spotyt_dagster.learning.clustering.embedding import code_clusters, code_result
    from spotyt_dagster.learning.estimators.autoencoders import AutoencoderTransformer

    found = code_clusters(space, AutoencoderTransformer, settings)
    curve = found.encoder.curve_
    result = code_result(
        found,
        space,
        settings,
        model="autoencoder",
        measured={"reconstruction_mse": float(curve["valid_loss"][curve["best"]].iloc[0])},
    )
    return result, partial(_figures, found, settings)


def _figures(found: CodeClusters, settings: LearningSettings) -> Figures:
    labels = found.model.labels_
    plane, axis_names = principal_plane(found.code.points)
    placed, rows = _neighbour_map(found.code.points, settings)
    title = "Autoencoder and K-means: "
    return {
        "clusters_by_pca": clusters.in_the_plane(
            plane, labels, title=f"{title}the code by PCA", axis_names=axis_names
        ),
        "clusters_by_tsne": clusters.in_the_plane(
            placed, labels, title=f"{title}the code by t-SNE", axis_names=TSNE_AXES, drawn=rows
        ),
        "learning_curve": training.learning_curves(
            {found.code.snapshot: found.encoder.curve_.assign(fold=0)},
            loss="mean squared error (SD²)",
            title="Autoencoder: learning curve",
        ),
    }


def _neighbour_map(code: np.ndarray, settings: LearningSettings) -> tuple[np.ndarray, np.ndarray]:
    """t-SNE (van der Maaten & Hinton 2008) of a sample: float64 (sample, 2), and its positions.

    All rows would take minutes: 1,000 take 3 s.
    """
    from sklearn.manifold import TSNE

    sample = np.random.default_rng(settings.seed).permutation(len(code))
    rows = np.sort(sample[: settings.choose(1000, 2000)])
    placed = TSNE(2, init="pca", random_state=settings.seed).fit_transform(code[rows])
    return placed.astype(float), rows


MODEL = ClusteringSystem(
    name="autoencoder",
    title="Autoencoder",
    description=(
        "K-means on the code of an autoencoder, input-128-64-input with ReLU, as in the study."
    ),
    kinds=("pytorch",),
    labels=labels,
    look=look,
)
