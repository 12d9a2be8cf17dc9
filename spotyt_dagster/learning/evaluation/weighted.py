"""Test rows under many weightings at once: what the metrics are made of.

A bootstrap resample is the same rows with counts as weights. scikit-learn's functions take one
weighting a call, at 1-3 ms each; 1,000 resamples of 9 metrics would cost about 15 s an evaluation,
these cost 0.2 s. The tests hold them against scikit-learn's and SciPy's on real resamples.

Which of these is a metric, and what it is called, metrics.py lists.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import pandas as pd

from spotyt_dagster.learning.evaluation.intervals import Measure


class RankGroups(NamedTuple):
    """What the ranks of some values under any weights are made of.

    Attributes:
        order: that sorts them, int64 (values,).
        ends: where in it the last of each group of equal values stands, int64 (groups,).
        group: of each value, int64 (values,).
    """

    order: np.ndarray
    ends: np.ndarray
    group: np.ndarray


@dataclass(frozen=True, eq=False)
class RegressionRows:
    """Test rows of a regressor, and what of them does not depend on weights.

    Attributes:
        y: actual values, float64 of shape (rows,).
        prediction: of the same shape.
        logarithms: whether both are logarithms of counts, whose sum means nothing.
    """

    y: np.ndarray
    prediction: np.ndarray
    logarithms: bool = False

    @cached_property
    def squared(self) -> np.ndarray:
        """Squared errors, shape (rows,)."""
        return (self.y - self.prediction) ** 2

    @cached_property
    def absolute(self) -> np.ndarray:
        """Absolute errors, shape (rows,)."""
        return np.abs(self.y - self.prediction)

    @cached_property
    def centred(self) -> np.ndarray:
        """Distances of y from its mean, shape (rows,)."""
        return self.y - self.y.mean()

    @cached_property
    def ranks(self) -> tuple[RankGroups, RankGroups]:
        """Ranks of y and of the predictions."""
        return rank_groups(self.y), rank_groups(self.prediction)


@dataclass(frozen=True, eq=False)
class WeightedRegression:
    """RegressionRows under `weights`, float64 of shape (resamples, rows); values (resamples,)."""

    rows: RegressionRows
    weights: np.ndarray

    @cached_property
    def total(self) -> np.ndarray:
        """Sum of the weights."""
        return self.weights.sum(axis=1)

    @cached_property
    def mse(self) -> np.ndarray:
        """Mean squared error."""
        return self.weights @ self.rows.squared / self.total

    @cached_property
    def variance(self) -> np.ndarray:
        """Variance of y."""
        centred = self.rows.centred
        return self.weights @ centred**2 / self.total - (self.weights @ centred / self.total) ** 2

    def spearman(self) -> np.ndarray:
        """Rank correlation of the predictions with y; NaN where one does not vary."""
        lines = np.ascontiguousarray(self.weights.T)
        return rank_correlation(lines, *(centred_ranks(lines, one) for one in self.rows.ranks))


@dataclass(frozen=True, eq=False)
class ClassificationRows:
    """Test rows of a binary classifier, and what of them does not depend on weights.

    Attributes:
        y: actual classes, 0 or 1, of shape (rows,).
        predicted: classes, of the same shape.
        score: float64 of shape (rows,); grows with the belief in class 1.
        probabilities: whether the scores are probabilities.
    """

    y: np.ndarray
    predicted: np.ndarray
    score: np.ndarray
    probabilities: bool

    @cached_property
    def positive(self) -> np.ndarray:
        """Rows of class 1, bool."""
        return self.y == 1

    @cached_property
    def hits(self) -> np.ndarray:
        """Rows of class 1 that are found, bool."""
        return self.positive & (self.predicted == 1)

    @cached_property
    def alarms(self) -> np.ndarray:
        """Rows of class 0 that are taken for class 1, bool."""
        return ~self.positive & (self.predicted == 1)

    @cached_property
    def surprise(self) -> np.ndarray:
        """Minus the logarithm of the probability given to the actual class."""
        clipped = np.clip(self.score, np.finfo(float).eps, 1 - np.finfo(float).eps)
        return -np.log(np.where(self.positive, clipped, 1 - clipped))

    @cached_property
    def ties(self) -> tuple[np.ndarray, np.ndarray]:
        """Ascending order of the scores, and where in it each group of equal scores starts."""
        return _tie_groups(self.score)


@dataclass(frozen=True, eq=False)
class WeightedClassification:
    """ClassificationRows under `weights`, float64 of shape (resamples, rows).

    Values are of shape (resamples,), `by_score` of (resamples, groups of equal scores).
    """

    rows: ClassificationRows
    weights: np.ndarray

    @cached_property
    def total(self) -> np.ndarray:
        """Sum of the weights."""
        return self.weights.sum(axis=1)

    @cached_property
    def positives(self) -> np.ndarray:
        """Rows of class 1."""
        return self.weights @ self.rows.positive

    @cached_property
    def negatives(self) -> np.ndarray:
        """Rows of class 0."""
        return self.total - self.positives

    @cached_property
    def true_positives(self) -> np.ndarray:
        """Rows of class 1 that are found."""
        return self.weights @ self.rows.hits

    @cached_property
    def false_positives(self) -> np.ndarray:
        """Rows of class 0 that are taken for class 1."""
        return self.weights @ self.rows.alarms

    @cached_property
    def true_negatives(self) -> np.ndarray:
        """Rows of class 0 that are predicted as such."""
        return self.negatives - self.false_positives

    @cached_property
    def recall(self) -> np.ndarray:
        """Share of class 1 that is found; NaN where there is none."""
        return ratio(self.true_positives, self.positives)

    @cached_property
    def by_score(self) -> tuple[np.ndarray, np.ndarray]:
        """Rows of class 1 and of class 0 in each group of equal scores, ascending."""
        order, starts = self.rows.ties
        positive = self.rows.positive[order]
        ordered = self.weights[:, order]
        return (
            np.add.reduceat(ordered * positive, starts, axis=1),
            np.add.reduceat(ordered * ~positive, starts, axis=1),
        )

    def of_probabilities(self, losses: np.ndarray) -> np.ndarray:
        """The mean of losses of shape (rows,); NaN where the scores are no probabilities."""
        if not self.rows.probabilities:
            return np.full_like(self.total, np.nan)
        return self.weights @ losses / self.total

    def roc_auc(self) -> np.ndarray:
        """Mann-Whitney's U over its maximum; NaN where a class is missing."""
        positives, negatives = self.by_score
        below = np.cumsum(negatives, axis=1) - negatives / 2
        pairs = positives.sum(axis=1) * negatives.sum(axis=1)
        return ratio((positives * below).sum(axis=1), pairs)

    def average_precision(self) -> np.ndarray:
        """Sum of precision times the step in recall from the highest score down."""
        positives, negatives = self.by_score
        found = np.cumsum(positives[:, ::-1], axis=1)
        retrieved = found + np.cumsum(negatives[:, ::-1], axis=1)
        precision = ratio(found, retrieved, empty=0.0)
        return ratio((positives[:, ::-1] * precision).sum(axis=1), positives.sum(axis=1))


