"""pytorch-tabnet's models as scikit-learn estimators, validated on other artists.

TabNet: Arik & Pfister 2021, "TabNet: Attentive Interpretable Tabular Learning". The library wants
NumPy arrays, 2-D regression targets and a validation part at fit(); here it gets them. Which rows
and columns come in is each model's module's business.
"""

import contextlib
import io
import warnings
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.preprocessing import StandardScaler
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from spotyt_dagster.learning.deep import device
from spotyt_dagster.learning.determinism import deterministic
from spotyt_dagster.learning.estimators import early_stopping
from spotyt_dagster.settings import Schedule

_LARGEST_WEIGHT = 1e6  # fitted weights lie near 1


class _TabNet(BaseEstimator):
    """What both tasks share."""

    __metadata_request__fit = {"groups": True, "linked": True}  # noqa: RUF012

    def __init__(
        self,
        *,
        n_d: int = 8,
        n_a: int = 8,
        n_steps: int = 3,
        gamma: float = 1.3,
        lambda_sparse: float = 1e-3,
        learning_rate: float = 2e-2,
        schedule: Schedule = "cosine",
        max_epochs: int = 100,
        patience: int = 10,
        batch_size: int = 1024,
        virtual_batch_size: int = 128,
        momentum: float = 0.02,
        validation_fraction: float = 0.15,
        random_state: Any = None,
    ):
        self.n_d = n_d
        self.n_a = n_a
        self.n_steps = n_steps
        self.gamma = gamma
        self.lambda_sparse = lambda_sparse
        self.learning_rate = learning_rate
        self.schedule: Schedule = schedule
        self.max_epochs = max_epochs
        self.patience = patience
        self.batch_size = batch_size
        self.virtual_batch_size = virtual_batch_size
        self.momentum = momentum
        self.validation_fraction = validation_fraction
        self.random_state = random_state

    def _fit(
        self, library_class: Any, seed: int, fit: tuple, validation: tuple, metric: str
    ) -> None:
        import torch
        from pytorch_tabnet.callbacks import Callback

        class Observed(Callback):
            def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
                early_stopping.epoch_ended(
                    early_stopping.Epoch(
                        epoch + 1, *(float(logs[c]) for c in ("loss", f"valid_{metric}", "lr"))
                    )
                )

        X, y = fit
        batch = min(self.batch_size, len(X))
        # the library leaves a last batch that is not full out
        scheduler, arguments, every = early_stopping.schedule_of(
            self.schedule, self.learning_rate, self.max_epochs, len(X) // batch
        )
        # the library seeds torch's global generator, for all that comes after
        with deterministic(seed), _quiet():
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
                scheduler_params={**arguments, "is_batch_level": every == "batch"},
                seed=seed,
                device_name=device(),
                verbose=0,
            )
            with _divergence_named(model):
                model.fit(
                    X,
                    y,
                    eval_set=[validation],
                    eval_name=["valid"],
                    eval_metric=[metric],
                    max_epochs=self.max_epochs,
                    patience=self.patience,
                    batch_size=batch,
                    virtual_batch_size=min(self.virtual_batch_size, batch),
                    callbacks=[Observed()],
                )
        self.curve_ = early_stopping.curve_table(
            *(model.history[c] for c in ("loss", f"valid_{metric}", "lr"))
        )
        # where no mask attends to anything, the library divides 0 by 0
        self.feature_importances_ = np.nan_to_num(model.feature_importances_)
        self.device_ = str(model.device)
        self.network_ = early_stopping.kept(model.network)

    def _forward(self, X: Any) -> np.ndarray:
        check_is_fitted(self)
        X = validate_data(self, X, dtype=np.float64, reset=False)
        return early_stopping.forward(lambda part: self.network_(part)[0], X)


