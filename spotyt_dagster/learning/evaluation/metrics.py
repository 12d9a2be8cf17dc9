"""Figures that say how good predictions are, and the intervals around them.

Every metric is computed for many weightings of the test rows at once: a bootstrap resample is
the same rows with counts as weights. scikit-learn's functions take one weighting a call, at 1-3
ms each; 1,000 resamples of 9 metrics would cost about 15 s an evaluation, these cost 0.2 s. The
tests hold them against scikit-learn's and SciPy's on real resamples.
"""

from collections.abc import Callable, Iterator, Mapping

import numpy as np
import pandas as pd

from spotyt_dagster.learning.evaluation.metric_table import Interval

RESAMPLES = 1000
_CHUNK = 100  # resamples held at once: 100 x 4,600 rows of float64 is 4 MB an intermediate

HEADLINES = {"clustering": "silhouette", "regression": "r2", "classification": "roc_auc"}
"""The metric that a task's models are ranked by; for all three higher is better. The study ranked
its classifiers by accuracy, which hardly tells them apart: by artist, on the columns of 2023 of the
real table, the dummy has 0.741 and the best model 0.748, where ROC AUC goes from 0.500 to 0.705. A
task that is not named here is sorted by its first metric and has no ranks."""

CHANCE = {"r2": 0.0, "roc_auc": 0.5}
"""What a headline metric is by definition without looking at a track: the floor where no dummy was
measured."""

Metrics = dict[str, np.ndarray]
"""One array of shape (resamples,) a metric."""
Measure = Callable[[np.ndarray], Metrics]
"""Metrics as a function of weights, float64 of shape (resamples, rows)."""


def regression_measure(
    y: np.ndarray, prediction: np.ndarray, *, logarithms: bool = False
) -> Measure:
    """MSE, RMSE, NRMSE, MAE, R², Spearman's rank correlation of `prediction` with `y`, and the
    ratio of their totals unless they are `logarithms`, whose sum means nothing.

    Both are float64 of shape (rows,). NRMSE is RMSE / (max - min of y over all test rows), as in
    the study; the range is that of the test rows also inside a resample. R² and Spearman are NaN
    where y (or the prediction) does not vary. `total_ratio` is sum of predictions / sum of y: 1
    where they are right on the whole, 0.54 for medians of views, whose mean is nearly twice as
    much; NaN where y sums to nothing above 0.
    """
    squared, absolute = (y - prediction) ** 2, np.abs(y - prediction)
    centred = y - y.mean()
    spread = np.ptp(y)
    ranks_y, ranks_prediction = _rank_groups(y), _rank_groups(prediction)

    def measure(weights: np.ndarray) -> Metrics:
        total = weights.sum(axis=1)
        ratio = {} if logarithms else {"total_ratio": _ratio(weights @ prediction, weights @ y)}
        mse = weights @ squared / total
        variance = weights @ centred**2 / total - (weights @ centred / total) ** 2
        return {
            "mse": mse,
            "rmse": np.sqrt(mse),
            "nrmse": _ratio(np.sqrt(mse), np.full_like(mse, spread)),
            "mae": weights @ absolute / total,
            "r2": 1 - _ratio(mse, variance),
            "spearman": _weighted_correlation(
                _weighted_ranks(weights, *ranks_y),
                _weighted_ranks(weights, *ranks_prediction),
                weights,
            ),
            **ratio,
        }

    return measure


