"""Learning curves of networks: loss by epoch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from spotyt_dagster.figures.palette import BLUE, ORANGE, VERMILLION
from spotyt_dagster.figures.style import new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def learning_curves(panels: dict[str, pd.DataFrame], *, loss: str, title: str) -> Figure:
    """Loss by epoch, a pair of lines for each fit.

    Args:
        panels: at most two, by title: fold, epoch (int), train_loss, valid_loss (float) and best
            (bool: the epoch whose weights were kept).
        loss: name and unit of the loss.
        title: of the figure.
    """
    from matplotlib.lines import Line2D
    from matplotlib.ticker import MaxNLocator

    figure, *axes = new_figure(1, len(panels), height=4.4, title=title, sharey=True)
    for panel, (name, table) in zip(axes, panels.items(), strict=True):
        fits = table["fold"].nunique()
        width = 2 if fits == 1 else 1.2
        for _, fit in table.groupby("fold"):
            panel.plot(fit["epoch"], fit["train_loss"], color=BLUE, lw=width)
            panel.plot(fit["epoch"], fit["valid_loss"], color=ORANGE, ls="--", lw=width)
            best = fit[fit["best"]]
            panel.plot(best["epoch"], best["valid_loss"], "o", mfc="none", mew=2, color=VERMILLION)
        panel.set_title(f"{name}: {fits} fit{'s' * (fits > 1)}", loc="left")
        panel.set(xlabel="epoch")
        panel.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes[0].set_ylabel(loss)
    handles = [
        Line2D([], [], color=BLUE, label="training rows"),
        Line2D(
            [],
            [],
            color=ORANGE,
            ls="--",
            label="validation rows for early stopping (other artists)",
        ),
        Line2D([], [], color=VERMILLION, marker="o", mfc="none", ls="", label="epoch kept"),
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=3, fontsize=9)
    return figure
