"""Reading the knee off a curve by rule, not by eye."""

import numpy as np
from numpy.typing import ArrayLike


def knee(x: ArrayLike, y: ArrayLike) -> float:
    """The x at which the curve lies farthest from the chord between its ends.

    The rule of Kneedle (Satopää, Albrecht, Irwin, Raghavan 2011, "CheckOutcome a 'Kneedle' in a
    Haystack") without its smoothing and its threshold for several knees: both axes are scaled to
    0-1 and the greatest distance to the chord wins. x and y have one value a point, in the order
    of x; falling and rising curves are treated alike. A curve that does not vary, or of fewer
    than three points, has no knee and raises ValueError.

    >>> knee([1, 2, 3, 4, 5], [10, 4, 3, 2.5, 2])
    2.0
    """
    x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    if len(x) < 3 or np.ptp(y) == 0:
        raise ValueError("a knee needs three points and a curve that varies")
    across, up = (x - x[0]) / (x[-1] - x[0]), (y - y.min()) / np.ptp(y)
    # the distance to the chord is this gap times a constant, the cosine of the chord's angle
    gap = np.abs(up - (up[0] + across * (up[-1] - up[0])))
    return float(x[np.argmax(gap)])
