"""Section: the leaderboard, a table for each task. Its rows are html/leaderboard.py's."""

from collections.abc import Mapping
from typing import Any

from spotyt_dagster.reporting.html.leaderboard import task_tables
from spotyt_dagster.reporting.html.report_section import ReportData, ReportSection


def _context(data: ReportData) -> Mapping[str, Any]:
    return {"task_tables": task_tables(data.leaderboard), "titles": data.titles}


SECTION = ReportSection(
    anchor="leaderboard",
    title="Leaderboard",
    context=_context,
    template="""
<p class="note">One ranking for each target and each set of columns: by R² for numbers, ROC AUC for
classes, silhouette for clusters, on tracks of artists the model was not trained on. The line with
rules is the floor, what a model scores that looks at no track. The first is set in bold where its
interval lies above the floor; where none is, none has won. The small figures are 95&nbsp;%
intervals. ↑ higher is better, ↓ lower is better. Rows: trained on + tested on. Letters and
numbers are explained under each table. <a href="#how-to-read">How to read this</a></p>
{% for table in task_tables %}
{{ macros.leaderboard(table, titles) }}
{% else %}
<p>No model has run yet.</p>
{% endfor %}
""",
)
