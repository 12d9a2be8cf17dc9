"""Backward elimination: the error by number of removed features."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from spotyt_dagster.figures.palette import BLUE, VERMILLION
from spotyt_dagster.figures.style import format_count, new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def backward_path(path: pd.DataFrame, *, ylabel: str, title: str) -> Figure:
    """Error after each removal, from all features down to one, with the least marked.

    Args:
        path: one row a step: removed (the feature dropped in it, "" in the first), rmse, chosen
            (bool: the step with the least rmse).
        ylabel: name and unit of the error.
        title: of the figure.
    """
    figure, axes = new_figure(height=6.2, title=title)
    steps = range(len(path))
    axes.plot(steps, path["rmse"], "o-", ms=4, color=BLUE)
    best = int(path["chosen"].to_numpy().argmax())
    axes.axvline(
        best, color=VERMILLION, lw=1.5, label=f"least error: {len(path) - best} features left"
    )
    names = ["all features", *(f"- {name}" for name in path["removed"].iloc[1:])]
    axes.set_xticks(steps, names, rotation=90, fontsize=9)
    axes.set(xlabel="feature removed, one after the other", ylabel=ylabel)
    axes.yaxis.set_major_formatter(
        lambda value, _: format_count(value) if value >= 1000 else f"{value:.3g}"
    )
    axes.set_title("On folds of the training rows, no artist on both sides", loc="left")
    axes.legend()
    return figure
