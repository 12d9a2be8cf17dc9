"""One fit on one split's training rows, and its predictions for the test rows.

Where the split comes from and what the predictions are worth is evaluate.py's.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from spotyt_dagster.learning import determinism
from spotyt_dagster.learning.evaluation.feature_sets import Columns
from spotyt_dagster.learning.evaluation.task import PredictionTask

if TYPE_CHECKING:
    from spotyt_dagster.learning.evaluation.splits import Split


@dataclass(frozen=True)
class TrainingRows:
    """What a recipe may look at: training rows only, each indexed by `row`.

    `X` is the model input (float64, text columns as they are), `y` the target, `artists` the
    Artist of each row, for validation parts cut by artist (validation_split).
    """

    X: pd.DataFrame
    y: pd.Series
    artists: pd.Series
    seed: int


Recipe = Callable[[TrainingRows], Any]
"""Makes the unfitted estimator from training rows: for K, alpha or features picked on them."""


@dataclass(frozen=True)
class Fit:
    """A fitted estimator and its predictions: row (int64), y, prediction, and for classifiers
    score (float64), a probability of class 1 where `probabilities`. `seconds` is the fit alone.
    """

    estimator: Any
    split: Split
    predictions: pd.DataFrame
    probabilities: bool
    seconds: float


def fit_split(
    estimator: Any | Recipe, problem: PredictionTask, columns: Columns, seed: int, split: Split
) -> Fit:
    """Fit a clone of the estimator, or what the recipe makes, and predict the test rows.

    Raises ValueError where the training rows hold one class only or a prediction is not finite.
    """
    fitted, seconds = fit_rows(estimator, problem, columns, seed, split.train)
    with determinism.one_thread():
        predictions, probabilities = _predict(
            fitted, problem, problem.inputs(columns).iloc[split.test]
        )
    predictions.insert(1, "y", problem.y.iloc[split.test].to_numpy())
    return Fit(fitted, split, predictions, probabilities, seconds)


def fit_rows(
    estimator: Any | Recipe, problem: PredictionTask, columns: Columns, seed: int, rows: np.ndarray
) -> tuple[Any, float]:
    """A clone of the estimator, or what the recipe makes, fitted on the rows at these positions,
    and the seconds of the fit.

    Raises ValueError where the rows hold one class only.
    """
    from sklearn.base import clone

    training = TrainingRows(
        problem.inputs(columns).iloc[rows],
        problem.y.iloc[rows],
        problem.frame["Artist"].iloc[rows],
        seed,
    )
    if problem.task == "classification" and training.y.nunique() < 2:
        raise ValueError(f"the training rows hold one class of {problem.target} only")
    with determinism.one_thread():
        start = time.perf_counter()
        made: Any = clone(estimator) if hasattr(estimator, "get_params") else estimator(training)
        fitted = made.fit(training.X, training.y)
        seconds = time.perf_counter() - start
    determinism.set_single_job(fitted)
    return fitted, seconds


def _predict(fitted: Any, problem: PredictionTask, X: pd.DataFrame) -> tuple[pd.DataFrame, bool]:
    predicted = np.asarray(fitted.predict(X)).reshape(len(X))
    if not np.isfinite(predicted).all():
        raise ValueError(f"{(~np.isfinite(predicted)).sum()} predictions are not finite")
    table = pd.DataFrame({"row": X.index.to_numpy(), "prediction": predicted})
    if problem.task == "regression":
        return table.astype({"prediction": float}), False
    probabilities = hasattr(fitted, "predict_proba")
    score = fitted.predict_proba(X)[:, 1] if probabilities else fitted.decision_function(X)
    return table.assign(score=np.asarray(score, dtype=float)), probabilities
