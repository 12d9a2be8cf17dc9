import logging
import subprocess
import sys
import warnings
from io import BytesIO

import matplotlib
import numpy as np
import pytest
from matplotlib import cbook
from PIL import Image

from spotyt_dagster.figures import fonts
from spotyt_dagster.figures.fonts import drawable
from spotyt_dagster.figures.palette import PALETTE, YELLOW
from spotyt_dagster.figures.style import (
    count_axis,
    format_count,
    log10_count_axis,
    new_figure,
    png_bytes,
    watermark,
)

KOREAN, JAPANESE, EMOJI, HINDI = "방탄소년단", "米津玄師 ひらがな", "🔥💖🎧", "हिन्दी"


@pytest.fixture
def without_packaged_fonts(monkeypatch):
    """A machine on which neither the font packages nor a CJK font is installed."""
    monkeypatch.setattr(fonts, "_PACKAGED_FONTS", ())
    monkeypatch.setattr(fonts, "_SYSTEM_FAMILIES", ())
    fonts.font_families.cache_clear()
    fonts._covered_characters.cache_clear()
    yield
    monkeypatch.undo()
    fonts.font_families.cache_clear()
    fonts._covered_characters.cache_clear()


def _bars(labels, title=""):
    figure, axes = new_figure(title=title)
    axes.bar(range(len(labels)), range(1, len(labels) + 1))
    axes.set_xticks(range(len(labels)), labels=labels)
    return figure


def _noise(size=700):
    figure, axes = new_figure()
    axes.imshow(np.random.default_rng(0).random((size, size)))
    return figure


def _image(png):
    return np.asarray(Image.open(BytesIO(png)).convert("RGB")).astype(int)


def test_new_figure_returns_the_figure_and_its_axes_row_by_row():
    figure, top, bottom = new_figure(2, 1, width=6, height=8, sharex=True)

    assert figure.axes == [top, bottom]
    assert top.get_position().y0 > bottom.get_position().y0
    assert list(figure.get_size_inches()) == [6, 8]


def test_a_default_picture_is_800_pixels_wide_and_has_the_colours_of_the_palette():
    png = png_bytes(_bars(["a", "b", "c"]))

    assert _image(png).shape[1] == 800
    blue = [int(PALETTE[0][place : place + 2], 16) for place in (1, 3, 5)]
    assert (_image(png) == blue).all(axis=2).mean() > 0.05


def test_figures_leave_matplotlibs_global_settings_and_pyplot_alone():
    script = (
        "import sys, matplotlib; before = matplotlib.rcParams.copy()\n"
        "from spotyt_dagster.figures.style import new_figure, png_bytes, watermark\n"
        "figure, axes = new_figure(title='한국어'); watermark(figure); png_bytes(figure)\n"
        "assert matplotlib.rcParams.copy() == before\n"
        "assert 'matplotlib.pyplot' not in sys.modules\n"
        "assert 'koreanize_matplotlib' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


@pytest.mark.parametrize("text", [KOREAN, JAPANESE, EMOJI, HINDI])
def test_text_of_every_script_is_drawn_without_a_warning(text, caplog):
    assert drawable(text) == text
    figure = _bars([drawable(text)], title=drawable(text))
    figure.axes[0].plot([0], [1], label=drawable(text))
    figure.axes[0].legend()

    with warnings.catch_warnings(), caplog.at_level(logging.WARNING):
        warnings.simplefilter("error")
        png_bytes(figure)
    assert not caplog.records


def test_different_korean_titles_make_different_pictures():
    assert png_bytes(_bars(["a"], title="가")) != png_bytes(_bars(["a"], title="나"))


def test_a_character_in_no_font_becomes_its_plain_form_or_a_dot():
    assert drawable("𝙡𝙖 \u13a0") == "la ·"


@pytest.mark.usefixtures("without_packaged_fonts")
def test_a_machine_without_such_fonts_draws_dots_and_no_warning(caplog):
    figure = _bars([drawable(KOREAN)], title=drawable(f"BTS {KOREAN} 𝙡𝙖"))

    with warnings.catch_warnings(), caplog.at_level(logging.WARNING):
        warnings.simplefilter("error")
        png_bytes(figure)
    assert not caplog.records
    assert drawable(f"BTS {KOREAN} café 𝙡𝙖") == "BTS ····· café la"


def test_dollar_signs_in_names_are_no_formula():
    figure = _bars([drawable("A$AP Rocky, Ty Dolla $ign")], title=drawable("$\\bad{ $"))

    png_bytes(figure)

    label = figure.axes[0].get_xticklabels()[0]
    assert label.get_text().replace("\\", "") == "A$AP Rocky, Ty Dolla $ign"
    assert not cbook.is_math_text(label.get_text())


def test_drawable_is_one_line_and_idempotent():
    once = drawable("Title\nwith\t line  breaks and $5")

    assert once == r"Title with line breaks and \$5"
    assert drawable(once) == once


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0"),
        (950, "950"),
        (999.7, "1k"),
        (1_234, "1.2k"),
        (35e6, "35M"),
        (999_700, "1M"),
        (8.1e9, "8.1B"),
        (-12_345, "-12k"),
        (2e15, "2000T"),
        (float("nan"), ""),
    ],
)
def test_counts_are_written_short(count, text):
    assert format_count(count) == text


