"""Does what docs/add_a_section.md says, with the code on that page, in a copy of the package."""

from pathlib import Path

import pytest

from spotyt_dagster.learning.evaluation.metric_table import metric_rows
from spotyt_dagster.reporting.ranking import leaderboard
from spotyt_dagster.settings import LearningSettings
from spotyt_dagster_tests.docs.package_copy import copy_package, replace_once, run_python
from spotyt_dagster_tests.docs.pages import ROOT, blocks, code
from spotyt_dagster_tests.learning.feature_tables import baseline_table

PAGE = ROOT / "docs" / "add_a_section.md"
(CODE,) = blocks(PAGE, "python")
(PLACE,) = (span for span in code(PAGE) if span.endswith("/fit_times.py"))
(LISTED_IN,) = (span for span in code(PAGE) if span.endswith("/__init__.py"))

RENDER = """
import pandas as pd
from spotyt_dagster.definitions import build_definitions
from spotyt_dagster.reporting.html.page import render_report
from spotyt_dagster.reporting.html.report_section import ReportData

board = pd.read_parquet("board.parquet")
for name, rows in (("report.html", board), ("empty.html", board.head(0))):
    open(name, "w").write(render_report(ReportData(rows, [], {})))
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where a copy of the package with the section has made two pages."""
    home = tmp_path_factory.mktemp("section")
    copy_package(home)
    assert not (home / PLACE).exists(), "it is in the product by now: show another section"
    (home / PLACE).write_text(CODE, encoding="utf-8")
    replace_once(home / LISTED_IN, "import how_to_read,", "import fit_times, how_to_read,")
    line = "    how_to_read.SECTION,\n"
    assert "fit_times.SECTION," in code(PAGE)
    replace_once(home / LISTED_IN, line, f"    fit_times.SECTION,\n{line}")
    baseline = baseline_table()
    board = leaderboard(
        metric_rows(
            {"inertia": 1.0}, frame=baseline, settings=LearningSettings(), task="clustering",
            model=name, snapshot="baseline", features="audio", fit_seconds=seconds,
        )
        for name, seconds in (("kmeans", 1.5), ("vae", 12.25))
    )  # fmt: skip
    board.to_parquet(home / "board.parquet")
    run_python(RENDER, home)
    return home


def test_the_section_stands_on_the_page_and_in_its_contents(home: Path):
    page = (home / "report.html").read_text(encoding="utf-8")
    assert page.count('<section id="fit-times"') == 1
    assert page.count('<a href="#fit-times">Longest fits</a>') == 1
    section = page.split('<section id="fit-times"')[1].split("</section>")[0]
    assert section.index("12.250") < section.index("1.500")


def test_without_figures_there_is_no_such_section(home: Path):
    assert "fit-times" not in (home / "empty.html").read_text(encoding="utf-8")
