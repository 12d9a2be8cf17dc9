"""The registry of metrics: all that is known of each in one entry.

What a metric is measured on is weighted.py's (test rows under many weightings) and clusters.py's;
intervals around it are intervals.py's. To add a metric: docs/add_a_metric.md.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from spotyt_dagster.learning.evaluation.clusters import Clusters
from spotyt_dagster.learning.evaluation.intervals import Measure
from spotyt_dagster.learning.evaluation.weighted import (
    ClassificationRows,
    RegressionRows,
    WeightedClassification,
    WeightedRegression,
    ratio,
)

Direction = Literal["higher", "lower", "neither"]
"""Which values are the better ones; neither of what only describes."""

SHARE = "share of tracks"


@dataclass(frozen=True)
class Metric:
    """One metric.

    Attributes:
        name: in the column `metric`, in snake_case.
        label: for readers.
        task: regression, classification or clustering.
        direction: which values are the better ones.
        function: from WeightedRegression or WeightedClassification (by task) to float64 of shape
            (resamples,), or from Clusters to a float; None of what single models measure.
        unit: of its values, empty of a pure number; "target" is the target's own.
        of_logarithms: whether it means something of logarithms of counts.
        column: its place among the columns of its task's leaderboard in the report, from 1; 0 for
            none. Models are ranked by the metric in column 1, of which higher is better.
        chance: its value without looking at a track, the floor where no dummy was measured.
        below_floor: what a report says in the place of a value that is worse than the floor.
        beside_floor: whether a report shows the floor beside it, as it differs by problem.
        meaning: one sentence or two for the report's page on how to read it.
    """

    name: str
    label: str
    task: str
    direction: Direction
    function: Callable[[Any], Any] | None = None
    unit: str = ""
    of_logarithms: bool = True
    column: int = 0
    chance: float | None = None
    below_floor: str = ""
    beside_floor: bool = False
    meaning: str = ""


METRICS = (
    Metric(
        "mse",
        "MSE",
        "regression",
        "lower",
        lambda of: of.mse,
        unit="target²",
    ),
    Metric(
        "rmse",
        "RMSE",
        "regression",
        "lower",
        lambda of: np.sqrt(of.mse),
        unit="target",
        meaning="The typical error, in the target's own unit, large errors counting more.",
    ),
    # the range is that of all test rows, as in the study, also inside a resample
    Metric(
        "nrmse",
        "NRMSE",
        "regression",
        "lower",
        lambda of: ratio(np.sqrt(of.mse), np.full_like(of.mse, np.ptp(of.rows.y))),
        column=2,
        below_floor="worse than the mean",
        meaning="RMSE divided by the distance from the smallest to the largest target. A few "
        "tracks with billions of views make that distance huge, so an NRMSE of 0.04 looks better "
        "than it is.",
    ),
    Metric(
        "mae",
        "MAE",
        "regression",
        "lower",
        lambda of: of.weights @ of.rows.absolute / of.total,
        unit="target",
    ),
    # NaN where y does not vary
    Metric(
        "r2",
        "R²",
        "regression",
        "higher",
        lambda of: 1 - ratio(of.mse, of.variance),
        column=1,
        chance=0.0,
        below_floor="worse than the mean",
        meaning="The share of the differences between tracks that a model explains. 1 is perfect, "
        "0 is no better than always naming the average, below 0 is worse.",
    ),
    Metric(
        "spearman",
        "Spearman",
        "regression",
        "higher",
        WeightedRegression.spearman,
        column=3,
        meaning="Whether tracks come in the right order, 1 for quite so, 0 for chance.",
    ),
    # 1 where forecasts are right on the whole, 0.54 for medians of views, whose mean is nearly
    # twice as much; NaN where y sums to nothing above 0
    Metric(
        "total_ratio",
        "Total of forecasts / actual total",
        "regression",
        "neither",
        lambda of: ratio(of.weights @ of.rows.prediction, of.weights @ of.rows.y),
        of_logarithms=False,
        meaning="1 where they are right on the whole. A model of the logarithm forecasts a median, "
        "which is well below the mean of so uneven a number as views, so its total is too small: "
        "add up none of its forecasts.",
    ),
    # The study ranked its classifiers by accuracy, which hardly tells them apart: by artist, on the
    # columns of 2023 of the real table, the dummy has 0.741 and the best model 0.748, where ROC AUC
    # goes from 0.500 to 0.705.
    Metric(
        "accuracy",
        "Accuracy",
        "classification",
        "higher",
        lambda of: (of.true_positives + of.true_negatives) / of.total,
        column=2,
        beside_floor=True,
        meaning="The share of right answers; its floor, the share of the commoner class, stands "
        "beside it.",
    ),
    Metric(
        "balanced_accuracy",
        "Balanced accuracy",
        "classification",
        "higher",
        lambda of: (of.recall + ratio(of.true_negatives, of.negatives)) / 2,
    ),
    # precision and F1 are 0 where nothing is predicted positive, as in scikit-learn
    Metric(
        "precision",
        "Precision",
        "classification",
        "higher",
        lambda of: ratio(of.true_positives, of.true_positives + of.false_positives, empty=0.0),
    ),
    Metric("recall", "Recall", "classification", "higher", lambda of: of.recall),
    Metric(
        "f1",
        "F1",
        "classification",
        "higher",
        lambda of: ratio(
            2 * of.true_positives, of.true_positives + of.false_positives + of.positives, 0.0
        ),
        column=3,
        meaning="Catching the YouTube-leaning tracks weighed against false alarms.",
    ),
    Metric(
        "roc_auc",
        "ROC AUC",
        "classification",
        "higher",
        WeightedClassification.roc_auc,
        column=1,
        chance=0.5,
        below_floor="worse than chance",
        meaning="How often a YouTube-leaning track is ranked above one that is not, 0.5 for "
        "chance.",
    ),
    Metric(
        "average_precision",
        "Average precision",
        "classification",
        "higher",
        WeightedClassification.average_precision,
    ),
    Metric(
        "brier",
        "Brier score",
        "classification",
        "lower",
        lambda of: of.of_probabilities((of.rows.score - of.rows.positive) ** 2),
    ),
    Metric(
        "log_loss",
        "Log loss",
        "classification",
        "lower",
        lambda of: of.of_probabilities(of.rows.surprise),
        unit="nats",
    ),
    Metric(
        "n_clusters",
        "Clusters",
        "clustering",
        "neither",
        lambda of: float(len(of.sizes)),
    ),
    Metric(
        "largest_share",
        "Largest cluster",
        "clustering",
        "neither",
        lambda of: float(of.sizes.max(initial=0) / len(of.labels)),
        unit=SHARE,
        column=3,
    ),
    Metric(
        "smallest_share",
        "Smallest cluster",
        "clustering",
        "neither",
        lambda of: float(of.sizes.min(initial=len(of.labels)) / len(of.labels)),
        unit=SHARE,
    ),
    Metric(
        "noise_share",
        "Noise",
        "clustering",
        "neither",
        lambda of: float(1 - of.kept.mean()),
        unit=SHARE,
        column=2,
        meaning="The share of tracks in no cluster, which the scores of clusters ignore.",
    ),
    Metric(
        "silhouette",
        "Silhouette",
        "clustering",
        "higher",
        Clusters.silhouette,
        column=1,
        meaning="How clearly groups stand apart, 1 for far, 0 for touching.",
    ),
    Metric(
        "davies_bouldin",
        "Davies-Bouldin",
        "clustering",
        "lower",
        lambda of: of.score("davies_bouldin_score"),
        column=4,
    ),
    Metric(
        "calinski_harabasz",
        "Calinski-Harabasz",
        "clustering",
        "higher",
        lambda of: of.score("calinski_harabasz_score"),
    ),
    Metric("stability", "Stability (adjusted Rand)", "clustering", "higher", None),
)
"""Every metric, in the order of a fit's rows. Metrics that are not listed are a model's own: they
go by their name, and neither direction is better."""

BY_NAME = {metric.name: metric for metric in METRICS}


def leaderboard_columns(task: str, metrics: Iterable[Metric] = METRICS) -> list[Metric]:
    """The metrics in the columns of a task's leaderboard, the one that ranks it first."""
    shown = [metric for metric in metrics if metric.task == task and metric.column]
    return sorted(shown, key=lambda metric: metric.column)


