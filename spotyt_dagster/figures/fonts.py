"""Fonts of a figure's text, so that no title is drawn as empty boxes.

Finds the fonts and replaces what none of them can draw. Colours, sizes and layout of a figure are
`style.py`'s.

The fonts come from two packages, so that one picture looks the same on every machine:
koreanize-matplotlib (NanumGothic: Hangul, kana, the Hanja in use) and manimgx-fonts (Noto Emoji in
outlines, which matplotlib can draw where colour emoji it cannot, and Noto Sans for Indic, Thai,
Arabic, Hebrew and other scripts). On the real data set's titles, artists, channels and albums,
95 % of what DejaVu Sans lacks is in them; CJK fonts of the system fill in the rest.
"""

from __future__ import annotations

import importlib.util
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from pathlib import Path

from matplotlib import font_manager
from matplotlib.ft2font import FT2Font

PLACEHOLDER = "·"

# Looked for inside packages that are never imported: koreanize_matplotlib sets the global font on
# import, and needs distutils, which Python 3.12 no longer has.
_PACKAGED_FONTS = (
    ("koreanize_matplotlib", "fonts/NanumGothic.ttf"),
    ("manimgx_fonts", "NotoEmoji*.ttf"),
    ("manimgx_fonts", "NotoSans[A-Z]*.ttf"),
)
_SYSTEM_FAMILIES = (
    "Noto Sans CJK KR",
    "Noto Sans CJK JP",
    "Noto Sans KR",
    "Noto Sans JP",
    "Malgun Gothic",
    "Apple SD Gothic Neo",
    "Yu Gothic",
    "Hiragino Sans",
    "Microsoft YaHei",
    "PingFang SC",
    "Arial Unicode MS",
)

# Joiners, variation selectors and direction marks have no picture of their own.
_WITHOUT_PICTURE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufe00-\ufe0f\ufeff]")
_BARE_DOLLAR = re.compile(r"(?<!\\)\$")


@cache
def font_families() -> tuple[str, ...]:
    """Font families in the order in which a glyph is looked for; DejaVu Sans first.

    Registers the packaged font files with matplotlib's font manager, and changes nothing else.
    """
    packaged = [_register(path) for path in _packaged_files()]
    installed = {entry.name for entry in font_manager.fontManager.ttflist}
    system = [family for family in _SYSTEM_FAMILIES if family in installed]
    return tuple(dict.fromkeys(["DejaVu Sans", *packaged, *system]))


def families_for(texts: Iterable[str]) -> list[str]:
    """The first of `font_families`, and those of the others that a character needs.

    matplotlib looks up every family it is given for every text it lays out: with all 25 a heat map
    of 425 figures took 2.4 s, two thirds of them for looking up fonts that none needed.
    """
    first, *others = font_families()
    lacking = {ord(character) for text in texts for character in text} - _characters_of(first)
    return [first, *(family for family in others if lacking & _characters_of(family))]


def drawable(text: object) -> str:
    """The text as a figure can show it, on one line.

    A character that no font here has becomes its plain form (𝙡 becomes l) or, where there is none,
    a middle dot. Dollar signs are escaped, or A$AP and Ke$ha would meet as a formula.

    Pass every artist, track, title and channel through this before it is drawn.
    """
    on_one_line = " ".join(str(text).split())
    glyphs = "".join(_with_a_glyph(character) for character in on_one_line)
    return _BARE_DOLLAR.sub(r"\\$", glyphs)


def _with_a_glyph(character: str) -> str:
    covered = _covered_characters()
    if ord(character) in covered or _WITHOUT_PICTURE.match(character):
        return character
    plain = "".join(
        part
        for part in unicodedata.normalize("NFKD", character)
        if ord(part) in covered and not unicodedata.combining(part)
    )
    return plain or PLACEHOLDER


@cache
def _covered_characters() -> frozenset[int]:
    return frozenset().union(*(_characters_of(family) for family in font_families()))


@cache
def _characters_of(family: str) -> frozenset[int]:
    return frozenset(FT2Font(font_manager.findfont(family)).get_charmap())


def _packaged_files() -> list[Path]:
    return [
        path
        for package, pattern in _PACKAGED_FONTS
        for folder in _package_folders(package)
        for path in sorted(folder.glob(pattern))
    ]


def _package_folders(package: str) -> list[Path]:
    spec = importlib.util.find_spec(package)
    return [Path(place) for place in (spec.submodule_search_locations or [])] if spec else []


def _register(path: Path) -> str:
    manager = font_manager.fontManager
    known = len(manager.ttflist)
    manager.addfont(path)
    # Files of one weight, offered as bold too, or a bold title logs a line for each font.
    manager.ttflist.extend([replace(entry, weight=700) for entry in manager.ttflist[known:]])
    return font_manager.FontProperties(fname=path).get_name()
