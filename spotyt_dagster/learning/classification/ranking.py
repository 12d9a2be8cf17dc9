"""A classifier on its top features, which each fit ranks on its own training rows.

What the pictures show beside them, permutation on test rows (importance.py), never steers a fit.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from spotyt_dagster.learning.evaluation.evaluate import Evaluation
from spotyt_dagster.learning.inspection.importance import own_importances
from spotyt_dagster.learning.pipelines import imputed

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

    from spotyt_dagster.learning.estimators.permutation import PermutationImportances


def on_top_features(estimator: Any, ranker: Any, top: int, *, scale: bool) -> Pipeline:
    """The unfitted classifier on the features that are most important to another.

    Args:
        estimator: Unfitted.
        ranker: Unfitted estimator with importances or weights, often the same.
        top: Number of features.
        scale: Whether both see standardised features.
    """
    from sklearn.feature_selection import SelectFromModel

    select = SelectFromModel(ranker, max_features=top, threshold=-np.inf)
    return imputed(estimator, scale=scale, select=select)


def by_permutation(estimator: Any, seed: int) -> PermutationImportances:
    """The ranker of a classifier that has neither importances nor weights."""
    from spotyt_dagster.learning.estimators.permutation import PermutationImportances

    return PermutationImportances(estimator, scoring="roc_auc", random_state=seed)


def ranking_table(evaluations: Sequence[Evaluation]) -> pd.DataFrame:
    """The chosen features, most important first.

    Columns: fit (0 the 8:2 split, 1 to 5 the folds by artist), rank, feature.

    Args:
        evaluations: Of on_top_features(): random split, then by artist.
    """
    fits = [fitted for evaluation in evaluations for fitted in evaluation.estimators]
    return pd.DataFrame(
        [
            {"fit": fit, "rank": rank, "feature": feature}
            for fit, fitted in enumerate(fits)
            for rank, feature in enumerate(top_features(fitted), start=1)
        ]
    )


def top_features(fitted: Pipeline) -> list[str]:
    """The features that a fitted pipeline of on_top_features() chose, most important first."""
    select: Any = fitted["select"]
    importances = pd.Series(own_importances(select.estimator_), select.feature_names_in_)
    ranked = importances.sort_values(ascending=False, kind="stable").index
    chosen = set(select.get_feature_names_out())
    return [str(name) for name in ranked if name in chosen]
