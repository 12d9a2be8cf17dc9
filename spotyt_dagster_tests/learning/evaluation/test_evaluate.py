"""evaluate(): one fit-and-measure for every model, the same on every machine."""

import numpy as np
import pandas as pd
import pytest
from sklearn.dummy import DummyRegressor
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression
from sklearn.metrics import r2_score
from sklearn.svm import LinearSVC

from spotyt_dagster.learning.evaluation.evaluate import (
    all_metrics,
    evaluate,
    evaluate_both,
    overlap_table,
    sampled,
)
from spotyt_dagster.learning.evaluation.fitting import metadata_for
from spotyt_dagster.learning.evaluation.metric_table import METRIC_COLUMNS
from spotyt_dagster.learning.evaluation.task import classification_problem, regression_problem
from spotyt_dagster.learning.pipelines import imputed
from spotyt_dagster.learning.regression.results import counts
from spotyt_dagster.settings import LearningSettings


def figures(metrics: pd.DataFrame) -> pd.DataFrame:
    """The metrics without the one column that a clock fills."""
    return metrics.drop(columns="fit_seconds")


def test_both_protocols_come_side_by_side(tracks, settings) -> None:
    estimator = imputed(LinearRegression())
    metrics = all_metrics(
        *evaluate_both(estimator, regression_problem(tracks), settings, model="linear")
    )

    assert list(metrics.columns) == METRIC_COLUMNS
    assert metrics.groupby("protocol")["split"].unique().explode().to_dict() == {
        "study": "8:2 random",
        "grouped": "5-fold by artist",
    }
    assert (metrics["low"] <= metrics["value"]).all()
    assert (metrics["value"] <= metrics["high"]).all()
    assert set(metrics["raw_source"]) == {("sample",)}
    assert set(metrics["api"]) == {("sandbox",)}
    features = metrics.set_index("protocol")["features"].groupby(level=0).first()
    assert "Likes" in features["study"]
    assert "Likes" not in features["grouped"]


def test_the_figure_is_scikit_learns_on_the_rows_tested(baseline, settings) -> None:
    study = evaluate(
        imputed(LinearRegression()), regression_problem(baseline), "study", settings, model="linear"
    )
    X, y = study.test_rows()
    assert study.value("r2") == pytest.approx(r2_score(y, study.estimator.predict(X)))
    assert (study.predictions["row"] == X.index).all()
    assert len(study.training_rows()[0]) + len(X) == len(baseline)


def test_every_row_is_tested_once_in_the_grouped_protocol(baseline, settings) -> None:
    grouped = evaluate(
        imputed(LinearRegression()), regression_problem(baseline), "grouped", settings, model="m"
    )
    assert sorted(grouped.predictions["row"]) == sorted(baseline["row"])
    assert grouped.predictions["fold"].nunique() == 5
    assert len(grouped.estimators) == 5


def test_a_log_target_is_measured_on_both_scales(baseline, settings) -> None:
    problem = regression_problem(baseline, "log10_Views")
    study = evaluate(imputed(LinearRegression()), problem, "study", settings, model="linear")

    back = study.metrics.query("target == 'Views' and metric == 'mae'").iloc[0]
    raw = 10 ** study.predictions[["y", "prediction"]] - 1
    assert back["value"] == pytest.approx((raw["y"] - raw["prediction"]).abs().mean())
    assert back[["snapshot", "detail", "fit_scale"]].tolist() == ["baseline", "", "log10"]
    assert "a median of the target, not its mean" in back["notes"][-1]
    assert set(study.metrics["target"]) == {"Views", "log10_Views"}


class Astray(LinearRegression):
    """Least squares, but 40 for the first row that it is asked."""

    def predict(self, X):
        predicted = super().predict(X)
        predicted[0] = 40.0
        return predicted


@pytest.mark.parametrize("protocol", ["study", "grouped"])
def test_predictions_are_taken_back_from_within_what_was_fitted_on(
    baseline, settings, protocol
) -> None:
    problem = regression_problem(baseline, "log10_Views")
    evaluation = evaluate(imputed(Astray()), problem, protocol, settings, model="m")
    largest = baseline["Views"].max()

    back = counts(evaluation)
    assert back["prediction"].max() <= largest * (1 + 1e-9)
    assert evaluation.predictions["prediction"].max() == 40  # its own scale stays as it is
    first, *_ = evaluation.splits
    fitted_on = baseline["Views"].iloc[first.train].max()
    assert back["prediction"].iloc[0] == pytest.approx(fitted_on)
    of_counts = evaluation.metrics[evaluation.metrics["target"] == "Views"].set_index("metric")
    assert of_counts.loc["rmse", "value"] < largest