def classification_measure(
    y: np.ndarray, predicted: np.ndarray, score: np.ndarray, *, probabilities: bool
) -> Measure:
    """Accuracy, balanced accuracy, precision, recall, F1, ROC AUC, average precision, Brier and
    log loss of a binary classifier.

    `y` and `predicted` are 0/1 of shape (rows,), `score` is float64 and grows with the belief in
    class 1. Brier and log loss need `probabilities`, else they are NaN. Precision and F1 are 0
    where nothing is predicted positive, as in scikit-learn; what needs both classes is NaN where
    one is missing.
    """
    positive = y == 1
    hits, alarms = positive & (predicted == 1), ~positive & (predicted == 1)
    order, starts = _tie_groups(score)
    clipped = np.clip(score, np.finfo(float).eps, 1 - np.finfo(float).eps)
    surprise = -np.log(np.where(positive, clipped, 1 - clipped)) if probabilities else None

    def measure(weights: np.ndarray) -> Metrics:
        total, positives = weights.sum(axis=1), weights @ positive
        negatives = total - positives
        true_positives, false_positives = weights @ hits, weights @ alarms
        true_negatives = negatives - false_positives
        recall = _ratio(true_positives, positives)
        grouped = np.add.reduceat(weights[:, order] * positive[order], starts, axis=1)
        others = np.add.reduceat(weights[:, order] * ~positive[order], starts, axis=1)
        unknown = np.full_like(total, np.nan)
        return {
            "accuracy": (true_positives + true_negatives) / total,
            "balanced_accuracy": (recall + _ratio(true_negatives, negatives)) / 2,
            "precision": _ratio(true_positives, true_positives + false_positives, empty=0.0),
            "recall": recall,
            "f1": _ratio(2 * true_positives, true_positives + false_positives + positives, 0.0),
            "roc_auc": _roc_auc(grouped, others),
            "average_precision": _average_precision(grouped, others),
            "brier": weights @ (score - positive) ** 2 / total if probabilities else unknown,
            "log_loss": weights @ surprise / total if surprise is not None else unknown,
        }

    return measure


def correlation_measure(columns: pd.DataFrame, y: pd.Series) -> Measure:
    """Pearson's and Spearman's correlation of each column with `y`, by "<column> pearson" and
    "<column> spearman", each on the rows that have the column's value; `y` has all of its own.

    NaN where a column or `y` does not vary. All columns are measured in one call, as the ranks of
    `y` are the same for those without gaps: they take half of a column's time.
    """
    outcome = y.to_numpy(dtype=float)
    ranks_y = _rank_groups(outcome)
    parts = {}
    for name in columns:
        x = columns[name].to_numpy(dtype=float)
        known = ~np.isnan(x)
        x = np.where(known, x, 0.0)
        parts[name] = (known, _moments(x, outcome, known), _rank_groups(x))

    def measure(weights: np.ndarray) -> Metrics:
        of_all = _weighted_ranks(weights, *ranks_y)
        values = {}
        for name, (known, moments, ranks_x) in parts.items():
            complete = known.all()
            counted = weights if complete else weights * known
            of_y = of_all if complete else _weighted_ranks(counted, *ranks_y)
            of_x = _weighted_ranks(counted, *ranks_x)
            values[f"{name} pearson"] = _correlation_of_sums(counted @ moments)
            values[f"{name} spearman"] = _weighted_correlation(of_x, of_y, counted)
        return values

    return measure


def on_all_rows(measure: Measure, rows: int) -> dict[str, float]:
    """The metrics with every row counted once."""
    return {name: float(value[0]) for name, value in measure(np.ones((1, rows))).items()}


def bootstrap_intervals(measure: Measure, groups: np.ndarray, seed: int) -> dict[str, Interval]:
    """Each metric with its 95 % bootstrap percentile interval over groups of test rows.

    `groups` (shape (rows,)) says whose a row is: rows of one artist are alike, so artists are drawn
    and not rows (Field & Welsh 2007, "Bootstrapping clustered data"); drawn by artist, most
    intervals of the real table are 20 to 25 % wider than drawn by row. Efron's percentile method,
    1,000 resamples with replacement. It says how far the figure would move with another draw of
    artists for the same fitted model; it knows nothing of other training rows or seeds.
    """
    parts = [measure(weights) for weights in group_weights(groups, seed)]
    values = on_all_rows(measure, len(groups))
    return {
        name: (value, *_percentiles(np.concatenate([part[name] for part in parts])))
        for name, value in values.items()
    }


