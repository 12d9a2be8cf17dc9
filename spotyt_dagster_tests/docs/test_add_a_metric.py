"""Does what docs/add_a_metric.md says, with the code on that page, in a copy of the package."""

import ast
from pathlib import Path

import pandas as pd
import pytest

from spotyt_dagster.learning.evaluation.metrics import METRICS
from spotyt_dagster_tests.docs.package_copy import copy_package, replace_once, run_python
from spotyt_dagster_tests.docs.pages import ROOT, blocks, code
from spotyt_dagster_tests.learning.feature_tables import baseline_table

PAGE = ROOT / "docs" / "add_a_metric.md"
(ENTRY,) = blocks(PAGE, "python")
(PLACE,) = {span for span in code(PAGE) if span.endswith("/metrics.py")}
CALL = ast.parse(ENTRY).body[0].value  # pyright: ignore[reportAttributeAccessIssue]
NAME, LABEL = (argument.value for argument in CALL.args[:2])

MEASURE = """
import pandas as pd
from sklearn.linear_model import LinearRegression
from spotyt_dagster.learning.evaluation.evaluate import all_metrics, evaluate_both
from spotyt_dagster.learning.evaluation.task import regression_problem
from spotyt_dagster.reporting.ranking import leaderboard
from spotyt_dagster.reporting.html.page import render_report
from spotyt_dagster.reporting.html.report_section import ReportData
from spotyt_dagster.settings import LearningSettings

problem = regression_problem(pd.read_parquet("baseline.parquet"))
both = evaluate_both(LinearRegression(), problem, LearningSettings(), model="linear")
board = leaderboard([all_metrics(*both)])
board.to_parquet("board.parquet")
both[0].predictions.to_parquet("predictions.parquet")
open("report.html", "w").write(render_report(ReportData(board, [], {})))
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where a copy of the package with the entry has measured a model."""
    home = tmp_path_factory.mktemp("metric")
    copy_package(home)
    replace_once(home / PLACE, "METRICS = (\n", f"METRICS = (\n{ENTRY.rstrip()},\n")
    baseline_table().to_parquet(home / "baseline.parquet")
    run_python(MEASURE, home)
    return home


def test_the_metric_is_not_in_the_product():
    assert NAME not in {metric.name for metric in METRICS}, "show another one"


def test_a_model_is_measured_by_it_under_both_protocols(home: Path):
    rows = pd.read_parquet(home / "board.parquet").query(f"metric == '{NAME}'")
    assert set(rows["protocol"]) == {"study", "grouped"}
    assert (rows["low"] <= rows["value"]).all()
    predictions = pd.read_parquet(home / "predictions.parquet")
    largest = (predictions["y"] - predictions["prediction"]).abs().max()
    assert rows.set_index("protocol")["value"]["study"] == pytest.approx(largest)


def test_the_report_shows_and_explains_it(home: Path):
    page = (home / "report.html").read_text(encoding="utf-8")
    (meaning,) = (one.value.value for one in CALL.keywords if one.arg == "meaning")
    assert page.count(f"<b>{LABEL}</b>: {meaning}") == 1
    assert page.count(f">{LABEL}&nbsp;<span") == 2
