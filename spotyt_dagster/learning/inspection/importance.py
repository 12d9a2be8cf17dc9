"""What a fitted model looks at: its own importances, and what shuffling a column costs it.

For pictures and tables. What these say of test rows never steers a fit.
"""

from typing import Any

import numpy as np
import pandas as pd

from spotyt_dagster.learning.determinism import deterministic
from spotyt_dagster.learning.evaluation.evaluate import Evaluation, sampled


def importance_table(
    evaluation: Evaluation, own: str, *, scoring: str, rows: int, repeats: int, seed: int
) -> pd.DataFrame:
    """Own and permutation importances of an evaluation's pipelines, most important first.

    Columns: feature, permutation (mean loss of `scoring` on at most `rows` test rows, each column
    shuffled `repeats` times), permutation_sd, and `own` (shares of 1) where the model has any.
    With several folds each fit is asked about its own test rows, an equal part of `rows`, and the
    means over the folds are given; permutation_sd is over all folds' shufflings.
    """
    problem = evaluation.problem
    X, y = problem.inputs(evaluation.columns), problem.y
    fits = list(zip(evaluation.estimators, evaluation.splits, strict=True))
    lost = []
    for fitted, split in fits:
        # by class, as ROC AUC needs both
        asked = sampled(split.test, problem, rows // len(fits), seed)
        lost.append(
            permuted(
                fitted, X.iloc[asked], y.iloc[asked], scoring=scoring, repeats=repeats, seed=seed
            )
        )
    shuffled = np.concatenate(lost, axis=1)
    table = pd.DataFrame(
        {
            "feature": evaluation.columns,
            "permutation": shuffled.mean(axis=1),
            "permutation_sd": shuffled.std(axis=1),
        }
    )
    importances = [own_importances(fitted[-1]) for fitted, _ in fits]
    if known := [shares for shares in importances if shares is not None]:
        table[own] = np.mean(known, axis=0)
    return table.sort_values("permutation", ascending=False, ignore_index=True)


def own_importances(model: Any) -> np.ndarray | None:
    """What a fitted model says of its features, as shares of 1: float64 of shape (features,).

    Its feature_importances_, or the size of a linear model's weights; None where it has neither.
    Weights compare only when the features were standardised.
    """
    if hasattr(model, "feature_importances_"):
        own = np.asarray(model.feature_importances_, dtype=float)
    elif hasattr(model, "coef_"):
        own = np.abs(np.asarray(model.coef_, dtype=float)).reshape(-1)
    else:
        return None
    return own / own.sum() if own.any() else own


def permuted(
    fitted: Any, X: pd.DataFrame, y: pd.Series, *, scoring: str, repeats: int, seed: int
) -> np.ndarray:
    """The score lost when a column is shuffled, float64 (columns, repeats)."""
    from sklearn.inspection import permutation_importance

    with deterministic(seed):
        lost: Any = permutation_importance(
            fitted, X, y, scoring=scoring, n_repeats=repeats, random_state=seed
        )
    return lost.importances
