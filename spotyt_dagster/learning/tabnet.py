"""pytorch-tabnet's models as scikit-learn estimators that stop early by artist.

TabNet: Arik & Pfister 2021, "TabNet: Attentive Interpretable Tabular Learning". The library wants
NumPy arrays, 2-D regression targets and a validation part at fit(); here it gets them. Which rows
and columns come in is each model's module's business.
"""

import contextlib
import io
import tempfile
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.preprocessing import StandardScaler

from spotyt_dagster.learning import deep
from spotyt_dagster.settings import Schedule

STUDY_PARAMETERS: dict[str, Any] = {
    "n_d": 8,
    "n_a": 8,
    "n_steps": 5,
    "gamma": 1.3,
    "lambda_sparse": 1e-3,
    "learning_rate": 1e-4,
    "epochs": 200,
    "batch_rows": 512,
    "virtual_batch_rows": 256,
    "patience": 10,
    "schedule": "constant",
}

_LARGEST_WEIGHT = 1e6  # fitted weights lie near 1


class _TabNet(BaseEstimator):
    """What both tasks share. Input: DataFrame of numbers without gaps, indexed by `row`.

    Parameters, in the paper's names where it has any: n_d and n_a (widths), n_steps, gamma
    (relaxation), lambda_sparse; learning_rate of Adam and its schedule (settings.Schedule), epochs
    at most, patience in epochs, batch_rows and virtual_batch_rows (ghost batch normalisation),
    momentum of its running means: the library's 0.02 wants hundreds of steps, fewer leave them
    behind.
    `artists` is the Artist by `row` of at least the rows that will be fitted; the validation part
    is cut by it. Fitted: model_ (the library's, on the CPU), curve_ (deep.CURVE_COLUMNS),
    feature_importances_ (shares of 1), device_, n_features_in_.
    """

    def __init__(
        self,
        artists: pd.Series,
        *,
        n_d: int = 8,
        n_a: int = 8,
        n_steps: int = 3,
        gamma: float = 1.3,
        lambda_sparse: float = 1e-3,
        learning_rate: float = 2e-2,
        schedule: Schedule = "cosine",
        epochs: int = 100,
        patience: int = 10,
        batch_rows: int = 1024,
        virtual_batch_rows: int = 128,
        momentum: float = 0.02,
        seed: int = 0,
    ):
        self.artists = artists
        self.n_d = n_d
        self.n_a = n_a
        self.n_steps = n_steps
        self.gamma = gamma
        self.lambda_sparse = lambda_sparse
        self.learning_rate = learning_rate
        self.schedule: Schedule = schedule
        self.epochs = epochs
        self.patience = patience
        self.batch_rows = batch_rows
        self.virtual_batch_rows = virtual_batch_rows
        self.momentum = momentum
        self.seed = seed

    def _fit(self, library_class: Any, parts: deep.Parts, metric: str) -> None:
        import torch

        scheduler, arguments = deep.schedule_of(self.schedule, self.epochs)
        batch = min(self.batch_rows, len(parts.X))
        model = library_class(
            n_d=self.n_d,
            n_a=self.n_a,
            n_steps=self.n_steps,
            gamma=self.gamma,
            lambda_sparse=self.lambda_sparse,
            momentum=self.momentum,
            optimizer_fn=torch.optim.Adam,
            optimizer_params={"lr": self.learning_rate},
            scheduler_fn=scheduler,
            scheduler_params=arguments,
            seed=self.seed,
            device_name=deep.device(),
            verbose=0,
        )
        with _quiet(), _divergence_named(model):
            model.fit(
                parts.X,
                parts.y,
                eval_set=[(parts.X_valid, parts.y_valid)],
                eval_name=["valid"],
                eval_metric=[metric],
                max_epochs=self.epochs,
                patience=self.patience,
                batch_size=batch,
                virtual_batch_size=min(self.virtual_batch_rows, batch),
            )
        self.curve_ = deep.curve_table(
            *(model.history[c] for c in ("loss", f"valid_{metric}", "lr"))
        )
        self.feature_importances_ = np.asarray(model.feature_importances_)
        self.device_ = str(model.device)
        self.n_features_in_ = parts.X.shape[1]
        self.model_ = _bare(model)


class TabNetRegression(RegressorMixin, _TabNet):
    """TabNetRegressor of the target standardised by its training rows.

    Losses of the curve are mean squared errors in that unit; the training loss has the sparsity
    term in it. Stopping by MSE is the study's stopping by RMSE: both are least in one epoch.
    """

    def fit(self, X: pd.DataFrame, y: Any) -> "TabNetRegression":
        """Fit; y is float (rows,). Raises ValueError on too few rows or a diverging loss."""
        from pytorch_tabnet.tab_model import TabNetRegressor

        column = np.asarray(y, dtype=float)[:, None]
        parts = deep.early_stopping_parts(X, column, self.artists, self.seed)
        self.scaler_ = StandardScaler().fit(parts.y)
        y_fit, y_valid = (
            np.asarray(self.scaler_.transform(part), dtype="float32")
            for part in (parts.y, parts.y_valid)
        )
        self._fit(TabNetRegressor, parts._replace(y=y_fit, y_valid=y_valid), "mse")
        return self

    def predict(self, X: pd.DataFrame) -> np.ndarray:
        """Predictions in the target's own unit, float64 (rows,)."""
        scaled = self.model_.predict(np.array(X, dtype="float32"))
        return self.scaler_.inverse_transform(scaled.astype(float)).ravel()


class TabNetClassification(ClassifierMixin, _TabNet):
    """TabNetClassifier, stopped by the log loss of the validation part; y is 0/1 (rows,)."""

    def fit(self, X: pd.DataFrame, y: Any) -> "TabNetClassification":
        """Fit. Raises ValueError on too few rows, one class in a part, or a diverging loss."""
        from pytorch_tabnet.tab_model import TabNetClassifier

        self.classes_ = np.unique(y)
        parts = deep.early_stopping_parts(X, y, self.artists, self.seed)
        self._fit(TabNetClassifier, parts, "logloss")
        return self

    def predict_proba(self, X: pd.DataFrame) -> np.ndarray:
        """Probabilities, float64 (rows, classes), in the order of classes_."""
        return self.model_.predict_proba(np.array(X, dtype="float32")).astype(float)

    def predict(self, X: pd.DataFrame) -> np.ndarray:
        """The likeliest class of each row."""
        return self.classes_[self.predict_proba(X).argmax(axis=1)]


def _bare(model: Any) -> Any:
    """The fitted model through its own file format: on the CPU, without optimiser and batches.

    Saved from a GPU as it is, it could not be loaded on a machine that has none.
    """
    with tempfile.TemporaryDirectory() as folder, _quiet():
        path = model.save_model(str(Path(folder) / "model"))
        bare = type(model)(device_name="cpu", verbose=0)
        bare.load_model(path)
    return bare


@contextlib.contextmanager
def _divergence_named(model: Any):
    """Weights gone astray make sparsemax or a metric fail with messages of their own."""
    try:
        yield
    except (RuntimeError, ValueError) as error:
        # not "if larger", which NaN would pass
        if not all(weight.abs().max() < _LARGEST_WEIGHT for weight in model.network.parameters()):
            raise ValueError(deep.DIVERGED) from error
        raise


@contextlib.contextmanager
def _quiet():
    """The library prints and warns at every fit that it kept the best weights, as it should."""
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Best weights from best epoch")
        yield
