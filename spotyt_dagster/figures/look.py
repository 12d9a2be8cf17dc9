"""A matplotlib Figure with the look of all pictures: its fonts, colours and grid.

The one module of this package that needs matplotlib to be imported: the others import it in their
functions, so that a model's module costs nothing until it draws.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import matplotlib
from cycler import cycler
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.text import Text

from spotyt_dagster.figures.fonts import families_for, font_families
from spotyt_dagster.figures.palette import GREY, INK, PALETTE

_LOOK: dict[str, Any] = {
    "font.size": 11,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": GREY,
    "axes.prop_cycle": cycler(color=PALETTE),
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#E3E3E3",
    "grid.linewidth": 0.8,
    "xtick.color": INK,
    "ytick.color": INK,
    "figure.titlesize": 14,
    "figure.titleweight": "bold",
}


class StudyFigure(Figure):
    """A Figure whose text is drawn with our fonts, whoever wrote it and when.

    matplotlib reads a text's font when the text is made. A legend or a tick made after
    `new_figure` returned would fall back to DejaVu alone, and Korean would end as boxes.
    """

    def draw(self, renderer: Any) -> None:
        """Draw with our fonts on every text, ticks made while drawing included."""
        with styled():
            texts: list[Any] = self.findobj(Text)
            for axis in self.findobj(Axis):
                # Their words come at drawing only, so they are asked for here.
                texts += axis.get_ticklabels()
            families = families_for(text.get_text() for text in texts)
        with styled(families):
            for text in texts:
                text.set_fontfamily(families)
            super().draw(renderer)


@contextmanager
def styled(families: Sequence[str] | None = None) -> Iterator[None]:
    """Matplotlib's settings for our pictures, inside; with these font families, else with all."""
    look: dict[Any, Any] = {**_LOOK, "font.family": list(families or font_families())}
    with matplotlib.rc_context(look):
        yield
