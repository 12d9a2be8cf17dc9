"""Confusion matrices, curves, calibration and importances of binary classifiers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from spotyt_dagster.figures.palette import BLUE, GREY, INK, ORANGE, SEQUENTIAL
from spotyt_dagster.figures.style import new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Curves = Mapping[str, tuple[np.ndarray, np.ndarray, float]]
"""By name: x, y (float64, one value a point) and the area the legend shows."""


def confusion_matrices(
    matrices: Mapping[str, np.ndarray], *, classes: tuple[str, str], title: str
) -> Figure:
    """Confusion matrices, a panel each, with shares of the row as colour.

    Args:
        matrices: by title of the panel, int (2, 2); rows are the actual class.
        classes: names of classes 0 and 1.
        title: of the figure.
    """
    figure, *panels = new_figure(1, len(matrices), height=4.4, title=title)
    for axes, (name, matrix) in zip(panels, matrices.items(), strict=True):
        shares = matrix / matrix.sum(axis=1, keepdims=True)
        axes.imshow(shares, vmin=0, vmax=1, cmap=SEQUENTIAL)
        for (i, j), count in np.ndenumerate(matrix):
            axes.text(
                j,
                i,
                f"{count:,}\n{shares[i, j]:.0%}",
                ha="center",
                va="center",
                fontsize=13,
                color="white" if shares[i, j] < 0.55 else INK,
            )
        axes.set_xticks([0, 1], classes)
        axes.set_yticks([0, 1], classes, rotation=90, va="center")
        axes.set(xlabel="predicted")
        axes.set_title(name, loc="left")
        axes.grid(visible=False)
    panels[0].set_ylabel("actual")
    figure.colorbar(panels[0].images[0], ax=panels, label="share of the actual class", shrink=0.8)
    return figure


def roc_and_precision_recall(
    roc: Curves, precision_recall: Curves, *, positive_share: float, title: str
) -> Figure:
    """ROC curves, and precision against recall.

    Args:
        roc: false (x) and true (y) positive rates.
        precision_recall: recall (x) and precision (y).
        positive_share: share of positives among the test rows, the precision of chance.
        title: of the figure.
    """
    figure, left, right = new_figure(1, 2, height=4.6, title=title)
    for (name, (x, y, area)), style in zip(roc.items(), _STYLES, strict=False):
        left.plot(x, y, **style, label=f"{name}: area {area:.3f}")
    left.plot([0, 1], [0, 1], ":", color=GREY, label="chance: area 0.5")
    left.set(xlabel="false positive rate", ylabel="true positive rate")
    left.set_title("ROC", loc="left")
    left.legend(loc="lower right", fontsize=9)
    for (name, (x, y, area)), style in zip(precision_recall.items(), _STYLES, strict=False):
        # in steps, as average precision counts: no threshold has what lies on straight lines
        right.plot(x, y, **style, drawstyle="steps-post", label=f"{name}: average {area:.3f}")
    right.axhline(positive_share, ls=":", color=GREY, label=f"chance: {positive_share:.3f}")
    right.set(xlabel="recall", ylabel="precision", ylim=(-0.02, 1.02))
    right.set_title("Precision and recall", loc="left")
    right.legend(loc="lower left", fontsize=9)
    return figure


def calibration(tables: Mapping[str, pd.DataFrame], *, title: str) -> Figure:
    """Share of positives against predicted probability, in bins of equal size.

    Args:
        tables: by name, one row a bin: predicted, actual (both 0 to 1).
        title: of the figure.
    """
    figure, axes = new_figure(height=5.0, title=title)
    axes.plot([0, 1], [0, 1], ":", color=GREY, label="perfectly calibrated")
    for (name, table), style in zip(tables.items(), _STYLES, strict=False):
        axes.plot(table["predicted"], table["actual"], marker="o", **style, label=name)
    axes.set(
        xlabel="predicted probability of the positive class",
        ylabel="share of positives",
        xlim=(0, 1),
        ylim=(0, 1),
    )
    axes.legend(loc="upper left")
    return figure


def importances(table: pd.DataFrame, *, own: str, score: str, title: str) -> Figure:
    """A model's own importances beside permutation importances, one row of bars a feature.

    Args:
        table: feature, permutation, permutation_sd and, where the model has importances, `own`;
            most important first.
        own: column of the model's own importances, and title of their panel: impurity, gain.
        score: whose loss, when the column is shuffled, is the permutation importance.
        title: of the figure.
    """
    table = table.iloc[::-1]
    has_own = own in table.columns
    height = 1.4 + 0.27 * len(table)
    figure, *panels = new_figure(1, 1 + has_own, height=height, title=title, sharey=True)
    if has_own:
        panels[0].barh(table["feature"], table[own], color=BLUE)
        panels[0].set(xlabel=f"{own} (shares of 1)")
        panels[0].set_title(f"By {own}", loc="left")
    panels[-1].barh(
        table["feature"],
        table["permutation"],
        xerr=table["permutation_sd"],
        color=ORANGE,
        error_kw={"ecolor": INK, "elinewidth": 1},
    )
    panels[-1].axvline(0, color=INK, lw=0.8)
    panels[-1].set(xlabel=f"loss of {score} when shuffled")
    panels[-1].set_title("By permutation, on test rows", loc="left")
    for axes in panels:
        axes.grid(axis="y", visible=False)
        axes.locator_params(axis="x", nbins=5)
    return figure


_STYLES = ({"color": BLUE, "lw": 2}, {"color": ORANGE, "lw": 2, "ls": "--"})
