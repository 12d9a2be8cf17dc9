"""The plane and the surface of a classifier show the model that was fitted."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from spotyt_dagster.learning.classification.ranking import on_top_features
from spotyt_dagster.learning.evaluation.evaluate import (
    Evaluation,
    evaluate,
)
from spotyt_dagster.learning.evaluation.task import (
    classification_problem,
)
from spotyt_dagster.learning.inspection.decision_surface import (
    GRID,
    projected,
    surface,
)


@pytest.fixture(scope="module")
def retrained(tracks, settings) -> Evaluation:
    """Three features, standardised, in a model with probabilities."""
    problem = classification_problem(tracks)
    line = LogisticRegression()
    return evaluate(
        on_top_features(line, line, 3, scale=True), problem, "grouped", settings, model="m"
    )


def test_the_surface_is_that_of_the_fitted_model(retrained) -> None:
    shown = surface(retrained, seed=0)
    assert shown.probability.shape == (GRID, GRID, GRID)
    X, _ = retrained.test_rows()
    row = X.iloc[[0]].copy()
    row[list(shown.points)] = [values[0] for values in shown.grid]
    expected = retrained.estimator.predict_proba(row)[0, 1]
    assert shown.probability[0, 0, 0] == pytest.approx(expected)


def test_the_points_beside_the_surface_are_test_rows_inside_its_space(retrained) -> None:
    shown = surface(retrained, seed=0)
    X, y = retrained.test_rows()
    assert set(shown.points.index) <= set(X.index)
    assert (shown.actual == y.loc[shown.points.index]).all()
    for values, (_, column) in zip(shown.grid, shown.points.items(), strict=True):
        assert column.between(values[0], values[-1]).all()


def test_the_plane_holds_every_test_row_with_its_prediction(retrained) -> None:
    table = projected(retrained)
    first = retrained.predictions.query("fold == 0")
    assert np.array_equal(table["predicted"], first["prediction"])
    assert np.array_equal(table["actual"], first["y"])
    # components of standardised training rows: the first one carries more than the second
    assert table["x"].var() > table["y"].var() > 0
