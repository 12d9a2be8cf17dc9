"""What a model looks at: its own word for it, and what shuffling a column costs on test rows."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeRegressor

from spotyt_dagster.learning.importance import importance_table, own_importances
from spotyt_dagster.learning.pipelines import imputed
from spotyt_dagster.learning.problem import regression_problem
from spotyt_dagster.learning.protocol import evaluate


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
