"""Ridge regression: linear with a penalty on squared coefficients."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from spotyt_dagster.learning.pipelines import imputed
from spotyt_dagster.learning.regression.linear_family import CURVE_COLUMNS, with_penalty
from spotyt_dagster.learning.regression.regressor import Regressor
from spotyt_dagster.settings import LearningSettings

if TYPE_CHECKING:
    from sklearn.model_selection import GridSearchCV
    from sklearn.pipeline import Pipeline

ALPHAS = np.logspace(0, 5, 6)


def estimator(_: LearningSettings) -> Pipeline:
    """Unfitted ridge with the alpha of ALPHAS that has the least MSE over the folds."""
    from sklearn.linear_model import Ridge
    from sklearn.model_selection import GridSearchCV

    from spotyt_dagster.learning.evaluation.splits import inner_folds

    search = GridSearchCV(
        Ridge(),
        {"alpha": ALPHAS},
        cv=inner_folds(),
        scoring="neg_mean_squared_error",
    )
    return imputed(search, scale=True)


def penalty_curve(fitted: GridSearchCV) -> pd.DataFrame:
    """The search as CURVE_COLUMNS, one row an alpha."""
    folds = range(fitted.n_splits_)
    mse = np.column_stack([-fitted.cv_results_[f"split{fold}_test_score"] for fold in folds])
    rmse = np.sqrt(mse)
    columns = (ALPHAS, np.sqrt(mse.mean(axis=1)), rmse.min(axis=1), rmse.max(axis=1))
    return pd.DataFrame(dict(zip(CURVE_COLUMNS, columns, strict=True)))


MODEL = Regressor(
    name="ridge",
    title="Ridge",
    description=(
        "Linear regression that shrinks its coefficients, by a penalty chosen on training folds."
    ),
    estimator=estimator,
    look=with_penalty(penalty_curve),
)
