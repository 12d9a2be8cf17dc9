"""The study's figures beside ours."""

import numpy as np
import pandas as pd
import pytest

from spotyt_dagster.learning.classification import random_forest, tabpfn_classifier
from spotyt_dagster.learning.regression import knn, ols
from spotyt_dagster.learning.runner import run_model
from spotyt_dagster.reporting.ranking import leaderboard
from spotyt_dagster.reporting.study_comparison import study_comparison, study_figures
from spotyt_dagster_tests.learning.factories import failing_model


@pytest.fixture(scope="module")
def board(tracks, baseline, settings) -> pd.DataFrame:
    models = (ols.MODEL, knn.MODEL, random_forest.MODEL)
    return leaderboard(run_model(m, tracks, baseline, settings).metrics for m in models)


def test_every_figure_of_the_models_at_hand_meets_ours(board) -> None:
    table = study_comparison(board)
    met = table[table["model"].isin(["ols", "knn", "random_forest"])]
    assert len(met) == 17
    assert met["ours"].notna().all()
    given = met.dropna(subset=["study"])
    assert len(given) == 14
    assert (given["difference"] == given["ours"] - given["study"]).all()
    assert met["on_2023"].notna().any()


def test_a_line_without_a_figure_stands_too_and_says_so(board) -> None:
    table = study_comparison(board)
    assert len(table) == len(study_figures())
    likes = table.set_index("figure").loc["OLS of likes on Stream: summary table"].to_dict()
    assert np.isnan(likes["study"])
    assert likes["ours"] > 0
    assert likes["why"].startswith("The study gives no figure")


def test_ours_is_the_leaderboards_figure_of_the_same_fit(board) -> None:
    table = study_comparison(board).set_index("figure")
    accuracy = board.query(
        "model == 'random_forest' and snapshot == 'crawled' and detail == ''"
    ).query("metric == 'accuracy'")
    by_split = accuracy.set_index("split")["value"].to_dict()
    row = table.loc["Random forest, 7:3"].to_dict()
    assert row["ours"] == by_split["7:3 random"]
    assert row["by_artist"] == by_split["5-fold by artist"]
    assert row["study"] == 0.7501


def test_simulated_numbers_are_said_to_be_no_findings(board) -> None:
    real_tracks = board.assign(raw_source=[("kaggle",)] * len(board))
    why = study_comparison(real_tracks).set_index("figure")["why"].to_dict()
    assert "simulated" in why["OLS of views on Stream: slope"]
    assert "viewCount > Stream" in why["Random forest, 8:2"]
    assert "quick effort" in why["Random forest, 8:2"]
    assert "quick effort" not in why["OLS of views on Stream: slope"]
    synthetic, live = (
        study_comparison(rows).set_index("figure")["why"].to_dict()["Random forest, 8:2"]
        for rows in (board, real_tracks.assign(api=[("live",)] * len(board)))
    )
    assert "synthetic" in synthetic
    assert "fetched later" in live
    assert "simulated" not in live


def test_a_model_that_has_not_run_or_failed_says_so(board, tracks, baseline, settings) -> None:
    svm = failing_model(ValueError("too few rows"), task="classification", name="svm")
    failed = run_model(svm, tracks, baseline, settings).metrics
    table = study_comparison(leaderboard([board, failed])).set_index("model")
    assert np.isnan(table["ours"].to_dict()["svm"])
    assert table["why"].to_dict()["svm"] == "Failed: ValueError: too few rows"
    assert table["why"].to_dict()["tabpfn_classifier"] == "Not in this run."


def test_tabpfn_without_weights_says_how_to_get_them(
    board, tracks, baseline, settings, tmp_path, monkeypatch
) -> None:
    monkeypatch.setenv("TABPFN_MODEL_CACHE_DIR", str(tmp_path))
    not_run = run_model(tabpfn_classifier.MODEL, tracks, baseline, settings).metrics
    table = study_comparison(leaderboard([board, not_run])).set_index("model")
    assert table["why"].to_dict()["tabpfn_classifier"].startswith("Not run: no weights")


def test_every_line_of_the_studys_tables_is_there() -> None:
    lines = study_figures()
    assert lines.groupby("task")["model"].nunique().to_dict() == {
        "clustering": 4,
        "regression": 8,
        "classification": 6,
    }
    assert lines["figure"].notna().sum() == 28
    assert (lines[["wording", "metric"]] != "").all(axis=None)