@pytest.mark.real_data
def test_one_row_far_off_costs_the_real_file_little(real_baseline, settings) -> None:
    problem = regression_problem(real_baseline, "log10_Views")
    model = imputed(LinearRegression(), scale=True)
    metrics = evaluate(model, problem, "study", settings, model="linear").metrics
    of_counts = metrics[metrics["target"] == "Views"].set_index("metric")["value"]
    assert of_counts["r2"] == pytest.approx(-5.8, abs=0.05)  # -2.5 million without a limit


def test_the_total_of_forecasts_is_measured_against_the_actual_one(baseline, settings) -> None:
    problem = regression_problem(baseline, "log10_Views")
    study = evaluate(imputed(LinearRegression()), problem, "study", settings, model="linear")
    ratio = study.metrics[study.metrics["metric"] == "total_ratio"]
    back = counts(study)
    assert ratio["target"].tolist() == ["Views"]
    assert ratio["value"].item() == pytest.approx(back["prediction"].sum() / back["y"].sum())
    assert ratio["value"].item() < 0.9


def test_intervals_of_the_random_split_are_over_artists(baseline, settings) -> None:
    """Tracks of an artist are alike in `fame`, which no column tells: ten rows are one draw."""
    fame = np.random.default_rng(4).normal(size=baseline["Artist"].nunique())
    frame = baseline.assign(log10_Views=fame[pd.factorize(baseline["Artist"])[0]])
    problem = regression_problem(frame, "log10_Views")
    study = evaluate(DummyRegressor(), problem, "study", settings, model="m", test_size=0.5)

    rows = study.predictions["row"]
    artists = frame.set_index("row")["Artist"].loc[rows].to_numpy()
    error = (study.predictions["y"] - study.predictions["prediction"]) ** 2
    by_artist = error.groupby(artists).agg(["sum", "size"])
    # linearised variance of a ratio of totals over artists, as in Cochran's "Sampling Techniques"
    residual = by_artist["sum"] - error.mean() * by_artist["size"]
    half = 1.96 * np.sqrt((residual**2).sum()) / len(error)
    interval = study.metrics.set_index("metric").loc["mse"].iloc[0]
    assert interval["high"] - interval["low"] == pytest.approx(2 * half, rel=0.15)
    by_row = 1.96 * error.std() / np.sqrt(len(error))
    assert interval["high"] - interval["low"] > 1.5 * 2 * by_row


class Seeing(LinearRegression):
    """Least squares that keep what they are given at fit()."""

    __metadata_request__fit = {"groups": True, "linked": True}  # noqa: RUF012

    def fit(self, X, y, sample_weight=None, groups=None, linked=None):
        self.X_, self.told_ = X, {"Artist": groups, "video_id": linked}
        return super().fit(X, y, sample_weight)


def test_a_fit_sees_training_rows_only_and_whose_they_are(baseline, settings) -> None:
    model = imputed(Seeing())
    grouped = evaluate(model, regression_problem(baseline), "grouped", settings, model="m")

    for fitted, split in zip(grouped.estimators, grouped.splits, strict=True):
        seen = fitted[-1]
        assert seen.X_.index.tolist() == baseline["row"].iloc[split.train].tolist()
        for column, codes in seen.told_.items():
            owners = baseline[column].iloc[split.train]
            assert len(set(zip(codes, owners, strict=True))) == len(set(owners)) == len(set(codes))
            assert set(owners).isdisjoint(baseline[column].iloc[split.test])


def test_a_model_that_asks_for_nothing_is_told_nothing(baseline) -> None:
    assert metadata_for(imputed(LinearRegression()), baseline) == {}
    assert metadata_for(LinearRegression(), baseline) == {}


def test_classifiers_without_probabilities_are_measured_by_decision_value(
    baseline, settings
) -> None:
    study = evaluate(
        imputed(LinearSVC(random_state=0), scale=True),
        classification_problem(baseline),
        "study",
        settings,
        model="svm",
    )
    assert not study.probabilities
    assert 0.5 < study.value("roc_auc") <= 1
    assert np.isnan(study.value("brier"))


