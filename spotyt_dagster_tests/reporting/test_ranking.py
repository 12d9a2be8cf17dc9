"""The leaderboard: everything, one ranking a problem, whatever order the models came in."""

from collections.abc import Callable
from io import BytesIO

import numpy as np
import pandas as pd
import pytest
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.linear_model import Lasso, LinearRegression, LogisticRegression
from sklearn.metrics import r2_score

from spotyt_dagster.learning import classification, regression
from spotyt_dagster.learning.clustering import dbscan, kmeans
from spotyt_dagster.learning.clustering.feature_space import cluster_space, quality
from spotyt_dagster.learning.evaluation.evaluate import all_metrics, evaluate_both
from spotyt_dagster.learning.evaluation.metric_table import METRIC_COLUMNS, metric_rows
from spotyt_dagster.learning.evaluation.splits import grouped_splits
from spotyt_dagster.learning.evaluation.task import classification_problem, regression_problem
from spotyt_dagster.learning.pipelines import imputed
from spotyt_dagster.learning.runner import run_model
from spotyt_dagster.reporting.ranking import LEADERBOARD_COLUMNS, as_csv, leaderboard, leaders
from spotyt_dagster_tests.learning.factories import failing_model

MODELS = (
    *(regression.dummy.MODEL, regression.ols.MODEL, regression.linear.MODEL),
    *(classification.dummy.MODEL, classification.logistic_regression.MODEL),
    *(kmeans.MODEL, dbscan.MODEL),
)
FAILING = failing_model(ValueError("too few rows"))


@pytest.fixture(scope="module")
def tables(tracks, baseline, settings) -> dict[str, pd.DataFrame]:
    """The metrics of real models on the small table, by name."""
    return {model.key: model.run(tracks, baseline, settings).metrics for model in MODELS}


@pytest.fixture(scope="module")
def board(tables) -> pd.DataFrame:
    return leaderboard(tables.values())


@pytest.fixture(scope="module")
def measured(baseline, settings) -> Callable[..., pd.DataFrame]:
    """A model's metrics of log10 Views on the columns of 2023 under both protocols."""

    def measure(estimator, name, frame=baseline, target="log10_Views") -> pd.DataFrame:
        problem = regression_problem(frame, target)
        return all_metrics(*evaluate_both(estimator, problem, settings, model=name))

    return measure


def headline(board: pd.DataFrame, metric: str, **where: object) -> pd.DataFrame:
    rows = board[board["metric"] == metric]
    for name, value in where.items():
        rows = rows[rows[name] == value]
    return rows


def test_all_rows_are_kept_as_they_were(tables, board) -> None:
    assert list(board.columns) == LEADERBOARD_COLUMNS
    assert board[METRIC_COLUMNS].columns.tolist() == METRIC_COLUMNS
    assert len(board) == sum(map(len, tables.values()))
    of_linear = board.query("model == 'linear' and target == 'log10_viewCount'")
    assert of_linear["protocol"].unique().tolist() == ["study", "grouped"]
    assert of_linear["metric"].head(3).tolist() == ["mse", "rmse", "nrmse"]


def test_the_order_of_models_does_not_matter(tables, board) -> None:
    pd.testing.assert_frame_equal(leaderboard(reversed(tables.values())), board)


def test_each_snapshot_has_a_ranking_and_a_floor_of_its_own(board) -> None:
    """On one ranking the dummy of the snapshot with fewer positives beats models on the other."""
    accuracy = headline(board, "accuracy", protocol="grouped")
    floors = accuracy.groupby("snapshot")["floor"].unique()
    assert {snapshot: len(found) for snapshot, found in floors.items()} == {
        "crawled": 1,
        "baseline": 1,
    }
    assert floors["crawled"][0] != floors["baseline"][0]
    dummies = accuracy[accuracy["model"] == "dummy"].set_index("snapshot")["value"]
    assert floors.str[0].to_dict() == dummies.to_dict()
    auc = headline(board, "roc_auc", protocol="grouped", model="logistic_regression")
    ranks = auc.groupby("snapshot")["rank"].min()
    assert ranks.to_dict() == {"crawled": 1, "baseline": 1}


