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
    shuffled `repeats` times), permutation_sd, and `own` (shares of 1) where the pipeline's last
    step has feature_importances_.
    """
    X, y = evaluation.test_rows()
    X = X.sample(min(rows, len(X)), random_state=seed)
    with pinned(seed):
        lost: Any = permutation_importance(
            evaluation.estimator,
            X,
            y.loc[X.index],
            scoring=scoring,
            n_repeats=repeats,
            random_state=seed,
        )
    table = pd.DataFrame(
        {
            "feature": evaluation.columns,
            "permutation": lost.importances_mean,
            "permutation_sd": lost.importances_std,
        }
    )
    model = evaluation.estimator[-1]
    if hasattr(model, "feature_importances_"):
        shares = np.asarray(model.feature_importances_, dtype=float)
        table[own] = shares / shares.sum() if shares.any() else shares
    return table.sort_values("permutation", ascending=False, ignore_index=True)
