"""A search for hyperparameters: its course, what mattered, where the good trials lie.

optuna draws the like with pyplot and plotly; these are drawn as all other pictures are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from spotyt_dagster.figures.palette import BLUE, GREY, ORANGE, SEQUENTIAL, VERMILLION
from spotyt_dagster.figures.style import new_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_SLICES_ACROSS = 3
_SHOWN = {"complete": (BLUE, "o", "completed"), "pruned": (ORANGE, "x", "pruned")}


def history(trials: pd.DataFrame, *, score: str, is_maximized: bool, title: str) -> Figure:
    """The value of each trial and the best so far.

    Args:
        trials: trial (int), state and value, one row a trial.
        score: name and unit of the value.
        is_maximized: whether large values are the better ones.
        title: of the figure.
    """
    from matplotlib.ticker import MaxNLocator

    figure, axes = new_figure(height=4.6, title=title)
    for state, (colour, marker, label) in _SHOWN.items():
        rows = trials[trials["state"] == state]
        axes.plot(rows["trial"], rows["value"], marker, color=colour, label=label)
    completed = trials["value"].where(trials["state"] == "complete")
    best = completed.cummax() if is_maximized else completed.cummin()
    axes.step(
        trials["trial"], best.ffill(), where="post", color=VERMILLION, label="best completed so far"
    )
    failed = trials[trials["state"] == "fail"]
    for trial in failed["trial"]:
        axes.axvline(trial, color=GREY, lw=1, ls=":")
    axes.set(xlabel="trial" + " (dotted: failed)" * bool(len(failed)), ylabel=score)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    _limit_to_most(axes, trials["value"])
    axes.legend()
    return figure


def parameter_importances(table: pd.DataFrame, *, title: str) -> Figure:
    """How much of the differences between trials each parameter explains.

    Args:
        table: parameter and importance (shares of 1), most important first.
        title: of the figure.
    """
    rows = table.iloc[::-1]
    figure, axes = new_figure(height=1.6 + 0.34 * len(rows), title=title)
    axes.barh(rows["parameter"], rows["importance"], color=BLUE)
    axes.set(xlabel="share of the variance between trials (fANOVA)")
    return figure


def slices(
    trials: pd.DataFrame, parameters: Mapping[str, bool], *, score: str, title: str
) -> Figure:
    """The value of each trial against each of its parameters.

    Args:
        trials: state, value and a column for each parameter.
        parameters: by name, whether it was searched on a logarithmic scale.
        score: name and unit of the value.
        title: of the figure.
    """
    rows = -(-len(parameters) // _SLICES_ACROSS)
    figure, *panels = new_figure(
        rows, _SLICES_ACROSS, height=1.0 + 2.2 * rows, title=title, sharey=True
    )
    for axes, (name, is_log) in zip(panels, parameters.items(), strict=False):
        for state, (colour, marker, label) in _SHOWN.items():
            shown = trials[trials["state"] == state]
            axes.plot(
                _numbers(trials[name])[shown.index], shown["value"], marker, color=colour,
                ms=5, label=label,
            )  # fmt: skip
        axes.set(xlabel=name)
        if is_log:
            _log_axis(axes, trials[name])
        _name_categories(axes, trials[name])
    for axes in panels[len(parameters) :]:
        axes.remove()
    for axes in panels[: len(parameters) : _SLICES_ACROSS]:
        axes.set_ylabel(score)
    _limit_to_most(panels[0], trials["value"])
    panels[0].legend(fontsize=8)
    return figure


def parallel_coordinates(
    trials: pd.DataFrame, parameters: Mapping[str, bool], *, score: str, title: str
) -> Figure:
    """A line a trial across all parameters, coloured by its value.

    Args:
        trials: value and a column for each parameter.
        parameters: by name, whether it was searched on a logarithmic scale.
        score: name and unit of the value.
        title: of the figure.
    """
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import Normalize

    rows = trials[trials["value"].notna()].sort_values("value")
    figure, axes = new_figure(height=5.0, title=title)
    low, high = float(rows["value"].quantile(0.25)), float(rows["value"].max())
    colours = ScalarMappable(Normalize(low, high, clip=True), SEQUENTIAL)
    places = pd.DataFrame(
        {name: _share(trials[name], is_log)[rows.index] for name, is_log in parameters.items()}
    )
    for (_, line), value in zip(places.iterrows(), rows["value"], strict=True):
        axes.plot(range(len(parameters)), line, color=colours.to_rgba(value), lw=1.2, alpha=0.8)
    for place, name in enumerate(parameters):
        low_end, high_end = _ends(trials[name])
        axes.annotate(low_end, (place, -0.02), ha="center", va="top", fontsize=8)
        axes.annotate(high_end, (place, 1.02), ha="center", va="bottom", fontsize=8)
    axes.set_xticks(range(len(parameters)), list(parameters), rotation=30, ha="right")
    axes.set_yticks([])
    axes.set(ylim=(-0.1, 1.1), xlabel="parameter, from its least to its largest value")
    figure.colorbar(colours, ax=axes, label=score)
    return figure


def epoch_curves(epochs: pd.DataFrame, best: int, *, loss: str, title: str) -> Figure:
    """The validation loss of each trial by epoch, on its first inner fold.

    Args:
        epochs: trial, fold, epoch (int) and valid_loss, one row an epoch.
        best: trial that is marked.
        loss: name and unit of the loss.
        title: of the figure.
    """
    from matplotlib.ticker import MaxNLocator

    figure, axes = new_figure(height=4.6, title=title)
    first = epochs[epochs["fold"] == 0]
    for trial, rows in first.groupby("trial"):
        look: dict[str, Any] = {"color": GREY, "lw": 1, "zorder": 1}
        if trial == best:
            look = {"color": VERMILLION, "lw": 2, "zorder": 2, "label": f"trial {best}, the best"}
        axes.plot(rows["epoch"], rows["valid_loss"], "o-", ms=3, **look)
    axes.set(xlabel="epoch", ylabel=loss)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    _limit_to_most(axes, first["valid_loss"])
    axes.legend()
    return figure


def _limit_to_most(axes: Axes, values: pd.Series) -> None:
    """Cut off a few diverged values, which would press all others onto one line."""
    known = values[np.isfinite(values)]
    if len(known) < 4:
        return
    low, middle, high = known.quantile([0.25, 0.5, 0.75])
    reach = 4 * max(high - low, 1e-9)
    kept = known[known.between(middle - reach, middle + reach)]
    margin = 0.08 * max(float(np.ptp(kept)), 1e-9)
    axes.set_ylim(kept.min() - margin, kept.max() + margin)


def _categories(values: pd.Series) -> Sequence[Any]:
    return () if pd.api.types.is_numeric_dtype(values) else sorted(values.unique())


def _numbers(values: pd.Series) -> pd.Series:
    names = _categories(values)
    return values.map(list(names).index) if names else values


def _log_axis(axes: Axes, values: pd.Series) -> None:
    """Three ticks, as a range of less than two decades would get none or too many."""
    from matplotlib.ticker import NullLocator

    axes.set_xscale("log")
    ticks = np.geomspace(values.min(), values.max(), 3)
    axes.set_xticks(ticks, [f"{tick:.1e}" if tick < 1e-3 else f"{tick:.3g}" for tick in ticks])
    axes.xaxis.set_minor_locator(NullLocator())


def _name_categories(axes: Axes, values: pd.Series) -> None:
    if names := _categories(values):
        axes.set_xticks(range(len(names)), [str(name) for name in names])


def _share(values: pd.Series, is_log: bool) -> pd.Series:
    numbers = _numbers(values).astype(float)
    numbers = numbers.map(np.log10) if is_log else numbers
    return (numbers - numbers.min()) / (float(np.ptp(numbers)) or 1.0)


def _ends(values: pd.Series) -> tuple[str, str]:
    names = _categories(values) or (values.min(), values.max())
    low, high = names[0], names[-1]
    return (f"{low:.3g}", f"{high:.3g}") if not _categories(values) else (str(low), str(high))
