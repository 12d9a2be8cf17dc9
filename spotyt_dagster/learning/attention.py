"""Networks that attend across columns, as scikit-learn estimators fitted by skorch.

The networks are attention_networks.py's, what all deep estimators share is deep.py's; which
problem is solved with which sizes is each model's module's business.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, RegressorMixin, TransformerMixin
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import KBinsDiscretizer, OrdinalEncoder, StandardScaler

from spotyt_dagster.learning import deep
from spotyt_dagster.learning.evaluation.feature_sets import available
from spotyt_dagster.learning.evaluation.task import PredictionTask
from spotyt_dagster.settings import Schedule

KINDS_OF_TRACK = ("Album_type", "Licensed", "is_children")
"""Categorical columns of no feature set: other models read numbers only. None is a count."""
CATEGORICAL = ("Key", *KINDS_OF_TRACK)
BINNED = ("publishedYear",)
BINS = 6
_PREDICTED_AT_ONCE = 2048


def with_kinds_of_track(problem: PredictionTask) -> PredictionTask:
    """The problem with the columns of KINDS_OF_TRACK that hold values among both feature sets."""
    extra, notes = available(problem.frame, KINDS_OF_TRACK)
    return replace(
        problem,
        study=(*problem.study, *extra),
        leak_free=(*problem.leak_free, *extra),
        notes=(*problem.notes, *notes),
    )


def codes_and_numbers(
    columns: Iterable[Any], scaler: TransformerMixin | None = None
) -> ColumnTransformer:
    """Preparation: columns named code__X (0, 1, …; -1 for unknown) and number__X (standardised).

    Key, Album_type, Licensed and is_children are codes as they are, publishedYear by sextiles.
    `scaler` takes the place of StandardScaler for the numbers.
    """
    encoder = OrdinalEncoder(
        handle_unknown="use_encoded_value", unknown_value=-1, encoded_missing_value=-1
    )
    bins = KBinsDiscretizer(
        BINS, encode="ordinal", strategy="quantile", quantile_method="averaged_inverted_cdf"
    )
    impute = SimpleImputer(strategy="median", keep_empty_features=True)
    columns = list(columns)
    chosen = {
        "code": [column for column in columns if column in CATEGORICAL],
        "bin": [column for column in columns if column in BINNED],
    }
    chosen["number"] = [c for c in columns if c not in (*chosen["code"], *chosen["bin"])]
    steps = {
        "code": encoder,
        "bin": make_pipeline(impute, bins),
        "number": make_pipeline(impute, scaler or StandardScaler()),
    }
    prepare = ColumnTransformer([(name, steps[name], chosen[name]) for name in steps])
    return prepare.set_output(transform="pandas")


class AttentionRegressor(RegressorMixin, BaseEstimator):
    """A network of attention_networks.py, stopped early by artist; input from codes_and_numbers().

    Parameters: `network`, the name of the function that builds it, and its `options` (sizes);
    `artists`, the Artist by `row` of at least the rows that will be fitted; learning_rate of AdamW
    and its schedule, weight_decay, epochs at most, patience in epochs, batch_rows. The target is
    standardised by the rows fitted on, and losses are mean squared errors in that unit. Fitted:
    net_ (skorch's), curve_ (deep.CURVE_COLUMNS), device_, tokens_ (columns that are codes).
    """

    def __init__(
        self,
        network: str,
        artists: pd.Series,
        *,
        options: dict[str, Any] | None = None,
        learning_rate: float = 1e-3,
        weight_decay: float = 1e-5,
        schedule: Schedule = "cosine",
        epochs: int = 100,
        patience: int = 10,
        batch_rows: int = 256,
        seed: int = 0,
    ):
        self.network = network
        self.artists = artists
        self.options = options
        self.learning_rate = learning_rate
        self.weight_decay = weight_decay
        self.schedule: Schedule = schedule
        self.epochs = epochs
        self.patience = patience
        self.batch_rows = batch_rows
        self.seed = seed

    def fit(self, X: pd.DataFrame, y: Any) -> "AttentionRegressor":
        """Fit; y is float (rows,). Raises ValueError on too few rows or a diverging loss."""
        import torch

        self.tokens_ = [column for column in X if not str(column).startswith("number__")]
        if not self.tokens_:
            raise ValueError("no categorical column: the network has nothing to attend across")
        column = np.asarray(y, dtype=float)[:, None]
        parts = deep.early_stopping_parts(X, column, self.artists, self.seed)
        self.scaler_ = StandardScaler().fit(parts.y)
        y_fit, y_valid = (
            np.asarray(self.scaler_.transform(part), dtype="float32")
            for part in (parts.y, parts.y_valid)
        )
        with torch.random.fork_rng():
            torch.manual_seed(self.seed)
            self.net_ = self._net(X, (self._split(parts.X_valid), y_valid))
            self.net_.fit(self._split(parts.X), y_fit)
        self.net_.train_split = None  # else the validation rows are saved with the net
        history = self.net_.history
        rates = history[:, "event_lr"] if self.schedule != "constant" else self.learning_rate
        self.curve_ = deep.curve_table(history[:, "train_loss"], history[:, "valid_loss"], rates)
        self.device_ = str(self.net_.device)
        return self

    def predict(self, X: pd.DataFrame) -> np.ndarray:
        """Predictions in the target's own unit, float64 (rows,)."""
        scaled = self.net_.predict(self._split(np.array(X, dtype="float32")))
        return self.scaler_.inverse_transform(scaled.astype(float)).ravel()

    def attention(self, X: pd.DataFrame) -> pd.DataFrame:
        """How much each token (index) heeds each (columns): shares of 1, mean over rows, heads and
        blocks. Tokens are named by their column; that of the whole row, if there is one, "row".
        """
        import torch

        parts = self._split(np.array(X, dtype="float32"))
        with torch.no_grad():
            inputs = {
                name: torch.as_tensor(part, device=self.device_) for name, part in parts.items()
            }
            weights = self.net_.module_.eval().attention(**inputs)
        shares = weights.mean(dim=(0, 1, 2)).cpu().numpy().astype(float)
        # codes come first in X, and all columns are tokens of the FT-Transformer
        columns = [str(column).split("__")[1] for column in X]
        names = ["row", *columns] if len(shares) > len(self.tokens_) else columns[: len(shares)]
        return pd.DataFrame(shares, index=names, columns=names)

    def _net(self, X: pd.DataFrame, validation: tuple[dict[str, np.ndarray], np.ndarray]) -> Any:
        import torch
        from skorch import NeuralNetRegressor
        from skorch.dataset import Dataset
        from skorch.helper import predefined_split

        from spotyt_dagster.learning import attention_networks

        return NeuralNetRegressor(
            getattr(attention_networks, self.network),
            module__cardinalities=[int(X[column].max()) + 1 for column in self.tokens_],
            module__numbers=X.shape[1] - len(self.tokens_),
            **{f"module__{name}": value for name, value in (self.options or {}).items()},
            optimizer=torch.optim.AdamW,
            lr=self.learning_rate,
            optimizer__weight_decay=self.weight_decay,
            max_epochs=self.epochs,
            batch_size=self.batch_rows,
            iterator_train=deep.batches,
            iterator_train__shuffle=True,
            iterator_valid=deep.batches,
            iterator_valid__batch_size=_PREDICTED_AT_ONCE,
            train_split=predefined_split(Dataset(*validation)),
            callbacks=deep.callbacks(self.patience, self.schedule, self.epochs),
            device=deep.device(),
            verbose=0,
        )

    def _split(self, values: np.ndarray) -> dict[str, np.ndarray]:
        codes = len(self.tokens_)
        return {"codes": values[:, :codes].astype("int64"), "numbers": values[:, codes:]}
