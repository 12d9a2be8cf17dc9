"""The report: leaderboard, pictures and provenance as one HTML page that needs nothing else.

Here: turning data into what templates/ prints. How values are written is formatting.py's, standing
words are labels.py's, the leaderboard's shape is leaderboard.py's. Where the page is stored, and
where its inputs come from, the upper storey knows.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

import pandas as pd

from spotyt_dagster.learning.evaluation.metrics import METRICS, Metric
from spotyt_dagster.reporting import formatting, labels
from spotyt_dagster.reporting.html.leaderboard import task_tables
from spotyt_dagster.tables.provenance import Provenance

if TYPE_CHECKING:
    from jinja2 import Environment

_LONGEST_TABLE = 20
_SHOWN_OF_A_LONG_TABLE = 8
_METRIC_VIEW = [
    "snapshot", "detail", "target", "fit_scale", "protocol", "split", "metric", "value", "low",
    "high", "n_train", "n_test", "features", "notes",
]  # fmt: skip


@dataclass(frozen=True)
class Section:
    """One model's part of the report.

    `key` is the asset's path (regression/knn); `text` may hold several paragraphs and aligned
    tables in plain text, such as a statsmodels summary; `figures` are PNG bytes by caption,
    `tables` data frames by caption; one whose only column is `line` is shown as aligned text.
    Captions may be file names: _ is shown as a space.
    """

    key: str
    title: str
    text: str = ""
    figures: Mapping[str, bytes] = field(default_factory=dict)
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)


@dataclass(frozen=True)
class Table:
    """A data frame in print. `omitted` counts the rows that are not shown."""

    header: list[tuple[str, bool]]
    rows: list[list[str]]
    omitted: int


def render_report(
    leaderboard: pd.DataFrame,
    study_comparison: pd.DataFrame,
    sections: Sequence[Section],
    facts: Mapping[str, Any],
) -> str:
    """The report as one HTML document with its styles and pictures inside.

    Args:
        leaderboard: METRIC_COLUMNS, one row a metric (learning/result.py).
        study_comparison: the study's figures beside ours, one row a figure: model, metric, why
            (shown under the row) and others, shown as they come.
        sections: one for each model, shown in this order, grouped by the key's first part.
        facts: what the run was, by name: numbers, texts, moments, or a mapping of such. The names
            `raw_source` and `api` (tuples) also count for the warning on simulated numbers.
    """
    provenance = Provenance.of(leaderboard) | Provenance(
        facts.get("raw_source", ()), facts.get("api", ())
    )
    return (
        _environment()
        .get_template("report.html.jinja")
        .render(
            banner=labels.banner(provenance),
            raw_sources=provenance.raw_source,
            apis=[api for api in provenance.api if api != "none"],
            facts=[(formatting.label(name), formatting.fact(name, facts[name])) for name in facts],
            task_tables=task_tables(leaderboard),
            study_comparison=study_comparison,
            study_view=_study_view(study_comparison),
            metrics_by_task=_explained(),
            groups=_grouped(sections),
            titles={section.key: section.title for section in sections},
            metrics_of={section.key: _metrics_of(section, leaderboard) for section in sections},
            mark_of={s.key: labels.mark(_rows_of(s, leaderboard)) for s in sections},
        )
    )


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
        anchor=_anchor,
        blocks=_text_blocks,
        data_uri=_data_uri,
        caption=formatting.caption,
        label=formatting.label,
        printed=_printed,
        task_title=lambda task: labels.TASK_TITLES.get(task, formatting.label(task)),
    )
    return environment


def _explained() -> list[list[Metric]]:
    """The metrics that the report explains, by task."""
    tasks = dict.fromkeys(metric.task for metric in METRICS)
    return [[one for one in METRICS if one.task == task and one.meaning] for task in tasks]


def _grouped(sections: Sequence[Section]) -> dict[str, list[Section]]:
    groups: dict[str, list[Section]] = {}
    for section in sections:
        groups.setdefault(section.key.split("/")[0], []).append(section)
    return groups


def _rows_of(section: Section, leaderboard: pd.DataFrame) -> pd.DataFrame:
    return leaderboard[leaderboard["task"] + "/" + leaderboard["model"] == section.key]


def _metrics_of(section: Section, leaderboard: pd.DataFrame) -> pd.DataFrame:
    rows = _rows_of(section, leaderboard)[_METRIC_VIEW]
    return rows.assign(metric=[labels.metric(name).label for name in rows["metric"]])


def _study_view(comparison: pd.DataFrame) -> pd.DataFrame:
    """What is shown in columns: provenance stands in the page's own table, reasons under rows."""
    if comparison.empty:
        return comparison
    shown = comparison.drop(columns=["task", "raw_source", "api", "why"], errors="ignore")
    return shown.assign(
        model=[formatting.label(name) for name in shown["model"]],
        metric=[labels.metric(name).label for name in shown["metric"]],
    )


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


def _anchor(key: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "-", key).strip("-")


def _data_uri(png: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(png).decode("ascii")
