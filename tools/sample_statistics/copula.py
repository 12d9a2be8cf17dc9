"""Measures how the real table's numbers go together: the copula that the sample is drawn from.

Everything is measured on normal scores, so that marginal laws play no part; those, and all that is
counted, are `tools/sample_statistics`'s.
"""

from typing import Any, cast

import numpy as np
import pandas as pd
from scipy.optimize import brentq, minimize_scalar
from scipy.stats import multivariate_normal, multivariate_t, norm, rankdata, t

from spotyt_dagster.sample.numbers import LATENT, POPULARITY

#: Keeps the rounded matrices positive definite, which Cholesky's method needs.
LEAST_EIGENVALUE = 2e-3


def normal_scores(values: np.ndarray) -> np.ndarray:
    """Normal score of each value; equal values share the mean score of the ranks they hold."""
    lowest = (rankdata(values, "min") - 1) / len(values)
    highest = rankdata(values, "max") / len(values)
    return (norm.pdf(norm.ppf(lowest)) - norm.pdf(norm.ppf(highest))) / (highest - lowest)


def split_covariance(scores: np.ndarray, group: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Covariance between and within groups, by one-way analysis of variance.

    Source: Searle, Casella, McCulloch, Variance Components (1992), section 3.6 (unequal groups).

    Args:
        scores: n x k.
        group: n numbers from 0 on.

    Returns:
        Two k x k matrices; the first estimates the covariance of the groups' true means.
    """
    sizes = np.bincount(group)
    means = np.column_stack([np.bincount(group, column) / sizes for column in scores.T])
    rest = scores - means[group]
    within = rest.T @ rest / (len(scores) - len(sizes))
    means = means - scores.mean(axis=0)
    mean_square = (means * sizes[:, None]).T @ means / (len(sizes) - 1)
    size = (len(scores) - (sizes**2).sum() / len(scores)) / (len(sizes) - 1)
    return (mean_square - within) / size, within


def covariances(rows: pd.DataFrame) -> tuple[list, list]:
    """Covariances of `LATENT`'s normal scores between artists and within, as lower triangles.

    Args:
        rows: with the columns of `LATENT` and Artist; incomplete rows are dropped.
    """
    table = rows[[*LATENT, "Artist"]].dropna()
    columns = table[list(LATENT)].astype("float64").to_numpy().T
    scores = np.column_stack([normal_scores(column) for column in columns])
    between, within = split_covariance(scores, pd.factorize(table["Artist"])[0])
    # Ties shrink the variance v of the scores: for a latent normal cut into steps, the covariance
    # of scores is that of the latent times v (first term of its Hermite series).
    variance = scores.var(axis=0)
    constant = variance < 1e-9
    shrunk = np.outer(np.where(constant, 1, variance), np.where(constant, 1, variance))
    between, within = between / shrunk, within / shrunk
    # Every artist has the places 0 to 9: no artist differs from another there.
    place = LATENT.index("place")
    between[place] = between[:, place] = 0
    np.fill_diagonal(within, 1 - np.diag(between))
    between, within = _definite(between), _definite(within)
    scale = np.sqrt(np.diag(between + within))
    return _triangle(between / np.outer(scale, scale)), _triangle(within / np.outer(scale, scale))


def _definite(matrix: np.ndarray) -> np.ndarray:
    values, vectors = np.linalg.eigh(matrix)
    return (vectors * values.clip(LEAST_EIGENVALUE)) @ vectors.T


def _triangle(matrix: np.ndarray) -> list:
    return [[round(float(x), 4) for x in row[: i + 1]] for i, row in enumerate(matrix)]


def degrees_of_freedom(official: pd.DataFrame) -> float:
    """Of the t copula over the `POPULARITY` columns, by maximum likelihood.

    Source: Demarta and McNeil, The t Copula and Related Copulas (2005); correlations from
    Kendall's tau.
    """
    counts = official[list(POPULARITY)].dropna().astype("float64")
    uniform = counts.rank().to_numpy() / (len(counts) + 1)
    correlation = np.sin(np.pi / 2 * counts.corr("kendall").to_numpy())

    def loss(degrees: float) -> float:
        points = t.ppf(uniform, degrees)
        joint = cast(Any, multivariate_t)(shape=correlation, df=degrees).logpdf(points).sum()
        return t.logpdf(points, degrees).sum() - joint

    best: Any = minimize_scalar(loss, bounds=(2, 30), method="bounded")
    return float(best.x)


def latent_share_between(rows: pd.DataFrame) -> float:
    """Share between artists of the variance of the latent normal that decides `official_video`.

    It is the correlation at which two rows of an artist are both official as often as in `rows`.
    """
    flag = rows["official_video"].astype("float64")
    cut = norm.ppf(flag.mean())
    by_artist = flag.groupby(rows["Artist"]).agg(["sum", "size"])
    by_artist = by_artist[by_artist["size"] > 1]
    hits, sizes = by_artist["sum"], by_artist["size"]
    both = float((hits * (hits - 1) / (sizes * (sizes - 1))).mean())

    def excess(share: float) -> float:
        pair = cast(Any, multivariate_normal)([0, 0], [[1, share], [share, 1]])
        return float(pair.cdf([cut, cut])) - both

    return cast(float, brentq(excess, 0, 0.99))
