"""What a fitted model looks at: its own importances, and what shuffling a column costs it.

For pictures and tables. What these say of test rows never steers a fit.
"""

from typing import Any

import numpy as np
import pandas as pd
from sklearn.inspection import permutation_importance

from spotyt_dagster.learning.determinism import pinned
from spotyt_dagster.learning.protocol import Evaluation


def importance_table(
    evaluation: Evaluation, own: str, *, scoring: str, rows: int, repeats: int, seed: int
) -> pd.DataFrame:
    """Own and permutation importances of an evaluation's (first) pipeline, most important first.

    Columns: feature, permutation (mean loss of `scoring` on at most `rows` test rows, each column
    shuffled `repeats` times), permutation_sd, and `own` (shares of 1) where the model has any.
    """
    X, y = evaluation.test_rows()
    mean, sd = permuted(
        evaluation.estimator, X, y, scoring=scoring, rows=rows, repeats=repeats, seed=seed
    )
    table = pd.DataFrame({"feature": evaluation.columns, "permutation": mean, "permutation_sd": sd})
    importances = own_importances(evaluation.estimator[-1])
    if importances is not None:
        table[own] = importances
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
    fitted: Any, X: pd.DataFrame, y: pd.Series, *, scoring: str, rows: int, repeats: int, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation of the score lost when a column is shuffled, (columns,)."""
    X = X.sample(min(rows, len(X)), random_state=seed)
    with pinned(seed):
        lost: Any = permutation_importance(
            fitted, X, y.loc[X.index], scoring=scoring, n_repeats=repeats, random_state=seed
        )
    return lost.importances_mean, lost.importances_std
