"""How the sandbox's numbers grow from February 2023 on: formulas and their constants, no ids.

A count follows a power law of its age, count(age) ~ age ** pace, the usual shape of a video's
cumulative views (fast at first, never quite still): Szabo and Huberman, "Predicting the popularity
of online content", CACM 53(8), 2010, found log-linear growth of it. Which video has which pace is
decided in `population.py`.
"""

from datetime import UTC, date, datetime

import numpy as np

#: The day the Kaggle file was collected; its figures are the world's at this date.
COLLECTED = datetime(2023, 2, 7, tzinfo=UTC)
YEAR_DAYS = 365.25

#: Years from publication to `COLLECTED`: skewed to the recent, none fresher than a year (the file
#: holds each artist's ten greatest tracks, not the newest), none older than YouTube itself (first
#: video 2005-04-23).
AGE_RANGE = (1.0, 17.3)
AGE_SKEW = 1.3
#: Rank correlation of a video's age with its artist's fame: what has been up for longer was seen
#: more. Not with its own views: its year of publication is among the leak-free features.
AGE_WITH_FAME = 0.3

#: Median and spread (log-normal) of the pace of views, set with the ages above so that on the real
#: file, by November 2024, when the study fetched, the tracks with more views than streams have gone
#: from 25.9 % to 31.0 %, and OLS of views on streams gives slope 0.820 and R2 0.373 (the study:
#: about 31 %, 0.8175, 0.390).
PACE_MEDIAN = 0.65
PACE_SPREAD = 0.4
#: No count grows faster than in proportion to its age.
PACE_MOST = 1.0

#: Likes and comments come early in a video's life, so they grow more slowly than its views.
LIKES_PACE = (0.75, 0.95)
COMMENTS_PACE = (0.5, 0.9)

#: YouTube removes views that it takes for spam: these few videos stay a little below 2023.
SPAM_SHARE = 0.005
SPAM_LOSS = 0.05

#: The study lost 0.7 % of its complete rows between 2023 and late 2024 (15,260 to 15,158), all
#: reasons together; 0.4 % a year makes that, and about 1.5 % of gone videos by the end of 2026.
GONE_A_YEAR = 0.004


def years_since_collected(at: date) -> float:
    """Years from `COLLECTED` to a day; 0 for days before it, where nothing is known."""
    return max(0.0, (at - COLLECTED.date()).days / YEAR_DAYS)


def ages(uniform: np.ndarray, fame: np.ndarray) -> np.ndarray:
    """Years from publication to `COLLECTED`.

    Args:
        uniform: numbers in (0, 1), shape (n,).
        fame: of each video's artist, shape (n,); only their order matters.

    Returns:
        float64 within `AGE_RANGE`, shape (n,).
    """
    from scipy.special import ndtr, ndtri
    from scipy.stats import rankdata

    standing = ndtri((rankdata(fame) - 0.5) / len(fame))
    fresh = np.sqrt(1 - AGE_WITH_FAME**2) * ndtri(uniform)
    low, high = AGE_RANGE
    return low + (high - low) * ndtr(AGE_WITH_FAME * standing + fresh) ** AGE_SKEW


def paces(uniform: np.ndarray) -> np.ndarray:
    """Growth exponents, log-normal, from uniform numbers of any shape."""
    from scipy.special import ndtri

    return np.minimum(PACE_MEDIAN * np.exp(PACE_SPREAD * ndtri(uniform)), PACE_MOST)


def grown(counts: np.ndarray, age: np.ndarray, pace: np.ndarray, years: float) -> np.ndarray:
    """Counts `years` after `COLLECTED`.

    Args:
        counts: shape (n,), the figures of 2023; NaN stays NaN.
        age: shape (n,), years from publication to `COLLECTED`, above 0.
        pace: shape (n,), exponents, 0 (no growth) or greater.
        years: from `COLLECTED`, 0 or more.

    Returns:
        float64 of shape (n,), whole numbers, never below `counts`.
    """
    return np.floor(counts * ((age + years) / age) ** pace)


def gone(uniform: np.ndarray, years: float) -> np.ndarray:
    """Which videos are deleted or private by then; once gone, gone for good. Booleans, (n,)."""
    return uniform < 1 - (1 - GONE_A_YEAR) ** years


def between(uniform: np.ndarray, bounds: tuple[float, float]) -> np.ndarray:
    """Uniform numbers stretched from (0, 1) to `bounds`, any shape."""
    low, high = bounds
    return low + (high - low) * uniform


def three_digits(numbers: np.ndarray) -> np.ndarray:
    """Numbers from 0 up, rounded down to three significant digits as YouTube does; int64, (n,)."""
    digits = np.floor(np.log10(np.maximum(numbers, 1))).astype(np.int64) + 1
    step = 10 ** np.maximum(digits - 3, 0)
    return numbers.astype(np.int64) // step * step
