"""The leaderboard: everything, best first, whatever order the models came in."""

import numpy as np
import pandas as pd
import pytest
from sklearn.dummy import DummyRegressor
from sklearn.linear_model import LinearRegression

from spotyt_dagster.learning.leaderboard import leaderboard
from spotyt_dagster.learning.pipelines import imputed
from spotyt_dagster.learning.problem import regression_problem
from spotyt_dagster.learning.protocol import all_metrics, side_by_side
from spotyt_dagster.learning.result import METRIC_COLUMNS, metric_rows, run_model


@pytest.fixture(scope="module")
def tables(baseline, settings) -> list[pd.DataFrame]:
    problem = regression_problem(baseline, "log10_Views")
    return [
        all_metrics(*side_by_side(imputed(estimator), problem, settings, model=name))
        for name, estimator in (("mean", DummyRegressor()), ("linear", LinearRegression()))
    ]


def failing(_tracks, _baseline, _settings):
    raise ValueError("too few rows")


def test_the_better_model_comes_first_and_all_rows_are_kept(tables) -> None:
    board = leaderboard(tables)
    assert list(board.columns) == METRIC_COLUMNS
    assert board["model"].unique().tolist() == ["linear", "mean"]
    assert len(board) == sum(map(len, tables))
    of_linear = board[board["model"] == "linear"]
    assert of_linear["protocol"].unique().tolist() == ["study", "grouped"]
    assert of_linear["metric"].head(3).tolist() == ["mse", "rmse", "nrmse"]


def test_the_order_of_models_does_not_matter(tables) -> None:
    pd.testing.assert_frame_equal(leaderboard(tables), leaderboard(reversed(tables)))


def test_the_leak_audit_comes_after_the_models_it_would_beat(tables) -> None:
    audit = tables[0].assign(model="leak_audit", value=0.99)
    board = leaderboard([audit, *tables])
    assert board["model"].unique().tolist() == ["linear", "mean", "leak_audit"]


def test_tasks_come_in_the_studys_order_and_failures_last(tables, baseline, settings) -> None:
    failed = run_model(failing, baseline, baseline, settings).metrics.assign(task="regression")
    clusters = metric_rows(
        {"silhouette": 0.2},
        frame=baseline,
        settings=settings,
        task="clustering",
        model="kmeans",
        variant="baseline",
        features="audio",
    )
    board = leaderboard([failed, *tables, clusters])
    assert board["model"].unique().tolist() == ["kmeans", "linear", "mean", "failing"]
    assert np.isnan(board["value"].iloc[-1])
    assert board["note"].iloc[-1] == "ValueError: too few rows"


def test_no_models_give_an_empty_board() -> None:
    assert list(leaderboard([]).columns) == METRIC_COLUMNS
