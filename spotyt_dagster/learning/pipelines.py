"""Steps that go before an estimator, fitted on training rows together with it.

Everything learnt from rows (medians, means, chosen columns) belongs inside the pipeline, so that
test rows never take part in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from spotyt_dagster.tables.release import CHANNEL, TITLE, TITLE_COMPONENTS

if TYPE_CHECKING:
    from sklearn.feature_selection import SelectorMixin
    from sklearn.pipeline import Pipeline

    from spotyt_dagster.learning.evaluation.feature_sets import Task


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


def with_names(
    estimator: Any,
    columns: Sequence[str],
    task: Task,
    *,
    scale: bool = False,
    random_state: int | None = None,
) -> Pipeline:
    """imputed() behind the numbers that are learnt from names, Channel and Title.

    A channel is the mean target of its tracks, shrunk by how few they are; training rows take it
    from folds with neither artist nor video in common, other rows from all training rows. A title
    is its trigrams of letters, weighted by how rare they are, in 40 components: seen on training
    rows of the real table, longer or more n-grams were worth less than 0.001 and took up to three
    times as long (0.6 s a fit).

    Args:
        estimator: Unfitted; the step "model".
        columns: Names of the input's columns; of Channel and Title, those that are among them are
            made numbers.
        task: Of the estimator, regression or classification.
        scale: As of imputed().
        random_state: Of the components, int or None, default None.
    """
    from sklearn.compose import ColumnTransformer
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import TargetEncoder

    from spotyt_dagster.learning.evaluation.splits import inner_folds

    # named, as views are whole numbers, in which scikit-learn would see as many classes
    kind = {"regression": "continuous", "classification": "binary"}[task]
    trigrams = TfidfVectorizer(
        analyzer="char",
        ngram_range=(3, 3),
        min_df=0.002,  # pyright: ignore[reportArgumentType]
        sublinear_tf=True,
        dtype=np.float32,  # pyright: ignore[reportArgumentType]
    )
    components = TruncatedSVD(TITLE_COMPONENTS, random_state=random_state)
    encoders = {
        CHANNEL.name: (
            TargetEncoder(
                target_type=kind,
                cv=inner_folds(),  # pyright: ignore[reportArgumentType]
            ),
            [CHANNEL.name],
        ),
        TITLE.name: (Pipeline([("trigrams", trigrams), ("components", components)]), TITLE.name),
    }
    numbers = ColumnTransformer(
        [(name, *encoder) for name, encoder in encoders.items() if name in columns],
        remainder="passthrough",
        verbose_feature_names_out=False,
    )
    return Pipeline([("names", numbers), *imputed(estimator, scale=scale).steps])
