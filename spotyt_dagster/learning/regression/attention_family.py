"""What the two attention networks share: kinds of track among the features, and their preparation.

The networks are estimators/attention.py's, their sizes each model's own file's.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from spotyt_dagster.learning.evaluation.feature_sets import available
from spotyt_dagster.learning.evaluation.task import PredictionTask
from spotyt_dagster.learning.regression.regressor import deep_problems

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

KINDS_OF_TRACK = ("Album_type", "Licensed", "is_children")
"""Categorical columns of no feature set: other models read numbers only. None is a count."""
CATEGORICAL = ("Key", *KINDS_OF_TRACK)
BINNED = ("publishedYear",)
BINS = 6


def with_kinds_of_track(problem: PredictionTask) -> PredictionTask:
    """The problem with the columns of KINDS_OF_TRACK that hold values among both feature sets."""
    extra, notes = available(problem.frame, KINDS_OF_TRACK)
    return replace(
        problem,
        study=(*problem.study, *extra),
        leak_free=(*problem.leak_free, *extra),
        notes=(*problem.notes, *notes),
    )


def deep_problems_with_kinds(tracks: pd.DataFrame, baseline: pd.DataFrame) -> list[PredictionTask]:
    """deep_problems() with the kinds of track."""
    return [with_kinds_of_track(problem) for problem in deep_problems(tracks, baseline)]


def behind_categories_and_numbers(model: Any, scaler: Any) -> Pipeline:
    """The estimator behind a preparation that marks categories by pandas' dtype.

    Key, Album_type, Licensed and is_children, as far as they are there, are categories as they are,
    publishedYear by sextiles; all other columns are numbers without gaps.

    Args:
        model: Unfitted estimator that reads categories from dtypes; the step "model".
        scaler: Unfitted transformer of the numbers.
    """
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import Pipeline, make_pipeline
    from sklearn.preprocessing import FunctionTransformer, KBinsDiscretizer

    impute = SimpleImputer(strategy="median", keep_empty_features=True)
    bins = KBinsDiscretizer(
        BINS, encode="ordinal", strategy="quantile", quantile_method="averaged_inverted_cdf"
    )
    categories = FunctionTransformer(_as_categories, feature_names_out="one-to-one")
    numbers: Any = make_pipeline(impute, scaler)
    prepare = ColumnTransformer(
        [
            ("category", categories, _named(CATEGORICAL)),
            ("bin", make_pipeline(impute, bins, categories), _named(BINNED)),
        ],
        remainder=numbers,
        verbose_feature_names_out=False,
    )
    return Pipeline([("prepare", prepare.set_output(transform="pandas")), ("model", model)])


def _named(columns: tuple[str, ...]) -> Any:
    """Those of the columns that a table has."""
    from sklearn.compose import make_column_selector

    return make_column_selector(pattern=f"^(?:{'|'.join(columns)})$")


def _as_categories(columns: pd.DataFrame) -> pd.DataFrame:
    return columns.astype("category")