def test_missing_values_are_filled_with_training_medians(tracks, settings) -> None:
    study = evaluate(
        imputed(LinearRegression()), regression_problem(tracks), "study", settings, model="linear"
    )
    X, _ = study.training_rows()
    assert X["youtubeChannelSubscriber"].isna().any()
    imputer = study.estimator.named_steps["impute"]
    medians = pd.Series(imputer.statistics_, imputer.feature_names_in_)
    assert medians["youtubeChannelSubscriber"] == X["youtubeChannelSubscriber"].median()


def test_a_tier_without_popularity_still_gives_figures_and_says_so(tracks, settings) -> None:
    tier = tracks.assign(
        spotifyPopularity=np.nan, spotifyFollowers=np.nan, log10_spotifyFollowers=np.nan
    )
    metrics = all_metrics(
        *evaluate_both(imputed(LinearRegression()), regression_problem(tier), settings, model="m")
    )
    assert metrics["value"].notna().all()
    assert metrics["notes"].str.join(" ").str.contains("spotifyPopularity").all()
    assert not metrics["features"].str.contains("spotify").any()


def test_a_sample_may_leave_fewer_rows_than_there_are_classes(baseline) -> None:
    """101 test rows of which 100 were to be looked at: no SVM of the table could be fitted."""
    problem = classification_problem(baseline)
    rows = np.arange(101)
    for most in (99, 100):
        chosen = sampled(rows, problem, most, seed=0)
        assert len(set(chosen)) == most
        assert set(chosen) <= set(rows)
        assert problem.y.iloc[chosen].nunique() == 2
    assert sampled(rows, problem, 101, seed=0).tolist() == rows.tolist()


def test_training_on_a_sample_is_said(baseline, settings) -> None:
    study = evaluate(
        imputed(LinearRegression()),
        regression_problem(baseline),
        "study",
        settings,
        model="linear",
        max_train_rows=200,
    )
    assert set(study.metrics["n_train"]) == {200}
    assert study.metrics["notes"].str.join(" ").str.contains("sample of 200 rows").all()


def test_overlap_is_reported_by_protocol(tracks, settings) -> None:
    table = overlap_table(
        *evaluate_both(imputed(LinearRegression()), regression_problem(tracks), settings, model="m")
    )
    study, grouped = table.to_dict("records")
    assert (study["protocol"], grouped["protocol"]) == ("study", "grouped")
    assert study["artists_on_both_sides"] > 0
    assert grouped["artists_on_both_sides"] == grouped["videos_on_both_sides"] == 0


def test_same_seed_same_metrics_whatever_the_threads_and_the_order_of_rows(
    tracks, settings
) -> None:
    def run(frame: pd.DataFrame, jobs: int, fold_threads: int, seed: int = 42) -> pd.DataFrame:
        forest = RandomForestClassifier(20, random_state=seed, n_jobs=jobs, min_samples_leaf=3)
        return figures(
            evaluate(
                imputed(forest),
                classification_problem(frame),
                "grouped",
                settings.model_copy(update={"seed": seed}),
                model="forest",
                fold_threads=fold_threads,
            ).metrics
        )

    once = run(tracks, jobs=1, fold_threads=1)
    pd.testing.assert_frame_equal(
        once, run(tracks.sample(frac=1, random_state=1), 2, 2), check_exact=True
    )
    assert not once["value"].equals(run(tracks, 1, 1, seed=43)["value"])


def test_global_generators_are_left_as_they_were_and_never_steer_a_fit(baseline, settings) -> None:
    unseeded = imputed(RandomForestClassifier(5))
    results = []
    for seed in (1, 2):
        np.random.seed(seed)
        expected = np.random.RandomState(seed).random()
        results.append(
            figures(
                evaluate(
                    unseeded, classification_problem(baseline), "study", settings, model="m"
                ).metrics
            )
        )
        assert np.random.random() == expected
    pd.testing.assert_frame_equal(*results, check_exact=True)


def test_effort_chooses_sizes() -> None:
    assert LearningSettings(seed=1, effort="quick").choose(100, 300) == 100
    assert LearningSettings(seed=1, effort="full").choose(100, 300) == 300
