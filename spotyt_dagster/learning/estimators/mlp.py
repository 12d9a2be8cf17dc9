"""Multilayer perceptrons as scikit-learn estimators: plain, with periodic embeddings, TabM.

The networks are mlp_networks.py's, what all deep estimators share early_stopping.py's; with which
sizes and behind which preparation they solve a problem is each model's module's business.
"""

from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.preprocessing import StandardScaler
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from spotyt_dagster.learning.estimators import early_stopping
from spotyt_dagster.settings import Schedule


class _Perceptrons(BaseEstimator):
    """What both tasks share."""

    __metadata_request__fit = {"groups": True, "linked": True}  # noqa: RUF012

    def __init__(
        self,
        *,
        members: int = 1,
        width: int = 128,
        blocks: int = 2,
        dropout: float = 0.0,
        frequencies: int = 0,
        frequency_scale: float = 0.1,
        embedding_width: int = 8,
        learning_rate: float = 1e-3,
        weight_decay: float = 1e-4,
        schedule: Schedule = "one_cycle",
        max_epochs: int = 20,
        patience: int = 10,
        batch_size: int = 256,
        validation_fraction: float = 0.15,
        random_state: Any = None,
    ):
        self.members = members
        self.width = width
        self.blocks = blocks
        self.dropout = dropout
        self.frequencies = frequencies
        self.frequency_scale = frequency_scale
        self.embedding_width = embedding_width
        self.learning_rate = learning_rate
        self.weight_decay = weight_decay
        self.schedule: Schedule = schedule
        self.max_epochs = max_epochs
        self.patience = patience
        self.batch_size = batch_size
        self.validation_fraction = validation_fraction
        self.random_state = random_state

    def _fit(self, seed: int, X: np.ndarray, y: np.ndarray, parts: Any, loss: str) -> None:
        import torch
        from skorch import NeuralNet
        from torch.utils.data import TensorDataset

        from spotyt_dagster.learning.estimators import mlp_networks

        sizes = (
            "members", "width", "blocks", "dropout", "frequencies", "frequency_scale",
            "embedding_width",
        )  # fmt: skip
        fit, validation = (
            TensorDataset(torch.tensor(X[part]), torch.tensor(y[part])) for part in parts
        )
        net = early_stopping.train(
            NeuralNet, self, seed, fit, validation,
            module=mlp_networks.perceptrons,
            module__columns=X.shape[1],
            module__outputs=self._outputs(),
            **{f"module__{name}": getattr(self, name) for name in sizes},
            criterion=getattr(mlp_networks, loss),
            optimizer=torch.optim.AdamW,
            optimizer__weight_decay=self.weight_decay,
            iterator_valid__batch_size=early_stopping.ROWS_AT_ONCE,
        )  # fmt: skip
        self.curve_ = early_stopping.curve_of(net, self.learning_rate)
        self.device_ = str(net.device)
        self.network_ = early_stopping.kept(net.module_)

    def _outputs(self) -> int:
        raise NotImplementedError

    def _forward(self, X: Any) -> np.ndarray:
        """Answers of the members, float64 (rows, members, outputs)."""
        check_is_fitted(self)
        X = validate_data(self, X, dtype=np.float64, reset=False)
        return early_stopping.forward(self.network_, X)


