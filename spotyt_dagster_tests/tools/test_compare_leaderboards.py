"""A leaderboard differs from another by its figures, not by the time that a fit took."""

import sys

import numpy as np
import pandas as pd
import pytest

from tools import compare_leaderboards
from tools.compare_leaderboards import NAMED_BY, changed_figures


@pytest.fixture
def leaderboard() -> pd.DataFrame:
    names = dict.fromkeys(NAMED_BY, "x")
    figures = {"value": 0.1 + 0.2, "low": np.nan, "high": 1.0, "n_train": 4, "n_test": 2}
    rows = [{**names, **figures, "metric": metric, "fit_seconds": 1.0} for metric in ("r2", "rmse")]
    return pd.DataFrame(rows)


def test_the_same_figures_differ_in_nothing(leaderboard: pd.DataFrame):
    slower = leaderboard.sample(frac=1, random_state=0).assign(fit_seconds=9.0)
    assert changed_figures(leaderboard, slower).empty


def test_a_last_bit_is_a_difference(leaderboard: pd.DataFrame):
    (change,) = changed_figures(leaderboard, leaderboard.replace(0.1 + 0.2, 0.3)).groupby("figure")
    assert change[0] == "value"
    assert change[1][["metric", "old", "new"]].to_numpy().tolist() == [
        ["r2", 0.1 + 0.2, 0.3],
        ["rmse", 0.1 + 0.2, 0.3],
    ]


def test_a_missing_bound_and_a_known_one_differ(leaderboard: pd.DataFrame):
    changes = changed_figures(leaderboard, leaderboard.assign(low=0.0))
    assert changes["figure"].tolist() == ["low", "low"]


def test_a_row_of_one_side_alone_is_named(leaderboard: pd.DataFrame):
    (row,) = changed_figures(leaderboard, leaderboard[:1]).to_dict("records")
    assert (row["metric"], row["figure"], row["old"], row["new"]) == ("rmse", "row", 1, 0)


@pytest.mark.parametrize(
    ("variant", "columns"),
    [
        ("crawled", {"snapshot": "crawled", "detail": "", "fit_scale": "identity"}),
        ("baseline, k=3, all features",
         {"snapshot": "baseline", "detail": "k=3, all features", "fit_scale": "identity"}),
        ("crawled, fitted on log10", {"snapshot": "crawled", "detail": "", "fit_scale": "log10"}),
        ("crawled, k=3, fitted on log10",
         {"snapshot": "crawled", "detail": "k=3", "fit_scale": "log10"}),
    ],
)  # fmt: skip
def test_columns_say_what_the_variant_said(leaderboard: pd.DataFrame, variant: str, columns: dict):
    old = leaderboard.drop(columns=["snapshot", "detail", "fit_scale", "status"]).assign(
        variant=variant
    )
    new = leaderboard.assign(**columns, status="ok")
    assert changed_figures(old, new).empty


@pytest.mark.parametrize("status", ["failed", "not run"])
def test_a_status_says_what_the_metric_said(leaderboard: pd.DataFrame, status: str):
    one = leaderboard.head(1)
    old = one.drop(columns=["detail", "fit_scale", "status"]).assign(variant="none", metric=status)
    new = one.assign(snapshot="none", detail="", fit_scale="identity", status=status, metric="none")
    assert changed_figures(old, new).empty


def test_a_variant_of_another_form_is_refused(leaderboard: pd.DataFrame):
    with pytest.raises(ValueError, match="no known form: tomorrow"):
        changed_figures(leaderboard.assign(variant="tomorrow, k=3"), leaderboard)


def test_a_figure_that_stands_twice_cannot_be_compared(leaderboard: pd.DataFrame):
    with pytest.raises(ValueError, match="twice"):
        changed_figures(pd.concat([leaderboard, leaderboard]), leaderboard)


@pytest.mark.parametrize(("value", "code"), [(0.5, 1), (0.3, 0)])
def test_the_command_prints_and_exits(leaderboard, tmp_path, monkeypatch, capsys, value, code):
    old, new = tmp_path / "old.parquet", tmp_path / "new.parquet"
    leaderboard.assign(value=0.3).to_parquet(old)
    leaderboard.assign(value=value).to_parquet(new)
    monkeypatch.setattr(sys, "argv", ["compare", str(old), str(new)])
    assert compare_leaderboards.main() == code
    assert f"{2 * code} figures differ" in capsys.readouterr().out
