"""Sections: the models of each task, with their pictures, tables and all figures."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import pandas as pd

from spotyt_dagster.reporting import formatting, labels
from spotyt_dagster.reporting.html.anchors import anchor
from spotyt_dagster.reporting.html.model_section import ModelSection
from spotyt_dagster.reporting.html.report_section import ReportData, ReportSection
from spotyt_dagster.reporting.ranking import TASKS

_METRIC_VIEW = [
    "snapshot", "detail", "target", "fit_scale", "protocol", "split", "metric", "value", "low",
    "high", "n_train", "n_test", "features", "notes",
]  # fmt: skip


def _models(task: str, data: ReportData) -> list[ModelSection]:
    return [model for model in data.models if model.task == task]


def _rows_of(model: ModelSection, leaderboard: pd.DataFrame) -> pd.DataFrame:
    return leaderboard[leaderboard["task"] + "/" + leaderboard["model"] == model.key]


def _metrics(rows: pd.DataFrame) -> pd.DataFrame:
    shown = rows[_METRIC_VIEW]
    return shown.assign(metric=[labels.metric(name).label for name in shown["metric"]])


def _context(task: str, data: ReportData) -> Mapping[str, Any] | None:
    models = _models(task, data)
    rows = [_rows_of(model, data.leaderboard) for model in models]
    shown = zip(models, map(_metrics, rows), map(labels.mark, rows), strict=True)
    return {"models": list(shown)} if models else None


def _entries(task: str, data: ReportData) -> list[tuple[str, str]]:
    return [(anchor(model.key), model.title) for model in _models(task, data)]


SECTIONS = tuple(
    ReportSection(
        anchor=f"task-{task}",
        title=labels.TASK_TITLES[task],
        short_title=formatting.label(task),
        context=partial(_context, task),
        entries=partial(_entries, task),
        template="""
{% for model, metrics, mark in models %}
{{ macros.model(model, metrics, mark) }}
{% endfor %}
""",
    )
    for task in TASKS
)
