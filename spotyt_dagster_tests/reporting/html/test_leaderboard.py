from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.linear_model import LinearRegression, LogisticRegression

from spotyt_dagster.learning.clustering.feature_space import cluster_space, quality
from spotyt_dagster.learning.evaluation.evaluate import all_metrics, evaluate_both
from spotyt_dagster.learning.evaluation.metric_table import metric_rows
from spotyt_dagster.learning.evaluation.task import classification_problem, regression_problem
from spotyt_dagster.reporting import formatting
from spotyt_dagster.reporting.html.leaderboard import _letters, task_tables
from spotyt_dagster.reporting.html.model_section import ModelSection
from spotyt_dagster.reporting.html.page import render_report
from spotyt_dagster.reporting.html.report_section import ReportData
from spotyt_dagster.reporting.labels import SNAPSHOTS
from spotyt_dagster.reporting.ranking import leaderboard
from spotyt_dagster.settings import LearningSettings


class Wild(LinearRegression):
    """Misses one track of each part by ten powers of ten."""

    def predict(self, X):
        missed = super().predict(X)
        missed[0] = 1e10
        return missed


@pytest.fixture(scope="module")
def fitted(baseline_tracks) -> list[pd.DataFrame]:
    """Real fits of log10 Views: one that knows something, one that does not, one that fails."""
    frame = baseline_tracks.assign(log10_Views=np.log10(1 + baseline_tracks["Views"]))
    return [
        all_metrics(
            *evaluate_both(
                estimator,
                regression_problem(frame, target),
                LearningSettings(seed=42, effort="quick"),
                model=name,
            )
        )
        for name, estimator, target in (
            ("wild", Wild(), "log10_Views"),
            ("dummy", DummyRegressor(), "log10_Views"),
            ("dummy", DummyRegressor(), "Views"),
            ("linear", LinearRegression(), "log10_Views"),
        )
    ]


def _only(tables, task):
    (table,) = [table for table in tables if table.name == task]
    return table


def _line(table, model, snapshot, variant="") -> Any:
    (line,) = [
        line
        for block in table.blocks
        for line in block.lines
        if (block.snapshot, line.model, line.variant) == (SNAPSHOTS[snapshot], model, variant)
    ]
    return line


def test_both_protocols_of_a_model_share_a_line(make_leaderboard):
    table = _only(task_tables(make_leaderboard()), "regression")
    grouped, study = _line(table, "knn", "baseline").fits

    assert table.protocols == ["Grouped by artist", "Study's protocol"]
    assert [metric.label for metric in table.metrics] == ["R²", "NRMSE"]
    assert (study.scores[0].value, study.scores[0].interval) == ("0.650", "0.600 to 0.700")
    assert (grouped.scores[0].value, grouped.split) == ("0.120", "5-fold by artist")
    assert (study.rows, study.fit_time) == ("80 + 20", "0.5 s")


def test_scores_on_the_rows_that_were_fitted_stand_apart(make_leaderboard):
    knn = make_leaderboard().query("model == 'knn'")
    in_sample = knn.head(1).assign(protocol="all rows", value=0.99)
    apart = _only(task_tables(leaderboard([knn, in_sample])), "regression all rows")

    assert apart.protocols == ["All rows"]
    assert _line(apart, "knn", "baseline").fits[0].scores[0].value == "0.990"
    assert _only(task_tables(make_leaderboard()), "clustering all rows").blocks


def test_the_leak_audit_stands_apart_and_is_never_the_best_model(make_leaderboard):
    knn = make_leaderboard().query("model == 'knn'")
    audit = knn.assign(model="leak_audit", value=0.99)
    models, apart = task_tables(leaderboard([knn, audit]))

    assert (models.name, apart.name) == ("regression", "regression leak_audit")
    assert {line.model for block in models.blocks for line in block.lines} == {"knn"}
    assert {line.model for block in apart.blocks for line in block.lines} == {"leak_audit"}


def test_what_was_not_measured_is_left_open(make_leaderboard):
    table = _only(task_tables(make_leaderboard()), "regression")

    assert _line(table, "xgboost", "baseline").fits[0] is None
    grouped, study = _line(table, "xgboost", "crawled").fits
    assert study is None
    assert grouped.scores[1] is None


def test_features_and_notes_are_marks_with_a_key(make_leaderboard):
    table = _only(task_tables(make_leaderboard()), "regression")
    grouped, study = _line(table, "knn", "baseline").fits

    assert table.features[study.features] == "audio + Likes"
    assert table.features[grouped.features] == "audio"
    assert [table.notes[mark] for mark in grouped.notes] == ["7 rows dropped"]
    assert study.notes == []


def test_letters_go_on_after_z():
    letters = [_letters(place) for place in (0, 25, 26, 51, 52, 702)]

    assert letters == ["A", "Z", "AA", "AZ", "BA", "AAA"]


def test_one_alone_has_a_rank_and_is_no_winner(make_leaderboard):
    table = _only(task_tables(make_leaderboard()), "regression")
    line = _line(table, "xgboost", "crawled")

    assert line.rank == "1"
    assert not line.fits[0].scores[0].best


def test_what_was_not_tested_by_artist_has_no_rank(make_leaderboard):
    table = _only(task_tables(make_leaderboard()), "regression")

    assert _line(table, "xgboost", "baseline").rank == ""


