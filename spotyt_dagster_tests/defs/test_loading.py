"""Dagster's own tools find the project without being told where it is."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
MODULE = "spotyt_dagster.definitions"


def test_dg_and_a_workspace_load_the_same_module():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["dg"]["project"]
    workspace = yaml.safe_load((ROOT / "workspace.yaml").read_text())
    assert project["code_location_target_module"] == MODULE
    assert workspace == {"load_from": [{"python_module": MODULE}]}


@pytest.mark.slow
@pytest.mark.parametrize("arguments", [[], ["-w", "workspace.yaml"]], ids=["bare", "workspace"])
def test_dagster_loads_it_from_the_checkout_with_no_warning_about_it(
    arguments: list[str], tmp_path: Path
):
    dagster = Path(sys.executable).with_name("dagster")
    environment = {**os.environ, "DAGSTER_HOME": str(tmp_path)}
    done = subprocess.run(
        [dagster, "definitions", "validate", *arguments],
        cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    assert f"Validation successful for code location {MODULE}" in said
    assert "spotyt_dagster/" not in said, "a warning names a file of ours"
