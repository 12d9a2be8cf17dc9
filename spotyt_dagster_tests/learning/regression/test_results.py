"""Errors by the size of what was to be predicted."""

import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression

from spotyt_dagster.learning.evaluation.evaluate import evaluate
from spotyt_dagster.learning.evaluation.task import regression_problem
from spotyt_dagster.learning.pipelines import imputed
from spotyt_dagster.learning.regression.results import (
    counts,
    error_by_size,
)


def test_errors_are_ratios_by_size() -> None:
    table = pd.DataFrame(
        {"y": [5e5, 5e5, 5e5, 3e9, 0.0], "prediction": [5e5, 1e6, 2e6, 1.5e9, 7.0]}
    )
    errors = error_by_size(table)
    smallest, *_, largest = errors[["size", "n", "low", "middle", "high"]].to_numpy().tolist()
    assert smallest == ["below 1M", 3, 1.5, 2, 3]
    assert largest == ["above 2B", 1, 0.5, 0.5, 0.5]
    assert errors["n"].sum() == 4


def test_log_predictions_are_read_as_counts(baseline, settings) -> None:
    problem = regression_problem(baseline, "log10_Views")
    study = evaluate(imputed(LinearRegression()), problem, "study", settings, model="m")
    actual = counts(study).set_index("row")["y"]
    assert actual.to_numpy() == pytest.approx(baseline["Views"].loc[actual.index].to_numpy())
