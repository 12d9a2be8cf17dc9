"""What a section of the report is, and what it is made from.

The sections themselves are in sections/, one file each; how to add one: docs/add_a_section.md.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pandas as pd

from spotyt_dagster.reporting.html.model_section import ModelSection
from spotyt_dagster.tables.provenance import Provenance


@dataclass(frozen=True)
class ReportData:
    """What sections are made from.

    Attributes:
        leaderboard: LEADERBOARD_COLUMNS of ranking.py, one row a metric.
        models: one for each model, in the order in which they are shown.
        summary: what the run was, by name: numbers, texts, moments, or a mapping of such. The names
            `raw_source` and `api` (tuples) also count for the warning on simulated numbers.
        tables: what sections read beside these, by the path of the asset.
    """

    leaderboard: pd.DataFrame
    models: Sequence[ModelSection]
    summary: Mapping[str, Any]
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)

    @cached_property
    def provenance(self) -> Provenance:
        """Where the numbers of the page come from."""
        of_run = Provenance(self.summary.get("raw_source", ()), self.summary.get("api", ()))
        return Provenance.of(self.leaderboard) | of_run

    @cached_property
    def titles(self) -> dict[str, str]:
        """The models' titles by the path of their asset."""
        return {model.key: model.title for model in self.models}


@dataclass(frozen=True)
class ReportSection:
    """One section of the page.

    Attributes:
        anchor: its id, which links lead to.
        title: its heading.
        template: Jinja source of what stands under the heading; the macros of macros.html.jinja
            are `macros`, and the filters those of page.py.
        context: what the template takes, by name; None where there is nothing to show, and then
            there is no section.
        reads: paths of the assets whose tables it finds in `ReportData.tables`.
        entries: anchors and titles of its parts, for the contents.
        short_title: for the contents, else the title.
    """

    anchor: str
    title: str
    template: str
    context: Callable[[ReportData], Mapping[str, Any] | None] = lambda _: {}
    reads: tuple[str, ...] = ()
    entries: Callable[[ReportData], Sequence[tuple[str, str]]] = lambda _: ()
    short_title: str = ""
