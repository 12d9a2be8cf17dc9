"""Curves with a knee, such as the elbow of k-means, and the knee marked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from spotyt_dagster.figures.palette import BLUE, GREY, VERMILLION
from spotyt_dagster.figures.style import count_axis, new_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def knee_curve(
    x: np.ndarray | pd.Series,
    y: np.ndarray | pd.Series,
    knee: float,
    *,
    title: str,
    xlabel: str,
    ylabel: str,
    whole_numbers: bool = True,
) -> Figure:
    """One curve with its knee marked.

    Args:
        x: one value a point.
        y: one value a point.
        knee: one of x.
        title: of the figure.
        xlabel: of the x axis.
        ylabel: of the y axis.
        whole_numbers: whether only whole numbers are ticks of the x axis.
    """
    figure, axes = new_figure(title=title)
    draw_knee_curve(axes, x, y, knee, xlabel=xlabel, ylabel=ylabel, whole_numbers=whole_numbers)
    return figure


def elbow(table: pd.DataFrame, knee: int, *, title: str) -> Figure:
    """Inertia with its knee, and the silhouette beside it, by number of clusters.

    Args:
        table: k (int), inertia and silhouette (float), one row a k.
        knee: one of k.
        title: of the figure.
    """
    from matplotlib.ticker import MaxNLocator

    figure, left, right = new_figure(1, 2, height=4.2, title=title)
    draw_knee_curve(
        left,
        table["k"],
        table["inertia"],
        knee,
        xlabel="number of clusters k",
        ylabel="inertia (sum of squared distances)",
    )
    right.plot(table["k"], table["silhouette"], "o-", color=BLUE)
    best = table.iloc[int(table["silhouette"].to_numpy().argmax())]
    right.plot(best["k"], best["silhouette"], "o", ms=11, mfc="none", mew=2, color=VERMILLION)
    right.set(xlabel="number of clusters k", ylabel="mean silhouette (-1 to 1)")
    right.set_title(f"Silhouette: highest at k = {best['k']:.0f}", loc="left")
    right.xaxis.set_major_locator(MaxNLocator(integer=True))
    return figure


def draw_knee_curve(
    axes: Axes,
    x: np.ndarray | pd.Series,
    y: np.ndarray | pd.Series,
    knee: float,
    *,
    xlabel: str,
    ylabel: str,
    whole_numbers: bool = True,
) -> None:
    """Draw the curve of `knee_curve` on existing axes.

    Args:
        axes: to draw on.
        x: one value a point.
        y: one value a point.
        knee: one of x.
        xlabel: of the x axis.
        ylabel: of the y axis.
        whole_numbers: whether only whole numbers are ticks of the x axis.
    """
    from matplotlib.ticker import MaxNLocator

    x, y = np.asarray(x), np.asarray(y)
    axes.plot(x, y, "o-" if len(x) <= 60 else "-", color=BLUE, ms=4)
    axes.plot(x[[0, -1]], y[[0, -1]], "--", color=GREY, lw=1, label="chord")
    axes.axvline(knee, color=VERMILLION, lw=1.5, label=f"knee at {knee:.4g}")
    axes.set(xlabel=xlabel, ylabel=ylabel)
    axes.set_title("Knee: farthest point from the chord", loc="left")
    count_axis(axes.yaxis)
    if whole_numbers:
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.legend()