def test_axes_of_counts_are_labelled_with_counts():
    figure, linear, powers = new_figure(1, 2)
    linear.set_yscale("log")
    linear.plot([1, 2], [1e3, 1e9])
    count_axis(linear.yaxis)
    powers.plot([1, 2], [3, 9])
    log10_count_axis(powers.yaxis)
    png_bytes(figure)

    for axes in (linear, powers):
        labels = {text.get_text() for text in axes.get_yticklabels()}
        assert {"10k", "1M", "100M"} & labels or {"1k", "1M", "1B"} <= labels


def test_the_same_figure_gives_the_same_bytes_and_no_metadata():
    first, second = (png_bytes(_bars(["a", "b"], title="same")) for _ in range(2))

    assert first == second
    assert b"matplotlib" not in first


def test_a_png_never_passes_the_limit():
    figure = _noise()

    assert len(png_bytes(figure, 10_000_000)) > 150_000
    for limit in (150_000, 60_000):
        assert len(png_bytes(figure, limit)) <= limit


def test_a_limit_that_no_picture_meets_is_refused():
    with pytest.raises(ValueError, match="does not fit into 100 bytes"):
        png_bytes(_bars(["a"]), 100)


def test_the_watermark_is_under_the_picture_and_covers_none_of_it():
    plain, watermarked = _bars(["a", "b"], title="t"), _bars(["a", "b"], title="t")
    for figure in (plain, watermarked):
        figure.legend(labels=["bars"], loc="outside lower center")
        figure.supxlabel("below all")
    watermark(watermarked)
    watermark(watermarked)

    before, after = _image(png_bytes(plain)), _image(png_bytes(watermarked))
    band = after[before.shape[0] :]
    yellow = [int(YELLOW[place : place + 2], 16) for place in (1, 3, 5)]
    assert len(band) == 32
    assert (band == yellow).all(axis=2).mean() > 0.7
    assert (after[: before.shape[0]] == before).mean() > 0.98
    assert not (after[: before.shape[0]] == yellow).all(axis=2).any()


def test_the_watermark_keeps_clear_of_all_that_is_below_the_axes():
    figure, axes = new_figure()
    axes.plot([0, 1], label="a line")
    figure.supxlabel("below all")
    figure.legend(loc="outside lower center")
    watermark(figure)
    png_bytes(figure)

    (legend,), (band,), label = figure.legends, figure.artists, figure.texts[0]
    boxes = [artist.get_window_extent() for artist in (legend, label)]
    assert all(box.y0 >= band.get_window_extent().y1 for box in boxes)
    inside = axes.get_window_extent()
    assert all(box.y1 < inside.y0 for box in boxes)


def test_any_way_of_saving_a_watermarked_figure_saves_the_watermark(tmp_path):
    figure = _bars(["a"])
    watermark(figure)
    figure.savefig(tmp_path / "figure.png")

    with Image.open(tmp_path / "figure.png") as image:
        assert image.size == (800, 532)


def test_the_watermark_has_the_text_that_is_given():
    figure = _bars(["a"])
    watermark(figure, "SIMULATED: tests")

    assert "SIMULATED: tests" in [text.get_text() for text in figure.texts]


def test_a_three_dimensional_picture_can_be_watermarked():
    figure, axes = new_figure(subplot_kw={"projection": "3d"})
    axes.scatter(*np.random.default_rng(0).normal(size=(3, 20)))
    watermark(figure)

    assert len(png_bytes(figure)) < 150_000


def test_the_look_does_not_leak_out_of_a_failed_figure():
    before = matplotlib.rcParams["font.family"]
    with pytest.raises(TypeError):
        new_figure(no_such_option=1)
    assert matplotlib.rcParams["font.family"] == before
