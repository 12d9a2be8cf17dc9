"""Which features a fitted classifier looks at, and the model once more on its top ones.

Rankings are made on training rows alone; what the pictures show beside them, permutation on test
rows, never steers a fit.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from sklearn.inspection import permutation_importance

from spotyt_dagster.learning.determinism import pinned
from spotyt_dagster.learning.fitting import Recipe, TrainingRows
from spotyt_dagster.learning.pipelines import imputed
from spotyt_dagster.learning.protocol import Evaluation

RANKING_ROWS = 500  # an SVM's ranking on 500 of its rows takes 0.45 s a fit

Ranking = dict[bytes, list[str]]
"""Features, most important first, by the training rows they were ranked on."""


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


def rank_features(*evaluations: Evaluation, seed: int) -> Ranking:
    """Each fit's features by its own importances, else by permutation on its training rows."""
    ranking = {}
    for evaluation in evaluations:
        problem, columns = evaluation.problem, evaluation.columns
        for fitted, split in zip(evaluation.estimators, evaluation.splits, strict=True):
            X = problem.inputs(columns).iloc[split.train]
            own = own_importances(fitted[-1])
            if own is None:
                y = problem.y.iloc[split.train]
                own, _ = permuted(
                    fitted, X, y, scoring="roc_auc", rows=RANKING_ROWS, repeats=1, seed=seed
                )
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


def importance_table(
    evaluation: Evaluation, own: str, *, rows: int, repeats: int, seed: int
) -> pd.DataFrame:
    """Own and permutation importances of the fitted model, most important first.

    Columns: feature, permutation (mean loss of accuracy on at most `rows` test rows, each column
    shuffled `repeats` times), permutation_sd, and `own` (shares of 1) where the model has any.
    """
    X, y = evaluation.test_rows()
    mean, sd = permuted(
        evaluation.estimator, X, y, scoring="accuracy", rows=rows, repeats=repeats, seed=seed
    )
    table = pd.DataFrame({"feature": evaluation.columns, "permutation": mean, "permutation_sd": sd})
    importances = own_importances(evaluation.estimator[-1])
    if importances is not None:
        table[own] = importances
    return table.sort_values("permutation", ascending=False, ignore_index=True)


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


def _key(X: pd.DataFrame) -> bytes:
    return X.index.to_numpy().tobytes()
