"""Clustering systems compared: sizes, agreement, stability.

One system's own clusters are drawn by clusters.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from spotyt_dagster.figures.palette import BLUE, GREY, INK, PALETTE, SEQUENTIAL, VERMILLION
from spotyt_dagster.figures.style import new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_FEW = 0.04  # a narrower piece of a bar has no room for its number


def sizes(table: pd.DataFrame, *, title: str) -> Figure:
    """One bar a system, divided into its clusters, largest first, then noise.

    Args:
        table: system, cluster (int, -1 is noise), size (int) and share (0 to 1).
        title: of the figure.
    """
    systems = list(table["system"].unique())
    figure, axes = new_figure(height=1.8 + 0.5 * len(systems), title=title)
    for place, system in enumerate(systems):
        own = table[table["system"] == system]
        clusters = own[own["cluster"] >= 0].sort_values("size", ascending=False)
        noise = own[own["cluster"] < 0]
        colours = [*np.resize(PALETTE[:-1], len(clusters)), *[INK] * len(noise)]
        left = 0.0
        for colour, (_, row) in zip(colours, pd.concat([clusters, noise]).iterrows(), strict=True):
            axes.barh(place, row["share"], left=left, color=colour, edgecolor="white", lw=1)
            if row["share"] >= _FEW:
                axes.text(
                    left + row["share"] / 2,
                    place,
                    f"{row['size']:,}",
                    ha="center",
                    va="center",
                    fontsize=9,
                    color="white" if colour in (BLUE, VERMILLION, INK) else INK,
                )
            left += row["share"]
    axes.set_yticks(range(len(systems)), systems)
    axes.invert_yaxis()
    axes.set(xlabel="share of tracks, with their number (dark at the end: noise)", xlim=(0, 1))
    axes.grid(axis="y", visible=False)
    return figure


def agreement(table: pd.DataFrame, *, title: str) -> Figure:
    """Adjusted Rand index of every pair of systems, as a lower triangle.

    Args:
        table: the column system and one a system, float64; 1 is the same clusters, 0 is chance.
        title: of the figure.
    """
    names = list(table["system"])
    values = table[names].to_numpy(dtype=float)
    shown = np.ma.masked_where(np.triu(np.ones_like(values, dtype=bool)), values)[1:, :-1]
    figure, axes = new_figure(height=1.6 + 0.8 * len(names), title=title)
    image = axes.imshow(shown, vmin=0, vmax=1, cmap=SEQUENTIAL, aspect="auto")
    for row, column in zip(*np.nonzero(~shown.mask), strict=True):
        value = shown[row, column]
        axes.text(
            column,
            row,
            f"{value:.2f}",
            ha="center",
            va="center",
            fontsize=13,
            color="white" if value < 0.55 else INK,
        )
    axes.set_xticks(range(len(names) - 1), names[:-1])
    axes.set_yticks(range(len(names) - 1), names[1:])
    axes.grid(visible=False)
    axes.set_title("Adjusted Rand index", loc="left", color=GREY)
    figure.colorbar(image, ax=axes, label="0: as by chance; 1: the same clusters")
    return figure


def stability(table: pd.DataFrame, *, title: str) -> Figure:
    """Adjusted Rand index of every pair of seeds as a dot, their mean as a line, by system.

    Args:
        table: system and adjusted_rand (float64), one row a pair.
        title: of the figure.
    """
    systems = list(table["system"].unique())
    figure, axes = new_figure(height=1.8 + 0.6 * len(systems), title=title)
    for place, system in enumerate(systems):
        values = table.loc[table["system"] == system, "adjusted_rand"].to_numpy()
        # spread evenly in the order of the pairs, not at random: the same picture each time
        offsets = np.linspace(-0.25, 0.25, len(values))
        axes.plot(values, place + offsets, "o", ms=4, alpha=0.6, mew=0, color=BLUE)
        axes.plot([values.mean()] * 2, [place - 0.35, place + 0.35], color=VERMILLION, lw=2)
        axes.annotate(
            f"mean {values.mean():.2f}",
            (values.mean(), place - 0.35),
            xytext=(0, 2),
            textcoords="offset points",
            ha="center",
            va="bottom",
            fontsize=9,
            color=INK,
        )
    axes.set_yticks(range(len(systems)), systems)
    axes.set_ylim(len(systems) - 0.4, -0.75)
    low = min(0.0, table["adjusted_rand"].min())
    axes.set(xlabel="adjusted Rand index of two seeds (0: chance, 1: the same)", xlim=(low, 1.03))
    axes.grid(axis="y", visible=False)
    return figure