def group_weights(groups: np.ndarray, seed: int) -> Iterator[np.ndarray]:
    """Resamples of whole groups as weights of rows, in chunks of float64 (resamples, rows).

    Costs 1,000 draws of as many groups as there are, and one weight a row and resample: linear in
    both, 0.3 s for all 15,260 rows of the real table, as much as a draw of rows.
    """
    codes, names = pd.factorize(groups)
    rng = np.random.default_rng(seed)
    offsets = np.arange(_CHUNK)[:, None] * len(names)
    for _ in range(RESAMPLES // _CHUNK):
        drawn = rng.integers(0, len(names), size=(_CHUNK, len(names))) + offsets
        counts = np.bincount(drawn.ravel(), minlength=_CHUNK * len(names))
        yield counts.reshape(_CHUNK, -1)[:, codes].astype(float)


def fold_intervals(folds: list[Mapping[str, float]]) -> dict[str, Interval]:
    """The mean of each metric over folds with the 95 % t-interval of that mean.

    A metric that is NaN in a fold (one class only) is averaged over the others. Folds share
    training rows, so their figures are not independent and the interval is too narrow as a
    confidence interval (Bengio & Grandvalet 2004, "No unbiased estimator of the variance of
    k-fold cross-validation"): read it as the spread over groups of artists.
    """
    from scipy import stats

    intervals = {}
    for name in folds[0]:
        values = np.array([fold[name] for fold in folds])
        values = values[~np.isnan(values)]
        mean = float(values.mean()) if len(values) else np.nan
        half = np.nan
        if len(values) > 1:
            half = float(stats.t.ppf(0.975, len(values) - 1) * stats.sem(values))
        intervals[name] = (mean, mean - half, mean + half)
    return intervals


def _percentiles(values: np.ndarray) -> tuple[float, float]:
    values = values[~np.isnan(values)]
    if not len(values):
        return np.nan, np.nan
    low, high = np.percentile(values, [2.5, 97.5])
    return float(low), float(high)


def _ratio(above: np.ndarray, below: np.ndarray, empty: float = np.nan) -> np.ndarray:
    return np.divide(above, below, out=np.full_like(above, empty, dtype=float), where=below > 0)


def _tie_groups(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Ascending order of the values, and where in it each group of equal values starts."""
    order = np.argsort(values, kind="stable")
    ascending = values[order]
    return order, np.flatnonzero(np.r_[True, ascending[1:] != ascending[:-1]])


def _rank_groups(values: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    order, starts = _tie_groups(values)
    group = np.empty(len(values), dtype=np.int64)
    group[order] = np.repeat(np.arange(len(starts)), np.diff(np.r_[starts, len(values)]))
    return order, starts, group


def _weighted_ranks(
    weights: np.ndarray, order: np.ndarray, starts: np.ndarray, group: np.ndarray
) -> np.ndarray:
    """Average rank of each row when it occurs `weights` times; shape (resamples, rows)."""
    size = np.add.reduceat(weights[:, order], starts, axis=1)
    middle = np.cumsum(size, axis=1) - size + (size + 1) / 2
    return middle[:, group]


def _moments(x: np.ndarray, y: np.ndarray, known: np.ndarray) -> np.ndarray:
    """What sums to a correlation, shape (rows, 6); standardised, else squares of 10^9 views lose
    the digits that matter.
    """
    x, y = ((v - v[known].mean()) / (v[known].std() or 1.0) if known.any() else v for v in (x, y))
    return np.column_stack([np.ones(len(x)), x, y, x * x, y * y, x * y])


def _correlation_of_sums(sums: np.ndarray) -> np.ndarray:
    n, x, y, xx, yy, xy = sums.T
    spread_x, spread_y = n * xx - x**2, n * yy - y**2
    # a column that does not vary has a spread of rounding errors
    spread = np.where((spread_x > 1e-9 * n**2) & (spread_y > 1e-9 * n**2), spread_x * spread_y, 0.0)
    return _ratio(n * xy - x * y, np.sqrt(spread))


def _weighted_correlation(a: np.ndarray, b: np.ndarray, weights: np.ndarray) -> np.ndarray:
    total = weights.sum(axis=1, keepdims=True)
    a = a - (weights * a).sum(axis=1, keepdims=True) / total
    b = b - (weights * b).sum(axis=1, keepdims=True) / total
    spread = (weights * a**2).sum(axis=1) * (weights * b**2).sum(axis=1)
    return _ratio((weights * a * b).sum(axis=1), np.sqrt(spread))


def _roc_auc(positives: np.ndarray, negatives: np.ndarray) -> np.ndarray:
    """Mann-Whitney's U over its maximum; inputs by group of equal scores, ascending."""
    below = np.cumsum(negatives, axis=1) - negatives / 2
    pairs = positives.sum(axis=1) * negatives.sum(axis=1)
    return _ratio((positives * below).sum(axis=1), pairs)


def _average_precision(positives: np.ndarray, negatives: np.ndarray) -> np.ndarray:
    """Sum of precision times the step in recall from the highest score down."""
    found = np.cumsum(positives[:, ::-1], axis=1)
    retrieved = found + np.cumsum(negatives[:, ::-1], axis=1)
    precision = _ratio(found, retrieved, empty=0.0)
    return _ratio((positives[:, ::-1] * precision).sum(axis=1), positives.sum(axis=1))