def test_other_splits_are_other_test_rows_and_have_their_own_floor(board) -> None:
    dummies = headline(board, "accuracy", model="dummy", snapshot="crawled").set_index("split")
    models = headline(board, "accuracy", model="logistic_regression", snapshot="crawled", detail="")
    floors = models.set_index("split")["floor"]
    assert len(floors) == 4
    assert floors.to_dict() == dummies["value"].to_dict()


def test_every_problem_of_a_regressor_has_the_mean_as_its_floor(board, baseline, settings) -> None:
    by_problem = ["target", "snapshot", "protocol", "split"]
    fits = headline(board, "r2", task="regression")
    fits = fits[fits["protocol"].isin(("study", "grouped")) & (fits["standing"] != "other_scale")]
    is_dummy = fits["model"] == "dummy"
    dummies = fits[is_dummy].set_index(by_problem)["value"].sort_index()
    others = fits[~is_dummy].drop_duplicates([*by_problem, "floor"])
    assert len(dummies) == 20
    assert len(others) == 20  # one floor a problem, in each of which a model has a figure
    floors = others.set_index(by_problem)["floor"].sort_index()
    pd.testing.assert_series_equal(floors, dummies, check_names=False, check_exact=True)
    problem = regression_problem(baseline, "log10_Views")
    expected = [
        r2_score(problem.y.iloc[s.test], np.full(len(s.test), problem.y.iloc[s.train].mean()))
        for s in grouped_splits(problem.frame, settings.seed)
    ]
    measured = dummies.xs(("log10_Views", "grouped"), level=("target", "protocol"))
    assert measured.tolist() == pytest.approx([np.mean(expected)])


def test_classifiers_are_ranked_by_what_tells_them_apart(baseline, settings) -> None:
    """With few positives the prior's accuracy is hard to beat, and no order of skill."""
    rare = baseline.assign(youtube_leaning=baseline["Views"] > 4 * baseline["Stream"])
    problem = classification_problem(rare)
    balanced = LogisticRegression(max_iter=1000, class_weight="balanced")
    candidates = {"skilled": balanced, "dummy": DummyClassifier(), "one": DummyClassifier()}
    board = leaderboard(
        all_metrics(*evaluate_both(imputed(model, scale=True), problem, settings, model=name))
        for name, model in candidates.items()
    )
    grouped = board[board["protocol"] == "grouped"].set_index(["metric", "model"])["value"]
    assert grouped["accuracy", "skilled"] < grouped["accuracy", "dummy"]
    assert grouped["roc_auc", "skilled"] > 0.6
    assert board["model"].unique().tolist() == ["skilled", "one", "dummy"]
    standing = headline(board, "roc_auc", protocol="grouped").set_index("model")["standing"]
    assert standing.to_dict() == {"skilled": "winner", "one": "at_floor", "dummy": "floor"}


def test_a_winner_clears_the_floor_with_its_interval(measured, baseline) -> None:
    """Where the target is noise, the first is the first of nothing."""
    noise = baseline.assign(log10_Views=np.random.default_rng(3).normal(size=len(baseline)))
    flat = [
        measured(imputed(DummyRegressor()), "dummy", noise),
        measured(imputed(Lasso(alpha=10)), "lasso", noise),
        measured(imputed(DummyRegressor(strategy="median")), "median", noise),
        measured(imputed(LinearRegression(), scale=True), "linear", noise),
    ]
    board = leaderboard(flat)
    grouped = headline(board, "r2", protocol="grouped", target="log10_Views")
    standing = grouped.set_index("model")["standing"].to_dict()
    assert "winner" not in standing.values()
    assert standing["lasso"] == "at_floor"  # it is the mean
    assert standing["linear"] == "below_floor"
    assert grouped.set_index("model")["rank"].isna()["linear"]
    found = leaders(board)
    assert found[["model", "standing"]].to_numpy().tolist() == [["lasso", "at_floor"]]

    able = leaderboard(
        [
            measured(imputed(DummyRegressor()), "dummy"),
            measured(imputed(Lasso(alpha=10)), "lasso"),
            measured(imputed(LinearRegression(), scale=True), "linear"),
        ]
    )
    (first,) = headline(able, "r2", rank=1, protocol="grouped").to_dict("records")
    assert (first["model"], first["standing"]) == ("linear", "winner")
    assert first["low"] > first["floor"]
    study = headline(able, "r2", model="linear", protocol="study", target="log10_Views")
    assert study["standing"].tolist() == ["above_floor"]


