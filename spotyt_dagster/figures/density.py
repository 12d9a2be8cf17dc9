"""Distances to nearest neighbours, and DBSCAN's clusters by distance.

The clusters themselves are drawn by clusters.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from spotyt_dagster.figures.palette import BLUE, GREY, ORANGE, VERMILLION
from spotyt_dagster.figures.style import count_axis, new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def k_distance(
    curve: pd.DataFrame,
    sweep: pd.DataFrame,
    *,
    at_knee: float,
    chosen: float,
    min_points: int,
    title: str,
) -> Figure:
    """The sorted k-distances with their knee, and noise share and number of clusters by eps.

    Args:
        curve: tracks (int) and distance (float, rising, of standardised features).
        sweep: eps, clusters (int) and noise_share (0 to 1).
        at_knee: eps at the knee of the curve.
        chosen: the study's eps, one of the sweep.
        min_points: k of the k-distances.
        title: of the figure.
    """
    from matplotlib.ticker import MaxNLocator, PercentFormatter

    figure, left, right = new_figure(1, 2, height=4.6, title=title)
    left.plot(curve["tracks"], curve["distance"], color=BLUE, lw=2)
    ends = curve.iloc[[0, -1]]
    left.plot(ends["tracks"], ends["distance"], "--", color=GREY, lw=1, label="chord")
    at = (curve["distance"] - at_knee).abs().idxmin()
    left.plot(
        curve["tracks"][at],
        at_knee,
        "o",
        ms=9,
        mfc="none",
        mew=2,
        color=VERMILLION,
        label=f"knee: eps = {at_knee:.3g}",
    )
    left.axhline(chosen, color=ORANGE, ls="-.", label=f"study: eps = {chosen:g}")
    left.set(xlabel="tracks, nearest first", ylabel=f"distance to the {min_points}th nearest (SD)")
    left.set_title("k-distance: farthest from the chord", loc="left")
    left.legend(loc="upper left")
    left.xaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))
    count_axis(left.xaxis)
    right.plot(sweep["eps"], sweep["noise_share"], "o-", color=BLUE)
    for eps, clusters, share in sweep[["eps", "clusters", "noise_share"]].to_numpy():
        right.annotate(
            f"{clusters:.0f}",
            (eps, share),
            xytext=(0, 7),
            textcoords="offset points",
            ha="center",
            fontsize=9,
            bbox={"fc": "white", "ec": "none", "pad": 0.5},
        )
    right.axvline(at_knee, color=VERMILLION, lw=1.5)
    right.axvline(chosen, color=ORANGE, ls="-.")
    share = sweep.set_index("eps")["noise_share"][chosen]
    right.set(xlabel="eps (SD); number of clusters at each point", ylabel="noise (share of tracks)")
    right.set_title(f"At eps = {chosen:g} noise is {share:.2%}", loc="left")
    right.set_ylim(0, 1.12 * max(sweep["noise_share"].max(), 0.01))
    right.yaxis.set_major_formatter(PercentFormatter(1))
    return figure
