"""Attention maps of networks that attend across columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from spotyt_dagster.figures.palette import INK, SEQUENTIAL
from spotyt_dagster.figures.style import new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def attention_map(shares: pd.DataFrame, *, title: str) -> Figure:
    """How much the token of each column attends to each other's.

    Args:
        shares: a row an attending column, a column an attended one; each row adds up to 1.
        title: of the figure.
    """
    values = shares.to_numpy(dtype=float)
    side = len(values)
    figure, axes = new_figure(height=4.0 + 0.15 * side, title=title)
    image = axes.imshow(values, cmap=SEQUENTIAL, vmin=0, aspect="auto")
    slanted: dict[str, Any] = {"rotation": 45, "ha": "right"} if side < 10 else {"rotation": 90}
    axes.set_xticks(range(side), shares.columns, fontsize=9, **slanted)
    axes.set_yticks(range(side), [str(name) for name in shares.index], fontsize=9)
    axes.set(xlabel="attended column", ylabel="attending column")
    axes.grid(visible=False)
    for (i, j), share in np.ndenumerate(values):
        dark = share < 0.6 * values.max()
        axes.text(
            j,
            i,
            f"{share:.2f}".replace("0.", "."),
            ha="center",
            va="center",
            fontsize=11 if side < 10 else 7,
            color="white" if dark else INK,
        )
    figure.colorbar(image, ax=axes, label="share of attention")
    return figure