def test_a_model_worse_than_the_mean_has_no_rank_and_comes_after_it(measured) -> None:
    """A line through log10 of views, taken back to counts, missed by 22 powers of ten, and stood
    on top of the page."""

    class Wild(LinearRegression):
        def predict(self, X):
            wild = super().predict(X)
            wild[0] = 25.0
            return wild

    board = leaderboard(
        [
            measured(imputed(Wild(), scale=True), "wild"),
            measured(imputed(DummyRegressor()), "dummy"),
            measured(imputed(LinearRegression(), scale=True), "linear"),
        ]
    )
    own = headline(board, "r2", protocol="grouped", target="log10_Views")
    assert own["model"].tolist() == ["linear", "dummy", "wild"]
    assert own["standing"].tolist()[1:] == ["floor", "below_floor"]
    assert own["rank"].isna().tolist() == [False, True, True]
    counts = headline(board, "r2", protocol="grouped", target="Views")
    assert counts["rank"].isna().all()
    assert counts["standing"].eq("other_scale").all()
    # limited to what was fitted on before it is taken back
    assert -100 < counts.set_index("model")["value"]["wild"] < 0


def test_a_regressor_is_ranked_on_the_scale_it_was_fitted_on(board) -> None:
    back = board[board["fit_scale"] == "log10"]
    assert set(back["target"]) == {"viewCount", "view_growth", "Views"}
    assert back["rank"].isna().all()
    of_log = headline(board, "r2", target="log10_viewCount", protocol="grouped")
    assert of_log.set_index("model")["rank"].dropna().to_dict() == {"linear": 1}


def test_what_was_measured_on_the_rows_it_was_fitted_on_has_no_rank(board) -> None:
    in_sample = board.query("task == 'regression' and protocol == 'all rows'")
    assert len(in_sample)
    assert in_sample["rank"].isna().all()
    assert set(in_sample["standing"]) == {"in_sample"}


def clusters(space, labels, settings, model) -> pd.DataFrame:
    return metric_rows(
        quality(space.points, labels, settings.seed),
        frame=space.frame, settings=settings, task="clustering", model=model,
        snapshot=space.snapshot, features="audio",
    )  # fmt: skip


def test_no_rank_where_one_cluster_holds_over_nine_tenths(baseline, settings) -> None:
    """DBSCAN's winner on the real table: 96 % in one cluster, 3 % noise, the best silhouette."""
    space = cluster_space(baseline)
    far = np.argsort(((space.points - space.points.mean(axis=0)) ** 2).sum(axis=1))
    lopsided, halves = np.zeros(len(far), dtype=int), np.zeros(len(far), dtype=int)
    lopsided[far[-60:]] = 1
    halves[space.points[:, 0] > 0] = 1
    mostly_noise = np.full(len(far), -1)
    mostly_noise[far[:300]] = 0
    mostly_noise[far[:10]] = 1
    board = leaderboard(
        [
            clusters(space, lopsided, settings, "lopsided"),
            clusters(space, mostly_noise, settings, "mostly_noise"),
            clusters(space, halves, settings, "halves"),
        ]
    )
    scores = headline(board, "silhouette").set_index("model")
    assert scores["value"]["lopsided"] > scores["value"]["halves"]
    assert scores["standing"].to_dict() == {
        "halves": "ranked",
        "lopsided": "one_cluster",
        "mostly_noise": "one_cluster",  # of the tracks in clusters, 97 % are in one
    }
    assert scores["rank"].to_dict()["halves"] == 1
    assert scores["rank"].isna().sum() == 2
    assert board["model"].iloc[0] == "halves"