class MLPRegression(RegressorMixin, _Perceptrons):
    """A multilayer perceptron, or several that share weights (TabM), of the standardised target.

    Losses are mean squared errors of the target standardised by the rows fitted on.

    Args:
        members: Perceptrons that share weights, whose mean predicts: k of TabM, int, default 1.
        width: Units of a hidden layer, int, default 128.
        blocks: Hidden layers, int, default 2.
        dropout: Share of hidden units dropped while training, float, default 0.
        frequencies: Learnt frequencies of a column's periodic embedding, int, default 0 for none.
        frequency_scale: Standard deviation of the frequencies to begin with, in periods a unit of
            the input, float, default 0.1.
        embedding_width: Numbers that each column is embedded in, int, default 8.
        learning_rate: AdamW's, the highest of the schedule, float, default 1e-3.
        weight_decay: AdamW's, float, default 1e-4.
        schedule: Of the learning rate, "constant", "cosine", "one_cycle" or "plateau", default
            "one_cycle".
        max_epochs: Epochs at most, int, default 20.
        patience: Epochs without a better validation loss after which training stops, int,
            default 10.
        batch_size: Rows of a step, int, default 256.
        validation_fraction: Share of the artists (of the rows, where fit() gets no groups) whose
            rows validate each epoch, float, default 0.15.
        random_state: Of weights, batches and validation rows, int, RandomState or None,
            default None.

    Attributes:
        network_: torch's module in float64, on the CPU.
        curve_: One row an epoch, deep.CURVE_COLUMNS.
        device_: torch's name of where it was trained, str.
        n_features_in_: Columns of the input, int.
    """

    def fit(self, X: Any, y: Any, groups: Any = None, linked: Any = None) -> Self:
        """Fit on numbers without gaps.

        Args:
            X: (rows, columns), scaled.
            y: Target, (rows,).
            groups: Artist of each row, (rows,): none is both fitted on and validated on.
            linked: Video of each row, (rows,): none is both fitted on and validated on.

        Raises:
            ValueError: too few rows or artists, or a diverging loss.

        """
        X, y = validate_data(self, X, y, dtype=np.float32, y_numeric=True, ensure_min_samples=2)
        seed = early_stopping.seed_of(self.random_state)
        parts = early_stopping.early_stopping_rows(
            len(X), self.validation_fraction, seed, groups=groups, linked=linked
        )
        column = np.asarray(y, dtype=float)[:, None]
        self.scaler_ = StandardScaler().fit(column[parts[0]])
        scaled = np.asarray(self.scaler_.transform(column), dtype=np.float32)
        self._fit(seed, X, scaled, parts, "SquaredLoss")
        return self

    def predict(self, X: Any) -> np.ndarray:
        """Predictions in the target's own unit, float64 (rows,)."""
        scaled = self._forward(X).mean(axis=1)
        return self.scaler_.inverse_transform(scaled).ravel()

    def _outputs(self) -> int:
        return 1


class MLPClassification(ClassifierMixin, _Perceptrons):
    """A multilayer perceptron, or several that share weights (TabM), stopped by the log loss.

    Args:
        members: Perceptrons that share weights, whose mean predicts: k of TabM, int, default 1.
        width: Units of a hidden layer, int, default 128.
        blocks: Hidden layers, int, default 2.
        dropout: Share of hidden units dropped while training, float, default 0.
        frequencies: Learnt frequencies of a column's periodic embedding, int, default 0 for none.
        frequency_scale: Standard deviation of the frequencies to begin with, in periods a unit of
            the input, float, default 0.1.
        embedding_width: Numbers that each column is embedded in, int, default 8.
        learning_rate: AdamW's, the highest of the schedule, float, default 1e-3.
        weight_decay: AdamW's, float, default 1e-4.
        schedule: Of the learning rate, "constant", "cosine", "one_cycle" or "plateau", default
            "one_cycle".
        max_epochs: Epochs at most, int, default 20.
        patience: Epochs without a better validation loss after which training stops, int,
            default 10.
        batch_size: Rows of a step, int, default 256.
        validation_fraction: Share of the artists (of the rows, where fit() gets no groups) whose
            rows validate each epoch, float, default 0.15.
        random_state: Of weights, batches and validation rows, int, RandomState or None,
            default None.

    Attributes:
        classes_: The classes, in order, (classes,).
        network_: torch's module in float64, on the CPU.
        curve_: One row an epoch, deep.CURVE_COLUMNS.
        device_: torch's name of where it was trained, str.
        n_features_in_: Columns of the input, int.
    """

    def fit(self, X: Any, y: Any, groups: Any = None, linked: Any = None) -> Self:
        """Fit on numbers without gaps.

        Args:
            X: (rows, columns), scaled.
            y: Class of each row, (rows,).
            groups: Artist of each row, (rows,): none is both fitted on and validated on.
            linked: Video of each row, (rows,): none is both fitted on and validated on.

        Raises:
            ValueError: too few rows or artists, one class only, or a diverging loss.

        """
        X, y = validate_data(self, X, y, dtype=np.float32, ensure_min_samples=2)
        check_classification_targets(y)
        self.classes_, codes = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError("a classifier needs rows of two classes at least, got one class")
        seed = early_stopping.seed_of(self.random_state)
        parts = early_stopping.early_stopping_rows(
            len(X), self.validation_fraction, seed, groups=groups, linked=linked, classes=codes
        )
        self._fit(seed, X, codes, parts, "LogLoss")
        return self

    def predict_proba(self, X: Any) -> np.ndarray:
        """Probabilities, float64 (rows, classes), in the order of classes_."""
        from scipy.special import softmax

        return softmax(self._forward(X), axis=2).mean(axis=1)

    def predict(self, X: Any) -> np.ndarray:
        """The likeliest class of each row."""
        likeliest = self.predict_proba(X).argmax(axis=1)
        return self.classes_[likeliest]

    def _outputs(self) -> int:
        return len(self.classes_)
