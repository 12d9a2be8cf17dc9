"""Does what docs/add_a_model.md says, with the code and the commands that stand there.

In a copy of the package, which lies where the command is started and so is the one it imports.
"""

import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from spotyt_dagster.defs.models import MODELS
from spotyt_dagster.learning.evaluation.metric_table import METRIC_COLUMNS, METRIC_DTYPES
from spotyt_dagster_tests.docs.model_page import ModelPage
from spotyt_dagster_tests.docs.package_copy import copy_package
from spotyt_dagster_tests.docs.pages import ROOT, code

PAGE = ModelPage("add_a_model.md")
TASK, NAME = PAGE.key.split("/")
COMMANDS = [line for line in code(PAGE.path) if line.startswith(".venv/bin/spotyt run")]

SPOTYT = [sys.executable, "-c", "from spotyt_dagster.cli import main; main()"]


def let_the_other_models_have_run(home: Path) -> None:
    """Their tables are there and hold no row: this test is not about them."""
    nothing = pd.DataFrame(columns=METRIC_COLUMNS).astype(METRIC_DTYPES)
    for model in MODELS:
        path = home.joinpath("data", *model.key.path).with_suffix(".parquet")
        path.parent.mkdir(parents=True, exist_ok=True)
        nothing.to_parquet(path)


def run(command: str, home: Path) -> None:
    """One command of the page, in a process of its own."""
    done = subprocess.run(
        [*SPOTYT, *shlex.split(command)[1:]],
        cwd=home, capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, small_csv: Path) -> Path:
    home = tmp_path_factory.mktemp("workplace")
    with pytest.MonkeyPatch.context() as environment:
        environment.delenv("DAGSTER_HOME", raising=False)
        environment.setenv("SPOTYT_RAW", str(small_csv))
        copy_package(home)
        shutil.copy(ROOT / "dagster.yaml", home)
        PAGE.add_to(home)
        let_the_other_models_have_run(home)
        for command in COMMANDS:
            run(command, home)
    return home


pytestmark = pytest.mark.slow


def test_the_model_is_measured_under_both_protocols(home: Path):
    metrics = pd.read_parquet(home / "data" / TASK / f"{NAME}.parquet")
    assert set(metrics["model"]) == {NAME}
    assert set(metrics["protocol"]) == {"study", "grouped"}
    assert metrics["value"].notna().all()


def test_its_pictures_tables_and_estimator_are_kept(home: Path):
    names = {path.name for path in (home / "data" / TASK / NAME).iterdir()}
    assert {"scores.png", "predicted_against_actual.png", "error_by_size.png"} <= names
    assert {"predictions.parquet", "split_overlap.parquet", "estimator.joblib"} <= names


def test_it_is_on_the_leaderboard_and_in_the_report(home: Path):
    board = pd.read_parquet(home / "data" / "report" / "leaderboard.parquet")
    assert set(board["model"]) == {NAME}
    page = (home / "data" / "report" / "report" / "report.html").read_text(encoding="utf-8")
    assert f"<code>{TASK}/{NAME}</code>" in page
    assert PAGE.description in page
