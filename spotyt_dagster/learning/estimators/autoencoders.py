"""Autoencoders as scikit-learn transformers, trained by skorch and validated on other artists.

The networks and their losses are autoencoder_networks.py's; what is found in a code is
clustering's business.
"""

from typing import Any, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from spotyt_dagster.learning.estimators import early_stopping
from spotyt_dagster.settings import Schedule


class _NeuralEncoder(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):
    """Points to the code of a network that learns to rebuild them."""

    __metadata_request__fit = {"groups": True, "linked": True}  # noqa: RUF012

    def __init__(
        self,
        *,
        learning_rate: float = 1e-3,
        schedule: Schedule = "cosine",
        max_epochs: int = 200,
        patience: int = 10,
        batch_size: int = 512,
        validation_fraction: float = 0.15,
        random_state: Any = None,
    ):
        self.learning_rate = learning_rate
        self.schedule: Schedule = schedule
        self.max_epochs = max_epochs
        self.patience = patience
        self.batch_size = batch_size
        self.validation_fraction = validation_fraction
        self.random_state = random_state

    def fit(self, X: Any, y: Any = None, groups: Any = None, linked: Any = None) -> Self:  # noqa: ARG002
        """Fit on points, (rows, columns), standardised: the loss weighs columns alike.

        Args:
            X: Numbers without gaps.
            y: Ignored.
            groups: Artist of each row, (rows,): none is both fitted on and validated on.
            linked: Video of each row, (rows,): none is both fitted on and validated on.

        Raises:
            ValueError: too few rows or artists, or a diverging loss.
        """
        import torch
        from torch.utils.data import TensorDataset

        X = validate_data(self, X, dtype=np.float32, ensure_min_samples=2)
        seed = early_stopping.seed_of(self.random_state)
        parts = early_stopping.early_stopping_rows(
            len(X), self.validation_fraction, seed, groups=groups, linked=linked
        )
        fit, validation = (TensorDataset(*2 * (torch.tensor(X[part]),)) for part in parts)
        module, net = self._networks()
        trained = early_stopping.train(
            net, self, seed, fit, validation,
            module=module, module__columns=X.shape[1], optimizer=torch.optim.Adam,
        )  # fmt: skip
        history = pd.DataFrame(trained.history.to_list())
        names = [f"{rows}_{part}" for rows in ("train", "valid") for part in trained.parts]
        curve = early_stopping.curve_of(trained, self.learning_rate)
        self.curve_ = pd.concat([curve, history[names]], axis=1)
        self.n_fitted_, self.n_validation_ = map(len, parts)
        self.network_ = early_stopping.kept(trained.module_)
        code = early_stopping.forward(self.network_.encode, X[:1].astype(float))
        self._n_features_out = code.shape[1]
        return self

    def transform(self, X: Any) -> np.ndarray:
        """The code of points of shape (rows, columns): float64, (rows, width of the code)."""
        check_is_fitted(self)
        X = validate_data(self, X, dtype=np.float64, reset=False)
        return early_stopping.forward(self.network_.encode, X)

    def _networks(self) -> tuple[Any, Any]:
        raise NotImplementedError


class AutoencoderTransformer(_NeuralEncoder):
    """The 64 columns of code of the study's self-supervised MLP, input-128-64-input with ReLU.

    Losses are mean squared errors of the input.

    Args:
        learning_rate: Adam's, float, default 1e-3.
        schedule: Of the learning rate, "constant", "cosine", "one_cycle" or "plateau", default
            "cosine".
        max_epochs: Epochs at most, int, default 200.
        patience: Epochs without a better validation loss after which training stops, int,
            default 10.
        batch_size: Rows of a step, int, default 512.
        validation_fraction: Share of the artists (of the rows, where fit() gets no groups) whose
            rows validate each epoch, float, default 0.15.
        random_state: Of weights, batches and validation rows, int, RandomState or None,
            default None.

    Attributes:
        network_: torch's module in float64, on the CPU.
        curve_: One row an epoch, deep.CURVE_COLUMNS.
        n_fitted_: Rows fitted on, int.
        n_validation_: Validation rows for early stopping, int.
        n_features_in_: Columns of the input, int.
    """

    def _networks(self) -> tuple[Any, Any]:
        from spotyt_dagster.learning.estimators import autoencoder_networks

        return autoencoder_networks.Autoencoder, autoencoder_networks.ReconstructionNet


class VariationalAutoencoderTransformer(_NeuralEncoder):
    """The means of the 8 latent columns of a variational autoencoder (Kingma & Welling 2014).

    Losses are negative evidence lower bounds in nats a row.

    Args:
        learning_rate: Adam's, float, default 1e-3.
        schedule: Of the learning rate, "constant", "cosine", "one_cycle" or "plateau", default
            "cosine".
        max_epochs: Epochs at most, int, default 200.
        patience: Epochs without a better validation loss after which training stops, int,
            default 10.
        batch_size: Rows of a step, int, default 512.
        validation_fraction: Share of the artists (of the rows, where fit() gets no groups) whose
            rows validate each epoch, float, default 0.15.
        random_state: Of weights, batches, draws of the code and validation rows, int,
            RandomState or None, default None.

    Attributes:
        network_: torch's module in float64, on the CPU.
        curve_: One row an epoch, deep.CURVE_COLUMNS, and the loss's two parts:
            train_reconstruction, train_kl, valid_reconstruction, valid_kl.
        n_fitted_: Rows fitted on, int.
        n_validation_: Validation rows for early stopping, int.
        n_features_in_: Columns of the input, int.
    """

    def _networks(self) -> tuple[Any, Any]:
        from spotyt_dagster.learning.estimators import autoencoder_networks

        return autoencoder_networks.VariationalAutoencoder, autoencoder_networks.VAENet
