"""Steps that go before an estimator, fitted on training rows together with it.

Everything learnt from rows (medians, means, chosen columns) belongs inside the pipeline, so that
test rows never take part in it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sklearn.feature_selection import SelectorMixin
    from sklearn.pipeline import Pipeline


def imputed(
    estimator: Any, *, scale: bool = False, select: SelectorMixin | None = None
) -> Pipeline:
    """The estimator behind a median imputer and, where given, a scaler and a selector.

    Input and the estimator's own input are DataFrames with named float64 columns and the rows'
    index, so importances keep their names. A column that is empty in the training rows is filled
    with 0.

    Args:
        estimator: Unfitted; the step "model".
        scale: Whether a standard scaler, the step "scale", follows the imputer, "impute".
        select: Unfitted selector of features before the estimator; the step "select".
    """
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import StandardScaler

    steps: list = [("impute", SimpleImputer(strategy="median", keep_empty_features=True))]
    if scale:
        steps.append(("scale", StandardScaler()))
    if select is not None:
        steps.append(("select", select))
    # set on the steps, not on the pipeline: it would reach into the estimator, which may be no
    # transformer of scikit-learn's
    for _, step in steps:
        step.set_output(transform="pandas")
    return Pipeline([*steps, ("model", estimator)])