class TabNetRegression(RegressorMixin, _TabNet):
    """TabNet of the target standardised by the rows fitted on.

    Losses of the curve are mean squared errors in that unit; the training loss has the sparsity
    term in it. Stopping by MSE is the study's stopping by RMSE: both are least in one epoch.

    Args:
        n_d: Width of the decision layer, int, default 8.
        n_a: Width of the attention layer, int, default 8.
        n_steps: Decision steps, int, default 3.
        gamma: Relaxation, how far a column may be attended to again, float, default 1.3.
        lambda_sparse: Weight of the sparsity loss, float, default 1e-3.
        learning_rate: Adam's, float, default 2e-2.
        schedule: Of the learning rate, "constant", "cosine", "one_cycle" or "plateau", default
            "cosine".
        max_epochs: Epochs at most, int, default 100.
        patience: Epochs without a better validation loss after which training stops, int,
            default 10.
        batch_size: Rows of a step, int, default 1024.
        virtual_batch_size: Rows of ghost batch normalisation, int, default 128.
        momentum: Of its running means, float, default 0.02, which wants hundreds of steps: fewer
            leave the means behind.
        validation_fraction: Share of the artists (of the rows, where fit() gets no groups) whose
            rows validate each epoch, float, default 0.15.
        random_state: Of weights, batches and validation rows, int, RandomState or None,
            default None.

    Attributes:
        network_: torch's module in float64, on the CPU.
        curve_: One row an epoch, deep.CURVE_COLUMNS.
        feature_importances_: Shares of 1 by the attention masks, (columns,).
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
        from pytorch_tabnet.tab_model import TabNetRegressor

        X, y = validate_data(self, X, y, dtype=np.float32, y_numeric=True, ensure_min_samples=2)
        seed = early_stopping.seed_of(self.random_state)
        fit, validation = early_stopping.early_stopping_rows(
            len(X), self.validation_fraction, seed, groups=groups, linked=linked
        )
        column = np.asarray(y, dtype=float)[:, None]
        self.scaler_ = StandardScaler().fit(column[fit])
        scaled = np.asarray(self.scaler_.transform(column), dtype=np.float32)
        parts = [(X[part], scaled[part]) for part in (fit, validation)]
        self._fit(TabNetRegressor, seed, *parts, metric="mse")
        return self

    def predict(self, X: Any) -> np.ndarray:
        """Predictions in the target's own unit, float64 (rows,)."""
        scaled = self._forward(X)
        return self.scaler_.inverse_transform(scaled).ravel()


class TabNetClassification(ClassifierMixin, _TabNet):
    """TabNet, stopped early by the log loss of its validation rows.

    Args:
        n_d: Width of the decision layer, int, default 8.
        n_a: Width of the attention layer, int, default 8.
        n_steps: Decision steps, int, default 3.
        gamma: Relaxation, how far a column may be attended to again, float, default 1.3.
        lambda_sparse: Weight of the sparsity loss, float, default 1e-3.
        learning_rate: Adam's, float, default 2e-2.
        schedule: Of the learning rate, "constant", "cosine", "one_cycle" or "plateau", default
            "cosine".
        max_epochs: Epochs at most, int, default 100.
        patience: Epochs without a better validation loss after which training stops, int,
            default 10.
        batch_size: Rows of a step, int, default 1024.
        virtual_batch_size: Rows of ghost batch normalisation, int, default 128.
        momentum: Of its running means, float, default 0.02, which wants hundreds of steps: fewer
            leave the means behind.
        validation_fraction: Share of the artists (of the rows, where fit() gets no groups) whose
            rows validate each epoch, float, default 0.15.
        random_state: Of weights, batches and validation rows, int, RandomState or None,
            default None.

    Attributes:
        classes_: The classes, in order, (classes,).
        network_: torch's module in float64, on the CPU.
        curve_: One row an epoch, deep.CURVE_COLUMNS.
        feature_importances_: Shares of 1 by the attention masks, (columns,).
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
        from pytorch_tabnet.tab_model import TabNetClassifier

        X, y = validate_data(self, X, y, dtype=np.float32, ensure_min_samples=2)
        check_classification_targets(y)
        self.classes_, codes = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError("a classifier needs rows of two classes at least, got one class")
        seed = early_stopping.seed_of(self.random_state)
        fit, validation = early_stopping.early_stopping_rows(
            len(X), self.validation_fraction, seed, groups=groups, linked=linked, classes=codes
        )
        parts = [(X[part], codes[part]) for part in (fit, validation)]
        self._fit(TabNetClassifier, seed, *parts, metric="logloss")
        return self

    def predict_proba(self, X: Any) -> np.ndarray:
        """Probabilities, float64 (rows, classes), in the order of classes_."""
        from scipy.special import softmax

        return softmax(self._forward(X), axis=1)

    def predict(self, X: Any) -> np.ndarray:
        """The likeliest class of each row."""
        likeliest = self.predict_proba(X).argmax(axis=1)
        return self.classes_[likeliest]


@contextlib.contextmanager
def _divergence_named(model: Any):
    """Weights gone astray make sparsemax or a metric fail with messages of their own."""
    try:
        yield
    except (RuntimeError, ValueError) as error:
        # not "if larger", which NaN would pass
        if not all(weight.abs().max() < _LARGEST_WEIGHT for weight in model.network.parameters()):
            raise ValueError(early_stopping.DIVERGED) from error
        raise


@contextlib.contextmanager
def _quiet():
    """Without what the library says at every fit.

    It prints and warns that it kept the best weights, as it should, and divides by the sum of
    importances, which may be 0.
    """
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Best weights from best epoch")
        warnings.filterwarnings("ignore", message="invalid value encountered in divide")
        yield
