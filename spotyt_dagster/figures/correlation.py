"""Correlations of many columns at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from spotyt_dagster.figures.palette import DIVERGING, INK
from spotyt_dagster.figures.style import new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def correlation_heat_map(matrix: pd.DataFrame, *, kind: str, title: str) -> Figure:
    """A square matrix of correlations with its values.

    Args:
        matrix: float64, -1 to 1, with names in index and columns.
        kind: name of the coefficient.
        title: of the figure.
    """
    values = matrix.to_numpy(dtype=float)
    side = len(values)
    figure, axes = new_figure(width=8, height=8.6, title=title)
    image = axes.imshow(values, vmin=-1, vmax=1, cmap=DIVERGING)
    axes.set_xticks(range(side), matrix.columns, rotation=90, fontsize=8)
    axes.set_yticks(range(side), [str(name) for name in matrix.index], fontsize=8)
    axes.tick_params(length=0)
    axes.grid(visible=False)
    for spine in axes.spines.values():
        spine.set_visible(False)
    for (i, j), value in np.ndenumerate(values):
        axes.text(
            j,
            i,
            _short(value),
            ha="center",
            va="center",
            fontsize=6.5,
            color="white" if abs(value) > 0.65 else INK,
        )
    figure.colorbar(
        image, ax=axes, label=f"{kind}'s correlation", location="top", shrink=0.5, aspect=40
    )
    return figure


def _short(value: float) -> str:
    """Two digits without the zero before the point: 25 columns leave 24 pixels a cell."""
    text = f"{value:.2f}".replace("0.", ".")
    return {"nan": "", ".00": "0", "-.00": "0", "1.00": "1", "-1.00": "-1"}.get(text, text)
