"""Coefficients of linear models, and the choice of their penalty."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from spotyt_dagster.figures.palette import BLUE, GREY, INK, VERMILLION
from spotyt_dagster.figures.style import format_count, new_figure

if TYPE_CHECKING:
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure


def coefficients(panels: dict[str, pd.DataFrame], *, unit: str, title: str) -> Figure:
    """Coefficients of standardised features, largest on top: mean (dot) and range over the fits.

    Args:
        panels: at most two, by title: one row a feature and fit: feature, coefficient.
        unit: of a coefficient.
        title: of the figure.
    """
    longest = max(table["feature"].nunique() for table in panels.values())
    figure, *axes = new_figure(1, len(panels), height=1.6 + 0.28 * longest, title=title)
    for panel, (name, table) in zip(axes, panels.items(), strict=True):
        spread = table.groupby("feature")["coefficient"].agg(["mean", "min", "max"])
        spread = spread.sort_values("mean", key=abs)
        places = range(len(spread))
        panel.axvline(0, color=GREY, lw=1)
        panel.hlines(places, spread["min"], spread["max"], color=BLUE, lw=4, alpha=0.4)
        panel.plot(spread["mean"], places, "o", color=BLUE)
        panel.set_yticks(places, [str(feature) for feature in spread.index], fontsize=9)
        panel.set(xlabel=unit)
        panel.set_title(name, loc="left")
        _signed_counts(panel.xaxis)
        panel.locator_params(axis="x", nbins=3)
    return figure


def penalty_curve(table: pd.DataFrame, alpha: float, *, ylabel: str, title: str) -> Figure:
    """Error by strength of the penalty, with the chosen one marked.

    Args:
        table: one row an alpha: alpha, rmse (mean over folds of training rows), low, high (least
            and greatest of the folds).
        alpha: the chosen one.
        ylabel: name and unit of the error.
        title: of the figure.
    """
    figure, axes = new_figure(height=4.4, title=title)
    axes.fill_between(
        table["alpha"],
        table["low"],
        table["high"],
        color=BLUE,
        alpha=0.15,
        label="least to greatest of the folds",
    )
    axes.plot(table["alpha"], table["rmse"], "o-", ms=4, color=BLUE, label="mean over folds")
    axes.axvline(alpha, color=VERMILLION, lw=1.5, label=f"chosen: {_signed_count(alpha)}")
    axes.set_xscale("log")
    axes.set(xlabel="penalty alpha", ylabel=ylabel)
    _signed_counts(axes.yaxis)
    axes.legend(labelcolor=INK)
    return figure


def _signed_counts(axis: Axis) -> None:
    from matplotlib.ticker import FuncFormatter

    axis.set_major_formatter(FuncFormatter(_signed_count))


def _signed_count(value: float, _position: int | None = None) -> str:
    return format_count(value) if abs(value) >= 1 else f"{value:.3g}"
