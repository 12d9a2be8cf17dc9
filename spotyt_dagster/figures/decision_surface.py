"""A classifier's predictions in a plane, and its decision surface in space."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from spotyt_dagster.figures.palette import BLUE, INK, ORANGE
from spotyt_dagster.figures.style import count_axis, log10_count_axis, new_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

CLASS_COLOURS = (BLUE, ORANGE)
_MARKERS = ("o", "^")
_SEEN = (1, 99)  # percentiles in view: a few hits of billions of likes would squeeze all others


def predictions_in_the_plane(
    panels: Mapping[str, pd.DataFrame], *, classes: tuple[str, str], title: str
) -> Figure:
    """Test rows in a plane, right predictions above wrong ones.

    Args:
        panels: by title, one row a test row: x, y (position, float64), actual, predicted (0/1).
        classes: names of classes 0 and 1.
        title: of the figure.
    """
    figure, *axes = new_figure(2, len(panels), height=7.6, title=title)
    for column, (name, table) in enumerate(panels.items()):
        x_range, y_range = (np.percentile(table[c], _SEEN) for c in ("x", "y"))
        inside = table["x"].between(*x_range) & table["y"].between(*y_range)
        right = table["actual"] == table["predicted"]
        for row, (kind, rows) in enumerate(
            {"predicted rightly": right, "predicted wrongly": ~right}.items()
        ):
            panel = axes[row * len(panels) + column]
            _points(panel, table[rows & inside])
            panel.set(xlim=x_range, ylim=y_range)
            panel.set_title(f"{name}: {rows.sum():,} {kind}", loc="left", fontsize=11)
            panel.set_xlabel("principal component 1 (middle 98 % of rows)")
            panel.set_ylabel("principal component 2" if column == 0 else "")
    figure.legend(
        handles=_legend(classes, "predicted "), loc="outside lower center", ncols=2, markerscale=2
    )
    return figure


def separating_surface(
    points: pd.DataFrame,
    actual: np.ndarray,
    grid: tuple[np.ndarray, np.ndarray, np.ndarray],
    probability: np.ndarray,
    *,
    classes: tuple[str, str],
    title: str,
) -> Figure:
    """The surface of probability 0.5 over three features, with test rows on either side.

    matplotlib has no surfaces of three variables, so this one is drawn as its contour lines in
    slices across each axis.

    Args:
        points: float64 (rows, 3), columns named by their features; a log10_ column is labelled in
            counts.
        actual: 0/1, shape (rows,).
        grid: values of each axis.
        probability: of class 1, shape (len(x), len(y), len(z)).
        classes: names of classes 0 and 1.
        title: of the figure.
    """
    from matplotlib.lines import Line2D
    from matplotlib.ticker import MaxNLocator

    figure, axes = new_figure(height=7.0, title=title, subplot_kw={"projection": "3d"})
    for across, direction in enumerate("xyz"):
        sides = [values for place, values in enumerate(grid) if place != across]
        for value, slice_ in zip(grid[across], np.moveaxis(probability, across, 0), strict=True):
            if slice_.min() < 0.5 < slice_.max():
                lines = list(np.meshgrid(*sides, indexing="ij"))
                lines.insert(across, slice_)
                axes.contour(
                    *lines,
                    levels=[0.5],
                    zdir=direction,
                    offset=value,
                    colors=[INK],
                    linewidths=0.6,
                    alpha=0.6,
                )
    for label, colour in enumerate(CLASS_COLOURS):
        axes.scatter(
            *points[actual == label].to_numpy().T,
            s=14,
            color=colour,
            marker=_MARKERS[label],
            alpha=0.8,
        )
    for name, column, values in zip("xyz", points.columns, grid, strict=True):
        axis = getattr(axes, f"{name}axis")
        axis.set_major_locator(MaxNLocator(5))
        axis.labelpad = 10
        if column.startswith("log10_"):
            log10_count_axis(axis)
        elif abs(values).max() >= 1_000:
            count_axis(axis)
        axes.set(**{f"{name}label": column.removeprefix("log10_"), f"{name}lim": values[[0, -1]]})
    surface = Line2D([], [], color=INK, lw=1, label="even odds")
    figure.legend(
        handles=[*_legend(classes, "actual "), surface], loc="outside lower center", ncols=3
    )
    return figure


def _points(axes: Axes, table: pd.DataFrame) -> None:
    for label, colour in enumerate(CLASS_COLOURS):
        rows = table[table["predicted"] == label]
        axes.plot(rows["x"], rows["y"], _MARKERS[label], ms=3, color=colour, alpha=0.6, mew=0)


def _legend(classes: tuple[str, str], prefix: str) -> list[Line2D]:
    from matplotlib.lines import Line2D

    return [
        Line2D([], [], ls="", marker=marker, color=colour, label=f"{prefix}{name}")
        for name, colour, marker in zip(classes, CLASS_COLOURS, _MARKERS, strict=True)
    ]
