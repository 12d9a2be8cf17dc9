"""The features of a classifier, ranked, and the model once more on its top ones.

Rankings are made on training rows alone; what the pictures show beside them, permutation on test
rows (importance.py), never steers a fit.
"""

from collections.abc import Callable
from typing import Any

import pandas as pd

from spotyt_dagster.learning.evaluation.evaluate import Evaluation
from spotyt_dagster.learning.evaluation.fitting import Recipe, TrainingRows
from spotyt_dagster.learning.inspection.importance import (
    own_importances,
    permuted,
)
from spotyt_dagster.learning.pipelines import imputed

RANKING_ROWS = 500  # an SVM's ranking on 500 of its rows takes 0.45 s a fit

Ranking = dict[bytes, list[str]]
"""Features, most important first, by the training rows they were ranked on."""


def rank_features(*evaluations: Evaluation, seed: int) -> Ranking:
    """Each fit's features by its own importances, else by permutation on its training rows."""
    ranking = {}
    for evaluation in evaluations:
        problem, columns = evaluation.problem, evaluation.columns
        for fitted, split in zip(evaluation.estimators, evaluation.splits, strict=True):
            X = problem.inputs(columns).iloc[split.train]
            own = own_importances(fitted[-1])
            if own is None:
                asked = X.sample(min(RANKING_ROWS, len(X)), random_state=seed)
                y = problem.y.loc[asked.index]
                own = permuted(fitted, asked, y, scoring="roc_auc", repeats=1, seed=seed)[:, 0]
            ranked = pd.Series(own, columns).sort_values(ascending=False, kind="stable")
            ranking[_key(X)] = list(ranked.index)
    return ranking


def on_top_features(
    make: Callable[[], Any], ranking: Ranking, top: int, *, scale: bool = False
) -> Recipe:
    """Recipe: the model on the `top` features that the earlier fit on these same rows ranked."""

    def recipe(training: TrainingRows) -> Any:
        return imputed(make(), scale=scale, columns=ranking[_key(training.X)][:top])

    return recipe


def ranking_table(ranking: Ranking, top: int) -> pd.DataFrame:
    """The chosen features: fit 0 is the 8:2 split, 1 to 5 the folds by artist."""
    return pd.DataFrame(
        [
            {"fit": fit, "rank": rank, "feature": feature}
            for fit, ranked in enumerate(ranking.values())
            for rank, feature in enumerate(ranked[:top], start=1)
        ]
    )


def _key(X: pd.DataFrame) -> bytes:
    return X.index.to_numpy().tobytes()
