"""The report as one HTML page that needs nothing else.

Here: the page around the sections. What stands in a section is in sections/, how values are written
in formatting.py, names for readers in labels.py. Where the page is stored, and where its inputs
come from, the upper layer knows.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import pandas as pd

from spotyt_dagster.reporting import formatting, labels
from spotyt_dagster.reporting.html.anchors import anchor
from spotyt_dagster.reporting.html.report_section import ReportData, ReportSection
from spotyt_dagster.reporting.html.sections import SECTIONS

if TYPE_CHECKING:
    from jinja2 import Environment

_LONGEST_TABLE = 20
_SHOWN_OF_A_LONG_TABLE = 8


@dataclass(frozen=True)
class RenderedSection:
    """A section that has something to show: `body` is the HTML under its heading."""

    section: ReportSection
    body: str
    entries: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Table:
    """A data frame in print.

    Attributes:
        header: names of columns, and whether their values are numbers.
        rows: cells as text.
        omitted: number of rows that are not shown.
    """

    header: list[tuple[str, bool]]
    rows: list[list[str]]
    omitted: int


def render_report(data: ReportData, sections: Sequence[ReportSection] = SECTIONS) -> str:
    """The report as one HTML document with its styles and pictures inside.

    Args:
        data: what the sections are made from.
        sections: in the order in which they stand on the page.
    """
    summary = data.summary
    return (
        _environment()
        .get_template("report.html.jinja")
        .render(
            banner=labels.banner(data.provenance),
            raw_sources=data.provenance.raw_source,
            apis=[api for api in data.provenance.api if api != "none"],
            summary=[
                (formatting.label(name), formatting.summary_value(name, summary[name]))
                for name in summary
            ],
            sections=list(_rendered(data, sections)),
        )
    )


def _rendered(data: ReportData, sections: Sequence[ReportSection]) -> Iterator[RenderedSection]:
    from markupsafe import Markup

    for section in sections:
        if (context := section.context(data)) is not None:
            template = _environment().from_string(_MACROS + section.template)
            # escaped by the template, as the whole page is
            body = Markup(template.render(context))  # noqa: S704
            yield RenderedSection(section, body, section.entries(data))


_MACROS = '{% import "macros.html.jinja" as macros %}'


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("spotyt_dagster.reporting.html"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        anchor=anchor,
        blocks=_text_blocks,
        data_uri=_data_uri,
        caption=formatting.caption,
        label=formatting.label,
        printed=_printed,
    )
    return environment


def _printed(frame: pd.DataFrame, longest: int = _LONGEST_TABLE) -> Table:
    # A named or non-default index holds row names (clusters, classes, coefficients).
    if frame.index.name or not isinstance(frame.index, pd.RangeIndex):
        frame = frame.reset_index(names=frame.index.name or "")
    shown = frame if len(frame) <= longest else frame.head(_SHOWN_OF_A_LONG_TABLE)
    return Table(
        header=[(str(name), formatting.is_numeric(frame[name])) for name in frame.columns],
        rows=[[formatting.cell(value) for value in row] for row in shown.itertuples(index=False)],
        omitted=len(frame) - len(shown),
    )


def _text_blocks(text: str) -> list[tuple[bool, str]]:
    """Paragraphs of a text; True marks one whose alignment by spaces must be kept."""
    blocks = [block.strip("\n") for block in re.split(r"\n\s*\n", text) if block.strip()]
    return [("\n" in block and "   " in block, block) for block in blocks]


def _data_uri(png: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(png).decode("ascii")
