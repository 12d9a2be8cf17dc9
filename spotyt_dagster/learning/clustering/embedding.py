"""Fitting a network that turns tracks into a code, and finding clusters in that code.

What autoencoder.py and vae.py share. The networks and their losses are networks.py's; here they
become scikit-learn transformers, trained by skorch and stopped by rows of other artists.
"""

import time
from dataclasses import replace
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.pipeline import Pipeline, make_pipeline

from spotyt_dagster.learning import deep
from spotyt_dagster.learning.clustering.feature_space import Space, cluster_rows, profile, quality
from spotyt_dagster.learning.clustering.kmeans import STUDY_K, fit_kmeans
from spotyt_dagster.learning.determinism import deterministic
from spotyt_dagster.learning.result import Result
from spotyt_dagster.settings import LearningSettings, Schedule

Kind = Literal["autoencoder", "variational"]


class NeuralEncoder(TransformerMixin, BaseEstimator):
    """Standardised points to the code of an autoencoder or of a variational one.

    Parameters: kind, epochs at most, patience in epochs, Adam's learning_rate and its schedule
    (settings.Schedule), batch_rows, seed. Fitted: module_ (torch, on the CPU), curve_
    (deep.CURVE_COLUMNS, and train_ and valid_ of the loss's parts where it has parts), n_fitted_
    and n_held_ (rows), n_features_in_.
    """

    def __init__(
        self,
        kind: Kind,
        *,
        epochs: int = 200,
        patience: int = 10,
        learning_rate: float = 1e-3,
        schedule: Schedule = "cosine",
        batch_rows: int = 512,
        seed: int = 0,
    ):
        self.kind: Kind = kind
        self.epochs = epochs
        self.patience = patience
        self.learning_rate = learning_rate
        self.schedule: Schedule = schedule
        self.batch_rows = batch_rows
        self.seed = seed

    def fit(self, X: pd.DataFrame, y: pd.Series) -> "NeuralEncoder":
        """Fit on points indexed by `row`; `y` is their Artist, to cut the rows to stop by.

        Raises ValueError on too few rows or artists, or a diverging loss.
        """
        import torch
        from torch.utils.data import TensorDataset

        parts = deep.early_stopping_parts(X, y, y, self.seed)
        fitted, held = (
            TensorDataset(*2 * (torch.from_numpy(p),)) for p in (parts.X, parts.X_valid)
        )
        # of its own, so that the fits before this one in the same process do not matter
        with deterministic(self.seed):
            net = self._net(fitted, held).fit(fitted)
        self.curve_ = self._curve(net)
        self.module_ = net.module_.cpu().eval()
        self.n_fitted_, self.n_held_ = len(parts.X), len(parts.X_valid)
        self.n_features_in_ = parts.X.shape[1]
        return self

    def transform(self, X: Any) -> np.ndarray:
        """The code of points of shape (rows, columns): float64, (rows, 64) or (rows, 8)."""
        import torch

        with deterministic(self.seed), torch.no_grad():
            code = self.module_.encode(torch.from_numpy(np.array(X, dtype="float32")))
        return code.numpy().astype(float)

    def _net(self, fitted: Any, held: Any) -> Any:
        import torch
        from skorch.helper import predefined_split

        from spotyt_dagster.learning.clustering import networks

        module, net = {
            "autoencoder": (networks.Autoencoder, networks.ReconstructionNet),
            "variational": (networks.VariationalAutoencoder, networks.VAENet),
        }[self.kind]
        return net(
            module,
            module__columns=fitted.tensors[0].shape[1],
            optimizer=torch.optim.Adam,
            lr=self.learning_rate,
            max_epochs=self.epochs,
            train_split=predefined_split(held),
            callbacks=deep.callbacks(self.patience, self.schedule, self.epochs),
            batch_size=self.batch_rows,
            iterator_train=deep.batches,
            iterator_train__shuffle=True,
            iterator_valid=deep.batches,
            device=deep.device(),
            verbose=0,
        )

    def _curve(self, net: Any) -> pd.DataFrame:
        history = pd.DataFrame(net.history.to_list())
        rates = history.get("event_lr", self.learning_rate)
        curve = deep.curve_table(history["train_loss"], history["valid_loss"], rates)
        names = [f"{rows}_{part}" for rows in ("train", "valid") for part in net.parts]
        return pd.concat([curve, history[names]], axis=1)


class CodeClusters(NamedTuple):
    """An encoder fitted on a space, its code as a space of the same tracks, K-means on that.

    The code's space prepares rows as far as the code. `seconds` is both fits together.
    """

    encoder: NeuralEncoder
    code: Space
    model: Any
    seconds: float


def code_clusters(space: Space, kind: Kind, settings: LearningSettings) -> CodeClusters:
    """Fit an encoder on a space's points, and four clusters of K-means on its code."""
    start = time.perf_counter()
    encoder = NeuralEncoder(
        kind,
        epochs=settings.choose(20, 200),
        schedule=settings.learning_rate_schedule,
        seed=settings.seed,
    )
    points = pd.DataFrame(space.points, index=space.frame.index, columns=list(space.columns))
    encoder.fit(points, space.frame["Artist"])
    preparation = make_pipeline(*(step for _, step in space.preparation.steps), encoder)
    code = replace(space, points=encoder.transform(points), preparation=preparation)
    model = fit_kmeans(code, STUDY_K, settings)
    return CodeClusters(encoder, code, model, time.perf_counter() - start)


def code_result(
    found: CodeClusters,
    space: Space,
    settings: LearningSettings,
    *,
    model: str,
    measured: dict[str, float],
) -> Result:
    """A system's Result without pictures; `measured` goes to the metrics beside the clusters'.

    Scores are measured on the points that all systems share, once more on the code where their
    name ends in "_of_code": distances in the one are not distances in the other.
    """
    labels, encoder = found.model.labels_, found.encoder
    own = quality(found.code.points, labels, settings.seed)
    scores = ("silhouette", "davies_bouldin", "calinski_harabasz")
    metrics = cluster_rows(
        space,
        quality(space.points, labels, settings.seed)
        | {f"{score}_of_code": own[score] for score in scores}
        | measured,
        settings,
        model=model,
        detail=f"k={STUDY_K}",
        fit_seconds=found.seconds,
        notes=(
            f"fitted on {encoder.n_fitted_:,} rows; stopped, and its reconstruction measured, on "
            f"{encoder.n_held_:,} of other artists",
            deep.device_note(),
        ),
    )
    return Result(
        metrics,
        tables={
            "profile": profile(space, labels),
            "labels": pd.DataFrame({"row": space.frame["row"], "cluster": labels}),
            "learning_curve": encoder.curve_,
        },
        estimator=space.kept(Pipeline([*found.code.preparation.steps, ("model", found.model)])),
        device=deep.device(),
    )
