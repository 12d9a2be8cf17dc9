"""Clusters in the plane, and the means of their tracks.

How clusters came about is learning/clustering's; curves that choose k or eps are curves.py's.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from spotyt_dagster.figures.palette import GREY, INK, PALETTE
from spotyt_dagster.figures.style import count_axis, format_count, new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_POINTS, MOST_NOISE = 1_500, 300  # 2,000 made 166 KB, and a page allows a picture 150 KB
NOISE = -1


def in_the_plane(
    points: np.ndarray,
    labels: np.ndarray,
    *,
    title: str,
    axis_names: tuple[str, str],
    drawn: np.ndarray | None = None,
) -> Figure:
    """Tracks as points in two dimensions, coloured by cluster; the title says how many.

    Args:
        points: float64 (rows, 2), or (len(drawn), 2) where `drawn` is given.
        labels: int (rows,); -1 is noise, drawn as crosses.
        title: of the figure.
        axis_names: of x and y.
        drawn: positions of the rows that have points. Without it, an evenly spaced selection of
            at most 1,500 clustered rows is drawn, and of at most 300 of noise, which is rare and
            would be missed in a common selection.
    """
    from matplotlib.lines import Line2D

    if drawn is None:
        drawn = _evenly_spaced_and_noise(labels)
        points = points[drawn]
    noise = labels[drawn] == NOISE
    figure, axes = new_figure(height=5.4, title=title)
    colours = [_colour(label) for label in labels[drawn][~noise]]
    axes.scatter(*points[~noise].T, s=8, linewidths=0, c=colours)
    axes.scatter(*points[noise].T, s=26, marker=_MARKERS[True], linewidths=1.2, color=INK)
    # a far outlier must not press the rest into a corner
    low, high = np.percentile(points, [0.2, 99.8], axis=0)
    margin = 0.06 * (high - low)
    axes.set_xlim(low[0] - margin[0], high[0] + margin[0])
    axes.set_ylim(low[1] - margin[1], high[1] + margin[1])
    axes.set(xlabel=axis_names[0], ylabel=axis_names[1])
    axes.set_title(f"{len(drawn):,} of {len(labels):,} tracks drawn", loc="left", color=GREY)
    names, counts = np.unique(labels, return_counts=True)
    handles = [
        Line2D(
            [],
            [],
            ls="",
            marker=_MARKERS[name == NOISE],
            color=_colour(name),
            label=_name(name, count),
        )
        for name, count in zip(names, counts, strict=True)
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=min(4, len(handles)))
    return figure


def mean_views(profile: pd.DataFrame, *, column: str, title: str) -> Figure:
    """Mean of a count (views) by cluster, as bars from zero with the number on each.

    Args:
        profile: one row a cluster: cluster (int), size (int) and `column` (float, views).
        column: of the mean.
        title: of the figure.
    """
    figure, axes = new_figure(height=4.2, title=title)
    names = [
        _name(*pair).replace(" (", "\n(")
        for pair in zip(profile["cluster"], profile["size"], strict=True)
    ]
    bars = axes.bar(names, profile[column], color=[_colour(c) for c in profile["cluster"]])
    axes.bar_label(bars, [format_count(value) for value in profile[column]], padding=2)
    axes.set(ylabel=f"mean {column} (views)")
    axes.margins(y=0.12)
    axes.grid(axis="x", visible=False)
    count_axis(axes.yaxis)
    return figure


def mean_traits(profile: pd.DataFrame, *, columns: Sequence[str], title: str) -> Figure:
    """Means of audio traits by cluster, as groups of bars.

    Args:
        profile: one row a cluster: cluster (int), size (int) and `columns` (float, 0 to 1).
        columns: of the traits.
        title: of the figure.
    """
    figure, axes = new_figure(height=4.4, title=title)
    width = 0.8 / len(profile)
    for place, (_, row) in enumerate(profile.iterrows()):
        x = np.arange(len(columns)) + (place - (len(profile) - 1) / 2) * width
        bars = axes.bar(
            x,
            row[list(columns)].astype(float),
            width * 0.92,
            color=_colour(int(row["cluster"])),
            label=_name(int(row["cluster"]), int(row["size"])),
        )
        axes.bar_label(bars, fmt="%.2f", fontsize=8, padding=1)
    axes.set_xticks(np.arange(len(columns)), columns)
    axes.set(ylabel="mean over the cluster's tracks (0 to 1)")
    axes.margins(y=0.1)
    axes.grid(axis="x", visible=False)
    figure.legend(loc="outside lower center", ncols=min(4, len(profile)))
    return figure


def _evenly_spaced_and_noise(labels: np.ndarray) -> np.ndarray:
    noise, others = np.flatnonzero(labels == NOISE), np.flatnonzero(labels != NOISE)
    return np.union1d(_evenly_spaced(others, MOST_POINTS), _evenly_spaced(noise, MOST_NOISE))


def _evenly_spaced(positions: np.ndarray, most: int) -> np.ndarray:
    return positions[:: max(-(-len(positions) // most), 1)]


_MARKERS = {False: "o", True: "x"}
"""Of a track, by whether it is noise."""


def _colour(label: int) -> str:
    return INK if label == NOISE else (*PALETTE[:-1], GREY)[label % len(PALETTE)]


def _name(label: int, size: int) -> str:
    kind = "noise" if label == NOISE else f"cluster {label}"
    return f"{kind} ({size:,})"
