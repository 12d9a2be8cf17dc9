"""Section: the study's figures and ours; the comparison itself is study_comparison.py's."""

from collections.abc import Mapping
from typing import Any

from spotyt_dagster.reporting import formatting, labels
from spotyt_dagster.reporting.html.report_section import ReportData, ReportSection

COMPARISON = "report/study_comparison"


def _context(data: ReportData) -> Mapping[str, Any] | None:
    comparison = data.tables.get(COMPARISON)
    if comparison is None or comparison.empty:
        return None
    # provenance stands in the page's own table, reasons under rows
    shown = comparison.drop(columns=["task", "raw_source", "api", "why"], errors="ignore")
    view = shown.assign(
        model=[formatting.label(name) for name in shown["model"]],
        metric=[labels.metric(name).label for name in shown["metric"]],
    )
    mark = "simulated" if data.provenance.is_simulated else ""
    return {"view": view, "reasons": list(comparison["why"]), "mark": mark}


SECTION = ReportSection(
    anchor="study",
    title="Comparison with the study",
    reads=(COMPARISON,),
    context=_context,
    template="""
<p class="note">The study's own figure wherever it gave one, ours for the same model, and why they
differ where they do.</p>
{{ macros.table(view | printed(1000), "The study's figures and ours", mark, reasons) }}
""",
)
