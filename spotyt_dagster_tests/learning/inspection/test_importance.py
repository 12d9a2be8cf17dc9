"""What a model looks at: its own word for it, and what shuffling a column costs on test rows."""

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeRegressor

from spotyt_dagster.learning.evaluation.evaluate import evaluate
from spotyt_dagster.learning.evaluation.task import regression_problem
from spotyt_dagster.learning.inspection.importance import (
    importance_table,
    own_importances,
)
from spotyt_dagster.learning.pipelines import imputed


def test_weights_count_by_their_size_as_shares_of_one() -> None:
    model = LogisticRegression()
    model.coef_ = np.array([[3.0, -1.0]])
    assert own_importances(model) == pytest.approx([0.75, 0.25])
    assert own_importances(SVC()) is None


def test_the_telling_column_comes_first_by_both_measures(baseline, settings) -> None:
    problem = regression_problem(baseline.assign(Views=baseline["Tempo"] * 1e6))
    tree = imputed(DecisionTreeRegressor(max_depth=4, random_state=0))
    study = evaluate(tree, problem, "study", settings, model="m")
    table = importance_table(study, "impurity", scoring="r2", rows=100, repeats=2, seed=0)
    assert table["feature"].iloc[0] == "Tempo"
    assert table["impurity"].idxmax() == 0
    assert table["impurity"].sum() == pytest.approx(1)
    assert table["permutation"].iloc[0] > 0.5
    assert set(table["feature"]) == set(study.columns)


def test_by_artist_every_fold_is_asked_about_its_own_test_rows(baseline, settings) -> None:
    """A column that tells the target for artists met in training alone is worth nothing."""
    artists = pd.factorize(baseline["Artist"])[0]
    frame = baseline.assign(Tempo=artists.astype(float), Views=(artists * 7919 % 97 + 1) * 1e6)
    problem = regression_problem(frame).with_features("Tempo", "Energy")
    tree = imputed(DecisionTreeRegressor(random_state=0))
    by_artist = evaluate(tree, problem, "grouped", settings, model="m")
    random = evaluate(tree, problem, "study", settings, model="m")
    table, study = (
        importance_table(found, "impurity", scoring="r2", rows=500, repeats=3, seed=0)
        for found in (by_artist, random)
    )
    by_hand = []
    for fitted, split in zip(by_artist.estimators, by_artist.splits, strict=True):
        X, y = problem.inputs(by_artist.columns).iloc[split.test], problem.y.iloc[split.test]
        X, y = X.iloc[: len(X) // 2], y.iloc[: len(y) // 2]
        shuffled = X.assign(Tempo=X["Tempo"].sample(frac=1, random_state=1).to_numpy())
        by_hand.append(fitted.score(X, y) - fitted.score(shuffled, y))
    lost = table.set_index("feature")["permutation"]
    assert study.set_index("feature")["permutation"]["Tempo"] > 1
    assert lost["Tempo"] < 0.5
    assert lost["Tempo"] == pytest.approx(np.mean(by_hand), abs=0.3)
    own = np.array([own_importances(fitted[-1]) for fitted in by_artist.estimators])
    assert table.set_index("feature")["impurity"].reindex(by_artist.columns).tolist() == (
        pytest.approx(own.mean(axis=0).tolist())
    )
