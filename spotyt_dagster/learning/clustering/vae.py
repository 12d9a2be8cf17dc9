"""The variational autoencoder: what its latent space holds, and clusters in it."""

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


ACTIVE = 0.01  # variance of a used dimension's mean over tracks: Burda et al. 2016, "IWAE"


def labels(space: Space, settings: LearningSettings) -> np.ndarray:
    """Four clusters of the latent space."""
    from spotyt_dagster.learning.clustering.embedding import code_clusters
    from spotyt_dagster.learning.estimators.autoencoders import VariationalAutoencoderTransformer

    return code_clusters(space, VariationalAutoencoderTransformer, settings).model.labels_


def look(space: Space, settings: LearningSettings) -> tuple[Result, Callable[[], Figures]]:
    """Clusters of the latent space, and what it holds.

    Reconstruction and KL divergence are reported apart, in nats a track, with the number of latent
    dimensions in use; training stops by tracks of other artists.
    """
    from spotyt_dagster.learning.clustering.embedding import code_clusters, code_result
    from spotyt_dagster.learning.estimators.autoencoders import VariationalAutoencoderTransformer

    found = code_clusters(space, VariationalAutoencoderTransformer, settings)
    curve = found.encoder.curve_
    kept = curve[curve["best"]].iloc[0]
    result = code_result(
        found,
        space,
        settings,
        model="vae",
        measured={
            "reconstruction": float(kept["valid_reconstruction"]),
            "kl": float(kept["valid_kl"]),
            "active_dimensions": float((found.code.points.var(axis=0) > ACTIVE).sum()),
        },
    )
    return result, partial(_figures, found)


def _figures(found: CodeClusters) -> Figures:
    plane, axis_names = principal_plane(found.code.points)
    curve = found.encoder.curve_.assign(fold=0)
    panels = {
        name: curve.assign(train_loss=curve[f"train_{part}"], valid_loss=curve[f"valid_{part}"])
        for name, part in (("Reconstruction", "reconstruction"), ("KL divergence", "kl"))
    }
    return {
        "latent_space": clusters.in_the_plane(
            plane,
            found.model.labels_,
            title="VAE and K-means: the latent space by PCA",
            axis_names=axis_names,
        ),
        "learning_curves": training.learning_curves(
            panels, loss="loss (nats a track)", title="VAE: learning curves of the two parts"
        ),
    }


MODEL = ClusteringSystem(
    name="vae",
    title="VAE",
    description="A variational autoencoder's latent space drawn by PCA, and K-means on it.",
    kinds=("pytorch",),
    labels=labels,
    look=look,
)
