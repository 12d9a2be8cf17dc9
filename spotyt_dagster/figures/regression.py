"""Predicted against actual counts, on log scales because counts are heavy-tailed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from spotyt_dagster.figures.palette import BLUE, ORANGE, SEQUENTIAL, VERMILLION
from spotyt_dagster.figures.style import count_axis, format_count, log10_count_axis, new_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def predicted_against_actual(panels: dict[str, pd.DataFrame], *, target: str, title: str) -> Figure:
    """Density of predicted against actual counts; the panel says how many predictions are below 1.

    Args:
        panels: at most two, by title: `y` and `prediction` in counts (not logs), one row a test
            track. Values below 1 are drawn at 1.
        target: name of the count.
        title: of the figure.
    """
    figure, *axes = new_figure(1, len(panels), height=4.3, title=title, sharex=True, sharey=True)
    drawn = pd.concat(panels.values())[["y", "prediction"]].clip(lower=1).to_numpy()
    ends = np.log10(drawn.min()) - 0.1, np.log10(drawn.max()) + 0.1
    for panel, (name, table) in zip(axes, panels.items(), strict=True):
        actual, predicted = (np.log10(table[c].clip(lower=1)) for c in ("y", "prediction"))
        _density(panel, actual, predicted, extent=(*ends, *ends))
        panel.plot(ends, ends, color=VERMILLION, lw=1.5, label="predicted = actual")
        flat = int((table["prediction"] <= 1).sum())
        below = f"\n{flat:,} predictions of 1 or less" if flat else ""
        panel.set_title(f"{name}: {len(table):,} test rows{below}", loc="left")
        panel.set(xlabel=f"actual {target} (count)", aspect="equal")
        _both_counts(panel)
    axes[0].set_ylabel(f"predicted {target} (count)")
    axes[0].legend(loc="upper left")
    _track_colours(figure, axes[0], axes)
    return figure


def error_by_size(tables: dict[str, pd.DataFrame], *, target: str, title: str) -> Figure:
    """Error as predicted / actual, by size of the actual count.

    Args:
        tables: at most two, by name: one row a size: size (text), n, low, middle, high (ratios:
            quartiles of predicted / actual).
        target: name of the count.
        title: of the figure.
    """
    figure, axes = new_figure(height=4.6, title=title)
    looks = zip(tables.items(), (BLUE, ORANGE), (-0.12, 0.12), strict=False)
    for (name, table), colour, shift in looks:
        x = np.arange(len(table)) + shift
        # a log scale has no place for a prediction of 0 or less: it is drawn at the lower edge
        low, middle, high = (table[c].clip(lower=1e-3) for c in ("low", "middle", "high"))
        axes.vlines(x, low, high, color=colour, lw=5, alpha=0.45)
        axes.plot(x, middle, "o", color=colour, label=f"{name}: median and quartiles")
    counts = zip(*(table["n"] for table in tables.values()), strict=True)
    sizes = next(iter(tables.values()))["size"]
    names = [
        "\n".join([size, *(f"{n:,}" for n in row)]) for size, row in zip(sizes, counts, strict=True)
    ]
    axes.set_xticks(range(len(names)), names)
    axes.axhline(1, color=VERMILLION, lw=1.5)
    axes.annotate(
        "exact",
        (1, 1),
        xycoords=("axes fraction", "data"),
        xytext=(-2, 3),
        textcoords="offset points",
        ha="right",
        color=VERMILLION,
    )
    axes.set_yscale("log")
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:g} x")
    splits = " and ".join(tables)
    axes.set(
        xlabel=f"actual {target} (count), and the tracks tested: {splits}",
        ylabel="predicted / actual",
    )
    axes.grid(axis="x", visible=False)
    axes.legend()
    return figure


def line_through(
    x: pd.Series, y: pd.Series, *, const: float, slope: float, xlabel: str, ylabel: str, title: str
) -> Figure:
    """Density of two counts on log scales, with the straight line const + slope * x.

    Args:
        x: counts.
        y: counts.
        const: of the line, in units of y.
        slope: of the line.
        xlabel: name of x.
        ylabel: name of y.
        title: of the figure.
    """
    figure, axes = new_figure(height=5.2, title=title)
    a, b = np.log10(x.clip(lower=1)), np.log10(y.clip(lower=1))
    _density(axes, a, b, extent=(a.min(), a.max(), b.min(), b.max()))
    grid = np.linspace(a.min(), a.max(), 200)
    line = np.log10(np.clip(const + slope * 10**grid, 1, None))
    text = f"{ylabel} = {format_count(const)} + {slope:.4g} x {xlabel}"
    axes.plot(grid, line, color=VERMILLION, lw=2, label=text)
    axes.set(xlabel=f"{xlabel} (count)", ylabel=f"{ylabel} (count)")
    _both_counts(axes)
    axes.legend(loc="upper left")
    _track_colours(figure, axes, axes)
    return figure


def residuals(fitted: np.ndarray, standardised: np.ndarray, *, target: str, title: str) -> Figure:
    """Standardised residuals against fitted values, and against normal quantiles.

    Args:
        fitted: in counts, float64 (rows,).
        standardised: residuals in standard deviations, float64 (rows,).
        target: name of the count.
        title: of the figure.
    """
    from scipy import stats

    figure, left, right = new_figure(1, 2, height=4.6, title=title)
    positive = fitted > 0
    x, y = np.log10(fitted[positive]), standardised[positive]
    _density(left, x, y, extent=(x.min(), x.max(), y.min(), y.max()))
    left.axhline(0, color=VERMILLION, lw=1.5)
    log10_count_axis(left.xaxis)
    left.set(xlabel=f"fitted {target} (count)", ylabel="standardised residual (SD)")
    left.set_title("Against fitted values", loc="left")
    _track_colours(figure, left, left)
    order = np.sort(standardised)
    quantiles = stats.norm.ppf((np.arange(len(order)) + 0.5) / len(order))
    right.plot(quantiles, order, ".", ms=3, color=BLUE)
    right.plot(quantiles[[0, -1]], quantiles[[0, -1]], color=VERMILLION, lw=1.5, label="normal")
    right.set(xlabel="normal quantile (SD)", ylabel="standardised residual (SD)")
    right.set_title("Against a normal distribution", loc="left")
    right.legend(loc="upper left")
    return figure


def _density(axes: Axes, x, y, *, extent: tuple[float, float, float, float]):
    return axes.hexbin(
        x, y, gridsize=42, bins="log", mincnt=1, extent=extent, cmap=SEQUENTIAL, linewidths=0.1
    )


def _both_counts(axes: Axes) -> None:
    log10_count_axis(axes.xaxis)
    log10_count_axis(axes.yaxis)


def _track_colours(figure: Figure, drawn: Axes, beside: Axes | list[Axes]) -> None:
    bar = figure.colorbar(drawn.collections[0], ax=beside, label="tracks")
    count_axis(bar.ax.yaxis)
