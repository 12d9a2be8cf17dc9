"""Networks that attend across columns, as scikit-learn regressors fitted by skorch.

The networks are attention_networks.py's, what all deep estimators share early_stopping.py's; which
problem is solved with which sizes is each model's module's business.
"""

import warnings
from typing import Any, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.preprocessing import OrdinalEncoder, StandardScaler
from sklearn.utils import check_array
from sklearn.utils.validation import check_is_fitted, validate_data

from spotyt_dagster.learning.estimators import early_stopping
from spotyt_dagster.settings import Schedule


class _AttentionRegressor(RegressorMixin, BaseEstimator):
    """What both networks share; the target is standardised by the rows fitted on."""

    __metadata_request__fit = {"groups": True, "linked": True}  # noqa: RUF012
    _module: str
    _sizes: tuple[str, ...]

    def __init__(
        self,
        *,
        categorical_features: Any = "from_dtype",
        width: int = 32,
        blocks: int = 3,
        heads: int = 8,
        dropout: float = 0.1,
        learning_rate: float = 1e-3,
        weight_decay: float = 1e-5,
        schedule: Schedule = "cosine",
        max_epochs: int = 100,
        patience: int = 10,
        batch_size: int = 256,
        validation_fraction: float = 0.15,
        random_state: Any = None,
    ):
        self.categorical_features = categorical_features
        self.width = width
        self.blocks = blocks
        self.heads = heads
        self.dropout = dropout
        self.learning_rate = learning_rate
        self.weight_decay = weight_decay
        self.schedule: Schedule = schedule
        self.max_epochs = max_epochs
        self.patience = patience
        self.batch_size = batch_size
        self.validation_fraction = validation_fraction
        self.random_state = random_state

    def fit(self, X: Any, y: Any, groups: Any = None, linked: Any = None) -> Self:
        """Fit on categories and on numbers without gaps.

        Args:
            X: (rows, columns): numbers standardised, categories of any kind, missing ones too.
            y: Target, (rows,).
            groups: Artist of each row, (rows,): none is both fitted on and validated on.
            linked: Video of each row, (rows,): none is both fitted on and validated on.

        Raises:
            ValueError: a gap in a number, too few rows or artists, or a diverging loss.
        """
        import torch
        from skorch import NeuralNet
        from skorch.dataset import Dataset

        from spotyt_dagster.learning.estimators import attention_networks

        given = X
        X, y = validate_data(
            self, X, y, dtype=None, ensure_all_finite=False, y_numeric=True, ensure_min_samples=2
        )
        self.is_categorical_ = _categorical(given, X.shape[1], self.categorical_features)
        self.encoder_ = OrdinalEncoder(
            handle_unknown="use_encoded_value", unknown_value=-1, encoded_missing_value=-1
        )
        if self.is_categorical_.any():
            self.encoder_.fit(X[:, self.is_categorical_])
        codes, numbers = self._split(X)
        seed = early_stopping.seed_of(self.random_state)
        parts = early_stopping.early_stopping_rows(
            len(X), self.validation_fraction, seed, groups=groups, linked=linked
        )
        column = np.asarray(y, dtype=float)[:, None]
        self.scaler_ = StandardScaler().fit(column[parts[0]])
        scaled = np.asarray(self.scaler_.transform(column), dtype=np.float32)
        fit, validation = (
            Dataset(
                {"codes": codes[part], "numbers": numbers[part].astype(np.float32)}, scaled[part]
            )
            for part in parts
        )
        sizes = {f"module__{name}": getattr(self, name) for name in self._sizes}
        net = early_stopping.train(
            NeuralNet,
            self,
            seed,
            fit,
            validation,
            module=getattr(attention_networks, self._module),
            module__cardinalities=[max(1, known) for known in (codes.max(axis=0) + 1).tolist()],
            module__numbers=numbers.shape[1],
            **sizes,
            criterion=torch.nn.MSELoss,
            optimizer=torch.optim.AdamW,
            optimizer__weight_decay=self.weight_decay,
            iterator_valid__batch_size=early_stopping.ROWS_AT_ONCE,
        )
        self.curve_ = early_stopping.curve_of(net, self.learning_rate)
        self.device_ = str(net.device)
        self.network_ = early_stopping.kept(net.module_)
        return self

    def predict(self, X: Any) -> np.ndarray:
        """Predictions in the target's own unit, float64 (rows,)."""
        parts = self._checked(X)
        scaled = early_stopping.forward(self.network_, *parts)
        return self.scaler_.inverse_transform(scaled).ravel()

    def attention(self, X: Any) -> pd.DataFrame:
        """How much each token (index) attends to each (columns): shares of 1, float64.

        The mean over rows, heads and blocks. Tokens are named by their column, categories first;
        that of the whole row, if there is one, "row".

        Raises:
            ValueError: there is no token.
        """
        parts = self._checked(X)
        if not self._tokens():
            raise ValueError("no categorical column: the network has nothing to attend across")
        # (blocks, rows, heads, tokens, tokens), rows first for the batches
        weights = early_stopping.forward(
            lambda *batch: self.network_.attention(*batch).transpose(0, 1), *parts
        )
        return pd.DataFrame(weights.mean(axis=(0, 1, 2)), self._tokens(), self._tokens())

    def _tokens(self) -> list[str]:
        raise NotImplementedError

    def _columns(self, categorical: bool) -> list[str]:
        count = len(self.is_categorical_)
        names = getattr(self, "feature_names_in_", [f"x{column}" for column in range(count)])
        return [
            str(name)
            for name, coded in zip(names, self.is_categorical_, strict=True)
            if coded == categorical
        ]

    def _checked(self, X: Any) -> tuple[np.ndarray, np.ndarray]:
        check_is_fitted(self)
        X = validate_data(self, X, dtype=None, ensure_all_finite=False, reset=False)
        return self._split(X)

    def _split(self, X: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Codes, int64, -1 for unknown, and numbers, float64, of (rows, columns)."""
        codes = np.empty((len(X), 0))
        if self.is_categorical_.any():
            codes = self.encoder_.transform(X[:, self.is_categorical_])
        numbers = check_array(
            X[:, ~self.is_categorical_],
            dtype="float64",
            ensure_min_features=0,
            estimator=self,
            input_name="X",
        )
        return codes.astype(np.int64), numbers


class TabTransformerRegressor(_AttentionRegressor):
    """Categorical columns attend to each other, numbers join them in the head.

    Huang et al. 2020, "TabTransformer: Tabular Data Modeling Using Contextual Embeddings". Losses
    are mean squared errors of the standardised target. Without a categorical column it is an MLP on
    normed numbers, which a warning says.

    Args:
        categorical_features: Columns that are categories: a mask, positions or names, or
            "from_dtype" for those of pandas' type category, default "from_dtype".
        width: Width of a token, int, a multiple of `heads`, default 32.
        blocks: Blocks of attention, int, default 4.
        heads: Heads of a block, int, default 4.
        hidden: Width of the head's hidden layer, int, default 64.
        dropout: Share dropped in attention and feed-forward layers, float, default 0.
        learning_rate: AdamW's, float, default 1e-3.
        weight_decay: AdamW's, float, default 1e-5.
        schedule: Of the learning rate, "constant", "cosine", "one_cycle" or "plateau", default
            "cosine".
        max_epochs: Epochs at most, int, default 100.
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
        is_categorical_: Whether each column is a category, bool (columns,).
        device_: torch's name of where it was trained, str.
        n_features_in_: Columns of the input, int.
    """

    _module = "tab_transformer"
    _sizes = ("width", "blocks", "heads", "hidden", "dropout")

    def __init__(
        self,
        *,
        categorical_features: Any = "from_dtype",
        width: int = 32,
        blocks: int = 4,
        heads: int = 4,
        hidden: int = 64,
        dropout: float = 0.0,
        learning_rate: float = 1e-3,
        weight_decay: float = 1e-5,
        schedule: Schedule = "cosine",
        max_epochs: int = 100,
        patience: int = 10,
        batch_size: int = 256,
        validation_fraction: float = 0.15,
        random_state: Any = None,
    ):
        super().__init__(
            categorical_features=categorical_features,
            width=width,
            blocks=blocks,
            heads=heads,
            dropout=dropout,
            learning_rate=learning_rate,
            weight_decay=weight_decay,
            schedule=schedule,
            max_epochs=max_epochs,
            patience=patience,
            batch_size=batch_size,
            validation_fraction=validation_fraction,
            random_state=random_state,
        )
        self.hidden = hidden

    def fit(self, X: Any, y: Any, groups: Any = None, linked: Any = None) -> Self:
        """As every regressor here, with a word where no column is a category."""
        super().fit(X, y, groups, linked)
        if not self._tokens():
            warnings.warn(
                "no categorical column: the network has nothing to attend across", stacklevel=2
            )
        return self

    def _tokens(self) -> list[str]:
        return self._columns(categorical=True)


class FTTransformerRegressor(_AttentionRegressor):
    """Every column is a token, numbers too, and all attend to each other.

    Gorishniy et al. 2021, "Revisiting Deep Learning Models for Tabular Data": FT-Transformer.
    Losses are mean squared errors of the standardised target.

    Args:
        categorical_features: Columns that are categories: a mask, positions or names, or
            "from_dtype" for those of pandas' type category, default "from_dtype".
        width: Width of a token, int, a multiple of `heads`, default 32.
        blocks: Blocks of attention, int, default 3.
        heads: Heads of a block, int, default 8.
        dropout: Share dropped in attention and feed-forward layers, float, default 0.1.
        learning_rate: AdamW's, float, default 1e-3.
        weight_decay: AdamW's, float, default 1e-5.
        schedule: Of the learning rate, "constant", "cosine", "one_cycle" or "plateau", default
            "cosine".
        max_epochs: Epochs at most, int, default 100.
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
        is_categorical_: Whether each column is a category, bool (columns,).
        device_: torch's name of where it was trained, str.
        n_features_in_: Columns of the input, int.
    """

    _module = "ft_transformer"
    _sizes = ("width", "blocks", "heads", "dropout")

    def _tokens(self) -> list[str]:
        return ["row", *self._columns(categorical=True), *self._columns(categorical=False)]


def _categorical(X: Any, columns: int, chosen: Any) -> np.ndarray:
    """Which columns are categories, bool (columns,), named as for HistGradientBoostingRegressor."""
    mask = np.zeros(columns, dtype=bool)
    if chosen is None:
        return mask
    if isinstance(chosen, str):
        if chosen != "from_dtype":
            raise ValueError(
                f"categorical_features is {chosen!r}: give names in a list, or 'from_dtype'"
            )
        types = getattr(X, "dtypes", None)
        if isinstance(X, pd.DataFrame) and types is not None:
            mask[:] = [isinstance(dtype, pd.CategoricalDtype) for dtype in types]
        return mask
    chosen = np.asarray(chosen)
    if chosen.dtype == bool:
        if chosen.shape != mask.shape:
            raise ValueError(
                f"categorical_features has {len(chosen)} flags, but X has {columns} columns"
            )
        return chosen.copy()
    if chosen.dtype.kind in "iu":
        mask[chosen] = True
        return mask
    names = [str(name) for name in getattr(X, "columns", [])]
    if absent := [str(name) for name in chosen if str(name) not in names]:
        raise ValueError(f"categorical_features names {', '.join(absent)}, which X does not have")
    mask[[names.index(str(name)) for name in chosen]] = True
    return mask
