"""One fit on one split's training rows, and its predictions for the test rows.

Where the split comes from and what the predictions are worth is evaluate.py's.
"""

from __future__ import annotations

import time
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
class Fit:
    """A fitted estimator and its predictions.

    Attributes:
        estimator: fitted on the split's training rows.
        split: positions of rows.
        predictions: one row a test row: row (int64), y, prediction, and for classifiers score
            (float64).
        probabilities: whether scores are probabilities of class 1.
        seconds: of the fit alone.
    """

    estimator: Any
    split: Split
    predictions: pd.DataFrame
    probabilities: bool
    seconds: float


def fit_split(estimator: Any, problem: PredictionTask, columns: Columns, split: Split) -> Fit:
    """Fit a clone of the estimator on the training rows and predict the test rows.

    Raises:
        ValueError: the training rows hold one class only, or a prediction is not finite.
    """
    fitted, seconds = fit_rows(estimator, problem, columns, split.train)
    with determinism.one_thread():
        predictions, probabilities = _predict(
            fitted, problem, problem.inputs(columns).iloc[split.test]
        )
    predictions.insert(1, "y", problem.y.iloc[split.test].to_numpy())
    return Fit(fitted, split, predictions, probabilities, seconds)


def fit_rows(
    estimator: Any, problem: PredictionTask, columns: Columns, rows: np.ndarray
) -> tuple[Any, float]:
    """A clone of the estimator fitted on the rows at these positions, and the seconds of the fit.

    Folds and validation parts inside the fit learn whose each row is.

    Raises:
        ValueError: the rows hold one class only.
    """
    import sklearn
    from sklearn.base import clone

    X, y = problem.inputs(columns).iloc[rows], problem.y.iloc[rows]
    if problem.task == "classification" and y.nunique() < 2:
        raise ValueError(f"the training rows hold one class of {problem.target} only")
    metadata = metadata_for(estimator, problem.frame.iloc[rows])
    # the context is a thread's own, so it is entered here, where the threads of folds meet
    with determinism.one_thread(), sklearn.config_context(enable_metadata_routing=True):
        start = time.perf_counter()
        unfitted: Any = clone(estimator)
        fitted = unfitted.fit(X, y, **metadata)
        seconds = time.perf_counter() - start
    determinism.set_single_job(fitted)
    return fitted, seconds


def metadata_for(estimator: Any, frame: pd.DataFrame) -> dict[str, np.ndarray]:
    """What the estimator, or anything inside it, asks for at fit(), of splits.kept_apart().

    A pipeline refuses what none of its steps asks for, so nothing else may be handed to it. That
    is not `consumes()`, which in scikit-learn 1.9.1 does not see through a selector in a pipeline.

    Args:
        estimator: Unfitted.
        frame: The rows to fit on, in the order of X.
    """
    from sklearn.utils.metadata_routing import MetadataRouter, MethodMapping

    from spotyt_dagster.learning.evaluation.splits import kept_apart

    router = MetadataRouter(owner="fit_rows").add(
        estimator=estimator, method_mapping=MethodMapping().add(caller="fit", callee="fit")
    )
    return dict(router.route_params(caller="fit", params=kept_apart(frame))["estimator"]["fit"])


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
