from typing import Any

import numpy as np
from sklearn.linear_model import LinearRegression

from spotyt_dagster.learning.problem import regression_problem
from spotyt_dagster.learning.protocol import LearningSettings, side_by_side
from spotyt_dagster.learning.result import join_metrics
from spotyt_dagster.reporting.leaderboard import _letters, task_tables


def _only(tables, task):
    (table,) = [table for table in tables if table.name == task]
    return table


def _line(table, model, variant) -> Any:
    (line,) = [
        line
        for block in table.blocks
        for line in block.lines
        if (line.model, line.variant) == (model, variant)
    ]
    return line


def test_both_protocols_of_a_model_share_a_line(make_leaderboard):
    table = _only(task_tables(make_leaderboard()), "regression")
    study, grouped = _line(table, "knn", "baseline").fits

    assert table.protocols == ["Study's protocol", "Grouped by artist"]
    assert [metric.label for metric in table.metrics] == ["R²", "NRMSE"]
    assert (study.scores[0].value, study.scores[0].interval) == ("0.650", "0.600 to 0.700")
    assert (grouped.scores[0].value, grouped.split) == ("0.120", "5-fold by artist")
    assert (study.rows, study.fit_time) == ("80 + 20", "0.5 s")


def test_scores_on_the_rows_that_were_fitted_stand_apart(make_leaderboard):
    knn = make_leaderboard().query("model == 'knn'")
    in_sample = knn.head(1).assign(protocol="all rows", value=0.99)
    apart = _only(task_tables(join_metrics([knn, in_sample])), "regression all rows")

    assert apart.protocols == ["All rows"]
    assert _line(apart, "knn", "baseline").fits[0].scores[0].value == "0.990"
    assert _only(task_tables(make_leaderboard()), "clustering all rows").blocks


def test_the_leak_audit_stands_apart_and_is_never_the_best_model(make_leaderboard):
    knn = make_leaderboard().query("model == 'knn'")
    audit = knn.assign(model="leak_audit", value=0.99)
    models, apart = task_tables(join_metrics([knn, audit]))

    assert (models.name, apart.name) == ("regression", "regression leak_audit")
    assert {line.model for block in models.blocks for line in block.lines} == {"knn"}
    assert {line.model for block in apart.blocks for line in block.lines} == {"leak_audit"}


def test_what_was_not_measured_is_left_open(make_leaderboard):
    table = _only(task_tables(make_leaderboard()), "regression")

    assert _line(table, "xgboost", "baseline").fits[1] is None
    study, grouped = _line(table, "xgboost", "crawled").fits
    assert study is None
    assert grouped.scores[1] is None


def test_features_and_notes_are_marks_with_a_key(make_leaderboard):
    table = _only(task_tables(make_leaderboard()), "regression")
    study, grouped = _line(table, "knn", "baseline").fits

    assert table.features[study.features] == "audio + Likes"
    assert table.features[grouped.features] == "audio"
    assert [table.notes[mark] for mark in grouped.notes] == ["7 rows left out"]
    assert study.notes == []


def test_letters_go_on_after_z():
    letters = [_letters(place) for place in (0, 25, 26, 51, 52, 702)]

    assert letters == ["A", "Z", "AA", "AZ", "BA", "AAA"]


def test_the_best_of_a_target_is_marked_and_one_alone_is_not(make_leaderboard):
    table = _only(task_tables(make_leaderboard()), "regression")
    knn, _ = _line(table, "knn", "baseline").fits
    xgboost, _ = _line(table, "xgboost", "baseline").fits

    assert [score.best for score in xgboost.scores] == [True, True]
    assert [score.best for score in knn.scores] == [False, False]
    assert not _line(table, "xgboost", "crawled").fits[1].scores[0].best


def test_lines_are_grouped_by_target(make_leaderboard):
    table = _only(task_tables(make_leaderboard()), "regression")

    assert [block.target for block in table.blocks] == ["Views", "viewCount"]


def test_more_splits_of_a_model_get_lines_of_their_own_with_8_to_2_beside_the_folds(
    make_leaderboard,
):
    knn = make_leaderboard().query("model == 'knn'")
    other = knn[knn["protocol"] == "study"].assign(split="9:1 random")
    (table,) = task_tables(join_metrics([other, knn]))
    lines: list[Any] = table.blocks[0].lines

    assert [(line.fits[0].split, line.fits[1] is not None) for line in lines] == [
        ("8:2 random", True),
        ("9:1 random", False),
    ]


def test_a_failed_model_is_listed_with_its_reason(make_leaderboard):
    table = _only(task_tables(make_leaderboard()), "classification")

    assert table.blocks == []
    assert [(f.model, f.reason) for f in table.failures] == [
        ("tabpfn", "FileNotFoundError: not run: no weights")
    ]


def test_marks_tell_simulated_lines_from_real_ones(make_leaderboard):
    table = _only(task_tables(make_leaderboard(api="sandbox")), "regression")

    assert table.mark == "partly simulated"
    assert _line(table, "knn", "baseline").mark == ""
    assert _line(table, "xgboost", "crawled").mark == "simulated"
    assert {table.mark for table in task_tables(make_leaderboard("sample"))} == {"simulated"}


def test_the_scores_of_a_real_evaluation_reach_the_table(baseline_tracks):
    problem = regression_problem(baseline_tracks)
    evaluations = side_by_side(
        LinearRegression(), problem, LearningSettings(42, "quick"), model="linear"
    )
    (table,) = task_tables(join_metrics([e.metrics for e in evaluations]))
    line = _line(table, "linear", "baseline")

    for evaluation, fit in zip(evaluations, line.fits, strict=True):
        for metric, score in zip(("r2", "nrmse", "spearman"), fit.scores, strict=True):
            assert np.isclose(
                float(score.value.replace("−", "-")), evaluation.value(metric), atol=5e-4
            )