def test_lines_are_grouped_by_target_and_snapshot(make_leaderboard):
    table = _only(task_tables(make_leaderboard()), "regression")

    assert [(block.target, block.snapshot) for block in table.blocks] == [
        ("viewCount", "crawled columns"),
        ("Views", "columns of 2023"),
    ]


def test_the_winner_by_artist_is_bold_and_the_floor_is_a_line(fitted):
    table = _only(task_tables(leaderboard(fitted)), "regression")
    (block,) = [block for block in table.blocks if block.target == "log10_Views"]
    lines: list[Any] = block.lines

    assert [(line.rank, line.model, line.standing) for line in lines] == [
        ("1", "linear", ""),
        ("", "dummy", "the floor: looks at no track"),
        ("", "wild", "no rank: worse than the floor"),
    ]
    assert [line.is_floor for line in lines] == [False, True, False]
    bold = [score.best for line in lines for fit in line.fits for score in fit.scores]
    assert bold == [True] + [False] * 17


def test_a_figure_worse_than_the_mean_is_words_and_its_number_is_in_the_details(fitted):
    board = leaderboard(fitted)
    table = _only(task_tables(board), "regression")
    of_log: Any = _line(table, "wild", "baseline").fits[0]
    of_counts: Any = _line(table, "wild", "baseline", "fitted on the logarithm").fits[0]

    r2, nrmse, _ = of_log.scores
    assert (r2.value, r2.interval, r2.failed) == ("worse than the mean", "", True)
    assert nrmse.value == "worse than the mean"
    # limited to what was fitted on before it is taken back, one miss costs little in counts
    assert not of_counts.scores[0].failed
    far = board.query("model == 'wild' and metric == 'r2'")["value"].min()
    page = render_report(ReportData(board, [ModelSection("regression/wild", "Wild")], {}))
    top, details = page.split('<article id="regression-wild"')
    assert far < -1e15
    assert formatting.number(far) in details
    assert formatting.number(far) not in top


def test_accuracy_stands_beside_its_floor(baseline_tracks):
    flags = baseline_tracks.assign(youtube_leaning=baseline_tracks["Energy"] > 0.7)
    problem = classification_problem(flags)
    settings = LearningSettings(seed=42, effort="quick")
    board = leaderboard(
        all_metrics(*evaluate_both(estimator, problem, settings, model=name))
        for name, estimator in (
            ("dummy", DummyClassifier()),
            ("logistic", LogisticRegression(max_iter=1000)),
        )
    )
    table = _only(task_tables(board), "classification")
    dummy, logistic = (_line(table, name, "baseline").fits[0] for name in ("dummy", "logistic"))

    assert [metric.label for metric in table.metrics] == ["ROC AUC", "Accuracy", "F1"]
    assert logistic.scores[1].floor == dummy.scores[1].value
    assert [score.floor for score in logistic.scores[::2]] == ["", ""]


def test_the_share_of_noise_stands_beside_every_score_of_clusters(baseline_tracks):
    space = cluster_space(
        baseline_tracks.assign(
            **{f"log10_{name}": np.log10(baseline_tracks[name]) for name in ("Views", "Likes")},
            log10_Comments=np.log10(baseline_tracks["Comments"]),
        )
    )
    far = np.argsort((space.points**2).sum(axis=1))
    labels = np.zeros(len(far), dtype=int)
    labels[far[-9:]], labels[far[-5:]] = -1, 1
    board = leaderboard(
        [
            metric_rows(
                quality(space.points, labels, 42), frame=space.frame, task="clustering",
                settings=LearningSettings(seed=42, effort="quick"), model="dbscan",
                snapshot="baseline", detail="eps=3",
                features="audio",
            )
        ]
    )  # fmt: skip
    (table,) = task_tables(board)
    line = _line(table, "dbscan", "baseline", "eps=3")

    assert [metric.label for metric in table.metrics[:3]] == [
        "Silhouette",
        "Noise",
        "Largest cluster",
    ]
    assert [score.value for score in line.fits[0].scores[1:3]] == ["1.3 %", "97.0 %"]
    assert (line.rank, line.standing) == ("", "no rank: over 90 % in one cluster")


def test_more_splits_of_a_model_get_lines_of_their_own_with_8_to_2_beside_the_folds(
    make_leaderboard,
):
    knn = make_leaderboard().query("model == 'knn'")
    other = knn[knn["protocol"] == "study"].assign(split="9:1 random")
    (table,) = task_tables(leaderboard([other, knn]))
    lines: list[Any] = table.blocks[0].lines

    assert [(line.fits[1].split, line.fits[0] is not None) for line in lines] == [
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
    evaluations = evaluate_both(
        LinearRegression(), problem, LearningSettings(seed=42, effort="quick"), model="linear"
    )
    (table,) = task_tables(leaderboard([e.metrics for e in evaluations]))
    line = _line(table, "linear", "baseline")

    for evaluation, fit in zip(reversed(evaluations), line.fits, strict=True):
        for metric, score in zip(("r2", "nrmse", "spearman"), fit.scores, strict=True):
            assert np.isclose(
                float(score.value.replace("−", "-")), evaluation.value(metric), atol=5e-4
            )