def test_clusters_of_real_models_are_ranked_by_snapshot(board) -> None:
    fits = headline(board, "silhouette").set_index(["model", "detail"])
    kmeans = fits.loc["kmeans"]
    assert kmeans.groupby("snapshot")["rank"].agg(set).to_dict() == {
        "crawled": {1, 2},
        "baseline": {1, 2},
    }
    assert set(fits.loc["dbscan"]["standing"]) == {"one_cluster"}


def test_a_comparison_that_repeats_fits_is_not_ranked_among_them(tables) -> None:
    kmeans = tables["clustering/kmeans"]
    again = kmeans.assign(model="cluster_comparison")
    board = leaderboard([again, kmeans])
    fits = headline(board, "silhouette").groupby("model")["standing"].unique().str[0]
    assert fits.to_dict() == {"kmeans": "ranked", "cluster_comparison": "repeated"}


def test_the_leak_audit_comes_after_the_models_it_would_beat(tables) -> None:
    linear = tables["regression/linear"]
    audit = linear.assign(model="leak_audit", value=0.99)
    board = leaderboard([audit, linear])
    of_views = board[board["target"] == "viewCount"]
    assert of_views["model"].unique().tolist() == ["linear", "leak_audit"]
    assert board.loc[board["model"] == "leak_audit", "rank"].isna().all()


def test_tasks_come_in_the_studys_order_and_failures_last(tables, baseline, settings) -> None:
    failed = run_model(FAILING, baseline, baseline, settings).metrics
    board = leaderboard([failed, *tables.values()])
    assert board["task"].unique().tolist() == ["clustering", "regression", "classification"]
    of_regression = board[board["task"] == "regression"]
    assert np.isnan(of_regression["value"].iloc[-1])
    assert of_regression[["standing", "notes"]].iloc[-1].tolist() == [
        "failed",
        ("ValueError: too few rows",),
    ]


def test_leaders_are_the_first_of_each_honest_problem(board) -> None:
    found = leaders(board)
    assert not found.duplicated(["task", "target", "snapshot"]).any()
    of_class = found[found["task"] == "classification"].set_index("snapshot")
    assert of_class["model"].eq("logistic_regression").all()
    assert of_class["metric"].eq("roc_auc").all()


def test_no_models_give_an_empty_board() -> None:
    assert list(leaderboard([]).columns) == LEADERBOARD_COLUMNS
    assert leaders(leaderboard([])).empty


def test_what_parquet_gave_back_is_the_same_board(tables, board, tmp_path) -> None:
    """Lists come back as arrays."""
    stored = []
    for place, table in enumerate(tables.values()):
        table.to_parquet(tmp_path / f"{place}.parquet")
        stored.append(pd.read_parquet(tmp_path / f"{place}.parquet"))
    pd.testing.assert_frame_equal(leaderboard(stored), board)


def test_the_csv_has_the_rows_and_columns_of_the_board(board) -> None:
    read = pd.read_csv(BytesIO(as_csv(board)), keep_default_na=False, na_values={"value": [""]})
    assert read.columns.tolist() == LEADERBOARD_COLUMNS
    assert read["value"].tolist() == pytest.approx(board["value"].tolist(), nan_ok=True)
    several = board["notes"].map(len) > 1
    assert several.any()
    assert read.loc[several, "notes"].str.count(" · ").gt(0).all()
    assert set(read["raw_source"]) == {"sample"}
