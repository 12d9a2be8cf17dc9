"""The knee is where a curve bends."""

import numpy as np
import pytest

from spotyt_dagster.learning.inspection.knee import knee


def test_the_corner_of_two_straight_lines_is_found() -> None:
    x = np.arange(1, 11)
    assert knee(x, np.where(x <= 4, 100 - 20 * x, 40 - 5 * x)) == 4


def test_a_rising_curve_that_bends_upwards_is_read_too() -> None:
    x = np.arange(100)
    assert knee(x, np.where(x < 80, 0.01 * x, 0.8 + (x - 80))) == pytest.approx(80, abs=1)


def test_scales_of_the_axes_do_not_matter() -> None:
    x = np.linspace(1, 12, 12)
    y = 1 / x
    assert knee(x, y) == knee(x, 1e9 * y + 7) == pytest.approx(knee(1000 * x, y) / 1000)


def test_kneedles_own_example_is_reproduced() -> None:
    # Satopää et al. 2011, figure 2: y = -1/x + 5 on 0.1 to 1 in ten steps has its knee at 0.22
    x = np.linspace(0.0, 1.0, 10)
    y = -1 / (x + 0.1) + 5
    assert knee(x, y) == pytest.approx(0.22, abs=0.005)


@pytest.mark.parametrize("y", [[1.0, 1.0, 1.0], [3.0, 1.0]], ids=["flat", "two points"])
def test_a_curve_without_a_bend_is_refused(y: list[float]) -> None:
    with pytest.raises(ValueError, match="knee"):
        knee(range(len(y)), y)
