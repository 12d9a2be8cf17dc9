"""Lasso regression: linear with a penalty that drops features."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from spotyt_dagster.learning.pipelines import imputed
from spotyt_dagster.learning.regression.linear_family import CURVE_COLUMNS, with_penalty
from spotyt_dagster.learning.regression.regressor import Regressor
from spotyt_dagster.settings import LearningSettings

if TYPE_CHECKING:
    from sklearn.linear_model import LassoCV
    from sklearn.pipeline import Pipeline

PENALTIES = 30


def estimator(_: LearningSettings) -> Pipeline:
    """Unfitted lasso with the penalty that has the least MSE over the folds.

    It is one of 30, down from the one that drops all features.
    """
    from sklearn.linear_model import LassoCV

    from spotyt_dagster.learning.evaluation.splits import inner_folds

    search = LassoCV(alphas=PENALTIES, cv=inner_folds(), max_iter=20_000)
    return imputed(search, scale=True)


def penalty_curve(fitted: LassoCV) -> pd.DataFrame:
    """The path as CURVE_COLUMNS, one row an alpha."""
    rmse = np.sqrt(fitted.mse_path_)
    mean = np.sqrt(fitted.mse_path_.mean(axis=1))
    columns = (fitted.alphas_, mean, rmse.min(axis=1), rmse.max(axis=1))
    return pd.DataFrame(dict(zip(CURVE_COLUMNS, columns, strict=True)))


MODEL = Regressor(
    name="lasso",
    title="Lasso",
    description=(
        "Linear regression that sets coefficients to zero, by a penalty chosen on training folds."
    ),
    estimator=estimator,
    look=with_penalty(penalty_curve),
)
