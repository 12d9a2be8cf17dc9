"""What all figures share: the empty one, number formats, the watermark, PNG bytes.

Each picture has a module of its own; colours are `palette.py`'s, fonts `fonts.py`'s and
`look.py`'s. pyplot is not used: its global state would leak from one asset into the next.
"""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from math import isfinite
from typing import TYPE_CHECKING, Any

from spotyt_dagster.figures.palette import BLACK, YELLOW

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure

DPI = 100
_WATERMARK_INCHES = 0.32
_WATERMARK_ID = "simulated-watermark"
_SMALLEST_DPI = 40
_PALETTE_SIZES = (256, 64, 16)
_THOUSANDS = ("", "k", "M", "B", "T")


def new_figure(
    rows: int = 1,
    columns: int = 1,
    *,
    width: float = 8.0,
    height: float = 5.0,
    title: str | None = None,
    **subplots: Any,
) -> tuple[Figure, *tuple[Axes, ...]]:
    """An empty figure and its rows x columns axes, row by row.

    Args:
        rows: number of axes downwards.
        columns: number of axes across.
        width: inches; at 100 dots an inch, 8 inches are the 800 pixels of a report's column.
        height: inches.
        title: the whole figure's title; the title of one axes is the axes' own.
        **subplots: as Figure.subplots takes them: sharex, width_ratios, subplot_kw ...

    Example:
        figure, axes = new_figure(title="Views by cluster")
        figure, left, right = new_figure(1, 2, width=10)
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    from spotyt_dagster.figures.look import StudyFigure, styled

    with styled():
        figure = StudyFigure(figsize=(width, height), dpi=DPI, layout="constrained")
        FigureCanvasAgg(figure)
        axes = figure.subplots(rows, columns, squeeze=False, **subplots)
        if title:
            figure.suptitle(title, x=0.01, ha="left")
    return figure, *axes.ravel()


def format_count(value: float, _position: int | None = None) -> str:
    """A heavy-tailed count in few characters.

    >>> [format_count(value) for value in (950, 1234, 35e6, 1.5e9)]
    ['950', '1.2k', '35M', '1.5B']
    """
    if not isfinite(value):
        return ""
    power = 0
    while abs(value) >= 999.5 and power < len(_THOUSANDS) - 1:
        value /= 1000
        power += 1
    digits = 0 if abs(value) >= 10 else 1
    return f"{value:.{digits}f}".removesuffix(".0") + _THOUSANDS[power]


def count_axis(axis: Axis) -> None:
    """Label an axis of counts (views, streams), linear or logarithmic, as 1k, 1M, 1B."""
    from matplotlib.ticker import FuncFormatter, NullFormatter

    axis.set_major_formatter(FuncFormatter(format_count))
    axis.set_minor_formatter(NullFormatter())


def log10_count_axis(axis: Axis) -> None:
    """Label an axis that holds log10 of counts with the counts: 6 reads 1M."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    axis.set_major_locator(MaxNLocator(nbins=7, integer=True))
    axis.set_major_formatter(FuncFormatter(lambda power, _: format_count(10.0**power)))


def watermark(
    figure: Figure, text: str = "SIMULATED NUMBERS: not findings about real music"
) -> None:
    """Mark a picture of simulated numbers with a band under it. A second call changes nothing.

    The figure grows by the band's height, so nothing drawn is covered or squeezed. Call it last:
    what is added to the figure's lower edge later is not moved out of the band.

    Args:
        figure: to mark.
        text: of the band.
    """
    from matplotlib.layout_engine import ConstrainedLayoutEngine
    from matplotlib.patches import Rectangle

    if any(artist.get_gid() == _WATERMARK_ID for artist in figure.artists):
        return
    width, height = figure.get_size_inches()
    share = _WATERMARK_INCHES / (height + _WATERMARK_INCHES)
    figure.set_size_inches(width, height + _WATERMARK_INCHES)
    figure.set_layout_engine(ConstrainedLayoutEngine(rect=(0, share, 1, 1 - share)))
    _raise_out_of_the_band(figure)
    band = Rectangle((0, 0), 1, share, transform=figure.transFigure, facecolor=YELLOW)
    band.set_gid(_WATERMARK_ID)
    label = figure.text(
        0.5, share / 2, text, ha="center", va="center", color=BLACK, weight="bold", size=11
    )
    for artist in (figure.add_artist(band), label):
        artist.set_in_layout(False)


def _raise_out_of_the_band(figure: Figure) -> None:
    """Lift legends and labels at the figure's edge.

    The layout keeps room for them above the band, but draws them at the edge itself (matplotlib
    3.11).
    """
    from matplotlib.transforms import ScaledTranslation

    figure.draw_without_rendering()
    band_top = _WATERMARK_INCHES * figure.dpi
    for legend in figure.legends:
        if legend.get_window_extent().y0 < band_top:
            legend.borderaxespad += _WATERMARK_INCHES * 72 / legend.prop.get_size_in_points()
    for text in figure.texts:
        if text.get_window_extent().y0 < band_top:
            up = ScaledTranslation(0, _WATERMARK_INCHES, figure.dpi_scale_trans)
            text.set_transform(text.get_transform() + up)


def png_bytes(figure: Figure, max_bytes: int = 150_000) -> bytes:
    """The figure as PNG of at most `max_bytes` bytes: the same bytes for the same figure.

    Too large a picture first gives up colours (256, 64, 16), then dots an inch (down to 40).

    Args:
        figure: to draw.
        max_bytes: at most so many.

    Raises:
        ValueError: even the smallest version is larger than `max_bytes`.
    """
    dpi = float(DPI)
    while dpi >= _SMALLEST_DPI:
        picture = _render(figure, dpi)
        for version in _ever_smaller(picture):
            if len(version) <= max_bytes:
                return version
        dpi *= 0.8
    raise ValueError(f"the figure does not fit into {max_bytes:,} bytes of PNG")


def _render(figure: Figure, dpi: float) -> bytes:
    buffer = BytesIO()
    # The default metadata names matplotlib's version, which would change the bytes at an upgrade.
    figure.savefig(buffer, format="png", dpi=dpi, metadata={"Software": None})
    return buffer.getvalue()


def _ever_smaller(picture: bytes) -> Iterator[bytes]:
    from PIL import Image

    yield picture
    with Image.open(BytesIO(picture)) as image:
        opaque = image.convert("RGB")
    for colours in _PALETTE_SIZES:
        buffer = BytesIO()
        # covers rare colours too: the default, median cut, made a colour bar's blue end grey
        fewer = opaque.quantize(colours, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
        fewer.save(buffer, "PNG", optimize=True)
        yield buffer.getvalue()
