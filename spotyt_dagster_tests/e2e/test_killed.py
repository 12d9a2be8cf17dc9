"""Killed at any moment and run again, the pipeline ends as if nothing had happened."""

import random
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from spotyt_dagster.clock import frozen_clock
from spotyt_dagster.sandbox.server import SandboxServer
from spotyt_dagster.sandbox.world import World
from spotyt_dagster.sources.kaggle import read_tracks
from spotyt_dagster_tests.conftest import SMALL_BATCH
from spotyt_dagster_tests.e2e.worker import start

NOW = "2026-11-25T20:00:00+00:00"
KILLS = 20
#: Slow enough that a kill often meets calls in flight, whose answers are then lost.
LATENCY_S = 0.05
PARALLEL_CALLS = 2
TABLES = ["run", "--select", "group:tables"]


@pytest.fixture
def server(small_csv: Path) -> Iterator[SandboxServer]:
    """A sandbox that outlives the killed processes and keeps the books."""
    tracks, _ = read_tracks(str(small_csv), 42)
    clock = frozen_clock(datetime.fromisoformat(NOW))
    with SandboxServer(World(tracks, 42), clock, latency_s=LATENCY_S) as server:
        yield server


def settings(small_csv: Path, server: SandboxServer) -> dict[str, str]:
    return {
        "SPOTYT_RAW": str(small_csv),
        "SPOTYT_BATCH_ROWS": str(SMALL_BATCH),
        "SPOTYT_NOW": NOW,
        "SPOTYT_SANDBOX_URL": server.url,
        "SPOTYT_PARALLEL_CALLS": str(PARALLEL_CALLS),
    }


def run_to_the_end(folder: Path, environment: dict[str, str]) -> float:
    """Run the tables in `folder`; returns how long it took, in seconds."""
    started = time.monotonic()
    process = start(TABLES, environment, folder)
    process.join(120)
    assert process.exitcode == 0, (folder / "log.txt").read_text()
    return time.monotonic() - started


def tables(folder: Path) -> dict[str, bytes]:
    """Every stored table by its path; with a frozen clock even time stamps must agree."""
    data = folder / "data"
    return {str(path.relative_to(data)): path.read_bytes() for path in data.rglob("*.parquet")}


def units(server: SandboxServer) -> int:
    return server.stats()["units_today"]["default"]


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_twenty_kills_at_random_moments_change_no_byte_and_lose_only_calls_in_flight(
    small_csv: Path, server: SandboxServer, tmp_path: Path
):
    environment = settings(small_csv, server)
    (undisturbed := tmp_path / "undisturbed").mkdir()
    seconds = run_to_the_end(undisturbed, environment)
    expected, price = tables(undisturbed), units(server)
    assert price > 0

    moments = random.Random(20)
    for kill in range(KILLS):
        (folder := tmp_path / f"kill-{kill}").mkdir()
        before = units(server)
        process = start(TABLES, environment, folder)
        time.sleep(moments.uniform(0, seconds))
        process.kill()
        process.join(30)
        run_to_the_end(folder, environment)
        assert tables(folder) == expected, f"kill {kill}"
        assert units(server) - before <= price + PARALLEL_CALLS, f"kill {kill}"


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_killed_again_and_again_it_still_comes_to_its_end(
    small_csv: Path, server: SandboxServer, tmp_path: Path
):
    environment = settings(small_csv, server)
    (undisturbed := tmp_path / "undisturbed").mkdir()
    seconds = run_to_the_end(undisturbed, environment)
    (folder := tmp_path / "killed").mkdir()
    moments = random.Random(5)
    for _ in range(5):
        process = start(TABLES, environment, folder)
        time.sleep(moments.uniform(0.2 * seconds, seconds))
        process.kill()
        process.join(30)
    run_to_the_end(folder, environment)
    assert tables(folder) == tables(undisturbed)
    assert not list((folder / "data").rglob("*.tmp"))
