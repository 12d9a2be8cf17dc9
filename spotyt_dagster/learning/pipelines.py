"""Steps that go before an estimator, fitted on training rows together with it.

Everything learnt from rows (medians, means, chosen columns) belongs inside the pipeline, so that
test rows never take part in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sklearn.base import BaseEstimator
    from sklearn.pipeline import Pipeline


def imputed(
    estimator: BaseEstimator, *, scale: bool = False, columns: Sequence[str] | None = None
) -> Pipeline:
    """The estimator behind a median imputer and, where `scale`, a standard scaler.

    Input and the estimator's own input are DataFrames with named float64 columns and the rows'
    index, so importances keep their names. A column that is empty in the training rows is filled
    with 0. With `columns` only those are handed on.
    """
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import StandardScaler

    steps: list = []
    if columns is not None:
        keep = ColumnTransformer([("keep", "passthrough", list(columns))])
        steps.append(("columns", keep.set_params(verbose_feature_names_out=False)))
    steps.append(("impute", SimpleImputer(strategy="median", keep_empty_features=True)))
    if scale:
        steps.append(("scale", StandardScaler()))
    # set on the steps, not on the pipeline: it would reach into the estimator, which may be no
    # transformer of scikit-learn's
    for _, step in steps:
        step.set_output(transform="pandas")
    return Pipeline([*steps, ("model", estimator)])