def correlation_measure(columns: pd.DataFrame, y: pd.Series) -> Measure:
    """Correlations of each column with `y`, by "<column> pearson" and "<column> spearman".

    Each is measured on the rows that have the column's value; `y` has all of its own. NaN where a
    column or `y` does not vary. All columns are measured in one call: the ranks of `y` are the same
    for those that have gaps in the same rows, and take half of a column's time.
    """
    outcome = y.to_numpy(dtype=float)
    ranks_y = rank_groups(outcome)
    by_gaps: dict[bytes, list[str]] = {}
    for name in columns:
        by_gaps.setdefault(columns[name].isna().to_numpy().tobytes(), []).append(str(name))
    parts = []
    for names in by_gaps.values():
        known = columns[names[0]].notna().to_numpy()
        filled = {name: np.where(known, columns[name].to_numpy(float), 0.0) for name in names}
        of_columns = {
            name: (_moments(x, outcome, known), rank_groups(x)) for name, x in filled.items()
        }
        parts.append((known, of_columns))

    def measure(weights: np.ndarray) -> dict[str, np.ndarray]:
        lines = np.ascontiguousarray(weights.T)
        values = {}
        for known, of_columns in parts:
            counted = lines if known.all() else lines * known[:, None]
            of_y = centred_ranks(counted, ranks_y)
            for name, (moments, ranks_x) in of_columns.items():
                of_x = centred_ranks(counted, ranks_x)
                values[f"{name} pearson"] = _correlation_of_sums(counted.T @ moments)
                values[f"{name} spearman"] = rank_correlation(counted, of_x, of_y)
        return values

    return measure


