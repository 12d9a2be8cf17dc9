"""Every asset can be materialized alone by its key, by Dagster's own command line."""

import shutil
import subprocess
import sys
from pathlib import Path

import dagster as dg
import pytest
from click.testing import CliRunner
from dagster import DagsterEventType
from dagster._cli import create_dagster_cli

from spotyt_dagster.definitions import build_definitions
from spotyt_dagster.settings import Settings
from spotyt_dagster_tests.docs.pages import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

BATCH = "batch-0001"
DAGSTER = [str(Path(sys.executable).with_name("dagster")), "asset", "materialize"]


@pytest.fixture
def home(workplace: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A DAGSTER_HOME of the test's own, over a table whose tracks all fit one batch."""
    home = workplace / "home"
    home.mkdir()
    shutil.copy(ROOT / "dagster.yaml", home)
    monkeypatch.setenv("DAGSTER_HOME", str(home))
    monkeypatch.setenv("SPOTYT_BATCH_ROWS", "4500")
    return home


def graph_order() -> list[tuple[dg.AssetKey, bool]]:
    """Every asset behind those it reads, and whether it is partitioned."""
    graph = build_definitions(Settings()).resolve_asset_graph()
    levels = graph.toposorted_asset_keys_by_level
    return [
        (key, graph.get(key).is_partitioned)
        for level in levels
        for key in sorted(level)
        if graph.get(key).is_executable
    ]


def options(key: dg.AssetKey, partitioned: bool) -> list[str]:
    name = ["--select", f"key:{key.to_user_string()}", "-m", "spotyt_dagster.definitions"]
    return [*name, "--partition", BATCH] if partitioned else name


def made_by_the_last_run() -> list[dg.AssetKey]:
    with dg.DagsterInstance.get() as instance:
        (run,) = instance.get_runs(limit=1)
        made = instance.all_logs(run.run_id, of_type=DagsterEventType.ASSET_MATERIALIZATION)
    return [event.asset_materialization.asset_key for event in made if event.asset_materialization]


@pytest.mark.usefixtures("home")
def test_every_asset_is_materialized_alone_by_its_key():
    in_order = graph_order()
    assert len(in_order) >= 43
    failed = {}
    for key, partitioned in in_order:
        done = CliRunner().invoke(
            create_dagster_cli(), ["asset", "materialize", *options(key, partitioned)]
        )
        if done.exit_code or made_by_the_last_run() != [key]:
            failed[key.to_user_string()] = done.output[-2_000:]
    assert failed == {}


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize("name", ["raw_tracks", "rejected_rows"])
def test_a_part_of_the_ingest_is_materialized_alone_by_the_executable(name: str):
    key = dg.AssetKey(["ingest", name])
    done = subprocess.run(
        [*DAGSTER, *options(key, partitioned=False)],
        capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2_000:]
    assert made_by_the_last_run() == [key]
