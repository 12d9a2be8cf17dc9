"""Section: what protocols, intervals, rankings, scores and names mean. Its text is a template."""

from collections.abc import Mapping
from typing import Any

from spotyt_dagster.learning.evaluation.metrics import METRICS
from spotyt_dagster.reporting.html.report_section import ReportData, ReportSection


def _context(_: ReportData) -> Mapping[str, Any]:
    tasks = dict.fromkeys(metric.task for metric in METRICS)
    explained = [[one for one in METRICS if one.task == task and one.meaning] for task in tasks]
    return {"metrics_by_task": explained}


SECTION = ReportSection(
    anchor="how-to-read",
    title="How to read this",
    context=_context,
    template='{% include "how_to_read.html.jinja" %}',
)