def ratio(above: np.ndarray, below: np.ndarray, empty: float = np.nan) -> np.ndarray:
    """Quotients; `empty` where `below` is not above 0."""
    return np.divide(above, below, out=np.full_like(above, empty, dtype=float), where=below > 0)


def _tie_groups(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Ascending order of the values, and where in it each group of equal values starts."""
    order = np.argsort(values, kind="stable")
    ascending = values[order]
    return order, np.flatnonzero(np.r_[True, ascending[1:] != ascending[:-1]])


def rank_groups(values: np.ndarray) -> RankGroups:
    """What the ranks of values under any weighting are made of."""
    order, starts = _tie_groups(values)
    ends = np.r_[starts[1:], len(values)] - 1
    group = np.empty(len(values), dtype=np.int64)
    group[order] = np.repeat(np.arange(len(starts)), np.diff(ends, prepend=-1))
    return RankGroups(order, ends, group)


@dataclass(frozen=True)
class CentredRanks:
    """Average ranks of rows that occur `weights` times, less their mean.

    Attributes:
        of_rows: float64 of shape (rows, resamples): a gather of whole lines is five times as fast
            as one along them.
        spread: sum of their weighted squares, float64 of shape (resamples,).
    """

    of_rows: np.ndarray
    spread: np.ndarray


def centred_ranks(weights: np.ndarray, ranks: RankGroups) -> CentredRanks:
    """The ranks of some values under weights, whole numbers of shape (rows, resamples)."""
    # as whole numbers: floats take six times as long to add up, np.add.reduceat 15 times
    up_to = np.cumsum(weights.astype(np.int32)[ranks.order], axis=0, dtype=np.int32)[ranks.ends]
    size = np.diff(up_to, axis=0, prepend=0)
    # the middle of a group, less the mean of all ranks: (total + 1) / 2
    centred = (2 * up_to - size - up_to[-1]) / 2
    return CentredRanks(centred[ranks.group], np.einsum("gr,gr,gr->r", size, centred, centred))


def rank_correlation(weights: np.ndarray, a: CentredRanks, b: CentredRanks) -> np.ndarray:
    """Spearman's correlation of two rankings under the weights of both, shape (resamples,).

    Ranks are halves of whole numbers, so that sums of them are exact.
    """
    products = np.einsum("nr,nr,nr->r", weights, a.of_rows, b.of_rows)
    return ratio(products, np.sqrt(a.spread * b.spread))


def _moments(x: np.ndarray, y: np.ndarray, known: np.ndarray) -> np.ndarray:
    """What sums to a correlation, shape (rows, 6).

    Standardised, else squares of 10^9 views lose the digits that matter.
    """
    x, y = ((v - v[known].mean()) / (v[known].std() or 1.0) if known.any() else v for v in (x, y))
    return np.column_stack([np.ones(len(x)), x, y, x * x, y * y, x * y])


def _correlation_of_sums(sums: np.ndarray) -> np.ndarray:
    n, x, y, xx, yy, xy = sums.T
    spread_x, spread_y = n * xx - x**2, n * yy - y**2
    # a column that does not vary has a spread of rounding errors
    spread = np.where((spread_x > 1e-9 * n**2) & (spread_y > 1e-9 * n**2), spread_x * spread_y, 0.0)
    return ratio(n * xy - x * y, np.sqrt(spread))