def headline(task: str) -> Metric:
    """The metric that a task's models are ranked by; of each, higher is better."""
    return leaderboard_columns(task)[0]


def regression_measure(
    y: np.ndarray,
    prediction: np.ndarray,
    *,
    logarithms: bool = False,
    metrics: Iterable[Metric] = METRICS,
) -> Measure:
    """The metrics of regression as a function of weights; see RegressionRows for the arguments."""
    rows = RegressionRows(y, prediction, logarithms)
    chosen = {
        metric.name: metric.function
        for metric in metrics
        if metric.task == "regression" and metric.function
        if metric.of_logarithms or not logarithms
    }

    def measure(weights: np.ndarray) -> dict[str, np.ndarray]:
        weighted = WeightedRegression(rows, weights)
        return {name: function(weighted) for name, function in chosen.items()}

    return measure


def classification_measure(
    y: np.ndarray,
    predicted: np.ndarray,
    score: np.ndarray,
    *,
    probabilities: bool,
    metrics: Iterable[Metric] = METRICS,
) -> Measure:
    """The metrics of classification as a function of weights; see ClassificationRows.

    What needs both classes is NaN where one is missing, what needs probabilities where there are
    none.
    """
    rows = ClassificationRows(y, predicted, score, probabilities)
    chosen = {
        metric.name: metric.function
        for metric in metrics
        if metric.task == "classification" and metric.function
    }

    def measure(weights: np.ndarray) -> dict[str, np.ndarray]:
        weighted = WeightedClassification(rows, weights)
        return {name: function(weighted) for name, function in chosen.items()}

    return measure


def cluster_quality(clusters: Clusters, metrics: Iterable[Metric] = METRICS) -> dict[str, float]:
    """The metrics of clustering: how apart and how even the clusters are.

    Scores ignore noise and are NaN with fewer than two clusters; shares are of all rows.
    """
    return {
        metric.name: metric.function(clusters)
        for metric in metrics
        if metric.task == "clustering" and metric.function
    }
