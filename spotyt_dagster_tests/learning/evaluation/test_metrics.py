"""The vectorised metrics say what scikit-learn's and SciPy's say, also on resamples."""

import numpy as np
import pytest
from scipy import stats
from sklearn import metrics as sk

from spotyt_dagster.learning.evaluation import intervals, metrics

N = 400


@pytest.fixture
def resample() -> tuple[np.ndarray, np.ndarray]:
    """Drawn row numbers, and the same draw as weights of shape (1, N)."""
    drawn = np.random.default_rng(3).integers(0, N, size=N)
    return drawn, np.bincount(drawn, minlength=N)[None, :].astype(float)


def test_regression_metrics_equal_scikit_learns_on_a_resample(resample) -> None:
    rng = np.random.default_rng(1)
    y = np.round(10 ** rng.normal(6, 1, N), -5)  # rounded, so there are ties
    prediction = np.round(y * 10 ** rng.normal(0, 0.3, N), -4)
    drawn, weights = resample

    got = {
        name: value[0] for name, value in metrics.regression_measure(y, prediction)(weights).items()
    }

    a, b = y[drawn], prediction[drawn]
    assert got == pytest.approx(
        {
            "mse": sk.mean_squared_error(a, b),
            "rmse": sk.root_mean_squared_error(a, b),
            "nrmse": sk.root_mean_squared_error(a, b) / (y.max() - y.min()),
            "mae": sk.mean_absolute_error(a, b),
            "r2": sk.r2_score(a, b),
            "spearman": stats.spearmanr(a, b)[0],
            "total_ratio": b.sum() / a.sum(),
        }
    )


@pytest.mark.parametrize("ties", [1, 15], ids=["ties in the scores", "no ties"])
def test_classification_metrics_equal_scikit_learns_on_a_resample(resample, ties: int) -> None:
    rng = np.random.default_rng(2)
    y = (rng.random(N) < 0.3).astype(int)
    score = np.round(np.clip(0.3 * y + 0.7 * rng.random(N), 0, 1), ties)
    predicted = (score > 0.5).astype(int)
    drawn, weights = resample

    measure = metrics.classification_measure(y, predicted, score, probabilities=True)
    got = {name: value[0] for name, value in measure(weights).items()}

    a, b, c = y[drawn], predicted[drawn], score[drawn]
    assert got == pytest.approx(
        {
            "accuracy": sk.accuracy_score(a, b),
            "balanced_accuracy": sk.balanced_accuracy_score(a, b),
            "precision": sk.precision_score(a, b),
            "recall": sk.recall_score(a, b),
            "f1": sk.f1_score(a, b),
            "roc_auc": sk.roc_auc_score(a, c),
            "average_precision": sk.average_precision_score(a, c),
            "brier": sk.brier_score_loss(a, c),
            "log_loss": sk.log_loss(a, c),
        }
    )


def test_probability_metrics_are_missing_for_decision_values() -> None:
    y, score = np.array([0, 1, 1, 0]), np.array([-2.0, 3.0, 0.5, -0.1])
    measure = metrics.classification_measure(y, (score > 0).astype(int), score, probabilities=False)

    values = intervals.on_all_rows(measure, 4)

    assert np.isnan(values["brier"])
    assert np.isnan(values["log_loss"])
    assert values["roc_auc"] == 1


def test_a_constant_prediction_has_no_rank_correlation_and_no_r2_above_zero() -> None:
    y = np.array([1.0, 2.0, 3.0, 6.0])
    values = intervals.on_all_rows(metrics.regression_measure(y, np.full(4, 3.0)), 4)
    assert values["r2"] == 0
    assert values["mae"] == 1.5
    assert values["nrmse"] == pytest.approx(np.sqrt(3.5) / 5)
    assert np.isnan(values["spearman"])


def test_bootstrap_interval_agrees_with_scipys_percentile_bootstrap() -> None:
    rng = np.random.default_rng(4)
    y = rng.normal(size=300)
    prediction = y + rng.normal(0, 0.5, 300)

    value, low, high = intervals.bootstrap_intervals(
        metrics.regression_measure(y, prediction), np.arange(300), seed=1
    )["mae"]

    reference = stats.bootstrap(
        (np.abs(y - prediction),), np.mean, method="percentile", n_resamples=5000, rng=1
    ).confidence_interval
    assert low < value < high
    assert low == pytest.approx(reference.low, abs=0.006)
    assert high == pytest.approx(reference.high, abs=0.006)


def test_bootstrap_intervals_cover_the_truth_about_95_times_in_100() -> None:
    covered = 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        y = rng.normal(size=80)
        prediction = y + rng.uniform(-1, 1, 80)  # its mean absolute error is 0.5
        _, low, high = intervals.bootstrap_intervals(
            metrics.regression_measure(y, prediction), np.arange(80), seed
        )["mae"]
        covered += low <= 0.5 <= high
    assert 0.88 <= covered / 200 <= 0.99


def test_a_resample_draws_whole_groups() -> None:
    groups = np.array(["one", "two", "two", "one", "three", "two"])
    weights = np.concatenate(list(intervals.group_weights(groups, seed=3)))
    assert weights.shape == (intervals.RESAMPLES, 6)
    assert (weights[:, 0] == weights[:, 3]).all()
    assert (weights[:, [1]] == weights[:, [2, 5]]).all()
    assert (weights[:, [0, 1, 4]].sum(axis=1) == 3).all()


def test_intervals_over_groups_of_like_rows_cover_the_truth_about_95_times_in_100() -> None:
    by_group, by_row = 0, 0
    groups = np.repeat(np.arange(60), 8)
    for seed in range(100):
        rng = np.random.default_rng(seed)
        y = rng.normal(size=480)
        # eight rows of a group miss by the same, so there are 60 errors here and not 480
        prediction = y + np.repeat(rng.uniform(-1, 1, 60), 8)
        measure = metrics.regression_measure(y, prediction)
        _, low, high = intervals.bootstrap_intervals(measure, groups, seed)["mae"]
        by_group += low <= 0.5 <= high
        _, low, high = intervals.bootstrap_intervals(measure, np.arange(480), seed)["mae"]
        by_row += low <= 0.5 <= high
    assert by_group >= 88
    assert by_row < 70


def test_logarithms_have_no_total() -> None:
    y = np.array([6.0, 7.0])
    logarithms = intervals.on_all_rows(metrics.regression_measure(y, y, logarithms=True), 2)
    assert "total_ratio" not in logarithms
    assert intervals.on_all_rows(metrics.regression_measure(y, y / 2), 2)["total_ratio"] == 0.5


def test_fold_interval_is_the_t_interval_of_the_mean() -> None:
    values = [0.5, 0.6, 0.7, 0.4, 0.55]

    mean, low, high = intervals.fold_intervals([{"r2": value} for value in values])["r2"]

    expected = stats.ttest_1samp(values, 0).confidence_interval(0.95)
    assert (mean, low, high) == pytest.approx((np.mean(values), expected.low, expected.high))


def test_a_fold_without_a_figure_is_left_out_of_the_mean() -> None:
    mean, _, _ = intervals.fold_intervals([{"roc_auc": value} for value in (0.6, np.nan, 0.8)])[
        "roc_auc"
    ]
    assert mean == pytest.approx(0.7)
