"""Scores with their intervals, the two protocols distinguished by colour and by shape."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from spotyt_dagster.figures.palette import BLUE, GREY, INK, ORANGE
from spotyt_dagster.figures.style import new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_LOOK = {"study": (BLUE, "o"), "grouped": (ORANGE, "s")}
_MEANING = {
    "study": "study: random split, bootstrap of artists",
    "grouped": "grouped: no artist on both sides, interval over folds",
}


def scores(metrics: pd.DataFrame, metric: str, *, title: str, axis: str = "") -> Figure:
    """One line a variant and split: value and 95 % interval of a metric.

    Args:
        metrics: rows of METRIC_COLUMNS.
        metric: name of the metric drawn.
        title: of the figure.
        axis: name and unit of the score; the metric's name where empty.
    """
    from matplotlib.lines import Line2D

    rows = metrics[(metrics["metric"] == metric) & metrics["protocol"].isin(_LOOK)].iloc[::-1]
    several_targets = rows["target"].nunique() > 1
    figure, axes = new_figure(height=1.7 + 0.36 * len(rows), title=title)
    names = []
    for place, (_, row) in enumerate(rows.iterrows()):
        colour, marker = _LOOK[row["protocol"]]
        axes.plot([row["low"], row["high"]], [place, place], color=colour, lw=2)
        axes.plot(row["value"], place, marker, color=colour)
        axes.annotate(
            f"{row['value']:.3f}",
            (row["high"], place),
            xytext=(5, 0),
            va="center",
            textcoords="offset points",
            fontsize=9,
            color=INK,
        )
        target = f"{row['target']}: " if several_targets else ""
        names.append(target + ", ".join(filter(None, row[["snapshot", "detail", "split"]])))
    axes.set_yticks(range(len(names)), names, fontsize=9)
    axes.set_ylim(-0.6, len(names) - 0.4)
    axes.margins(x=0.14)
    axes.set(xlabel=axis or metric)
    if axes.get_xlim()[0] < 0:
        axes.axvline(0, color=GREY, lw=1)
    handles = [
        Line2D([], [], color=colour, marker=marker, label=_MEANING[protocol])
        for protocol, (colour, marker) in _LOOK.items()
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=1, fontsize=9)
    return figure
