"""Killed at any moment and run again, the pipeline ends as if nothing had happened."""

import random
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import pytest

from spotyt_dagster.clock import frozen_clock
from spotyt_dagster.sandbox.server import SandboxServer
from spotyt_dagster.sandbox.world import World
from spotyt_dagster.sources.raw_table import read_tracks
from spotyt_dagster_tests.conftest import SMALL_BATCH
from spotyt_dagster_tests.e2e.worker import start

NOW = "2026-11-25T20:00:00+00:00"
KILLS, AT_A_TIME = 20, 2
#: Slow enough that a kill often meets calls in flight, whose answers are then lost.
LATENCY_S = 0.05
#: With one call at a time a kill may cost one call; with four, four.
PARALLEL_CALLS = (1, 4)
TABLES = ["run", "--select", "group:tables"]


@pytest.fixture(scope="module")
def world(small_csv: Path) -> World:
    tracks, _ = read_tracks(str(small_csv), 42)
    return World(tracks, 42)


@contextmanager
def serving(world: World) -> Iterator[SandboxServer]:
    """A sandbox that outlives the killed processes and keeps the books."""
    clock = frozen_clock(datetime.fromisoformat(NOW))
    with SandboxServer(world, clock, latency_s=LATENCY_S) as server:
        yield server


def settings(small_csv: Path, server: SandboxServer, parallel_calls: int) -> dict[str, str]:
    return {
        "SPOTYT_RAW": str(small_csv),
        "SPOTYT_BATCH_ROWS": str(SMALL_BATCH),
        "SPOTYT_NOW": NOW,
        "SPOTYT_SANDBOX_URL": server.url,
        "SPOTYT_PARALLEL_CALLS": str(parallel_calls),
    }


def run_to_the_end(folder: Path, environment: dict[str, str]) -> float:
    """Run the tables in `folder`; returns how long it took, in seconds."""
    started = time.monotonic()
    process = start(TABLES, environment, folder)
    process.join(120)
    assert process.exitcode == 0, (folder / "log.txt").read_text()
    return time.monotonic() - started


def run_and_kill_after(seconds: float, folder: Path, environment: dict[str, str]) -> None:
    process = start(TABLES, environment, folder)
    time.sleep(seconds)
    process.kill()
    process.join(30)


def tables(folder: Path) -> dict[str, bytes]:
    """Every stored table by its path; with a frozen clock even time stamps must agree."""
    data = folder / "data"
    return {str(path.relative_to(data)): path.read_bytes() for path in data.rglob("*.parquet")}


def units(server: SandboxServer) -> int:
    return server.stats()["units_today"]["default"]


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_twenty_kills_at_random_moments_change_no_byte_and_lose_only_calls_in_flight(
    small_csv: Path, world: World, tmp_path: Path
):
    with serving(world) as server:
        (undisturbed := tmp_path / "undisturbed").mkdir()
        seconds = run_to_the_end(undisturbed, settings(small_csv, server, 1))
        expected, price = tables(undisturbed), units(server)
    assert price > 0

    def kill_and_run_again(kill: int, moment: float) -> None:
        (folder := tmp_path / f"kill-{kill}").mkdir()
        in_flight = PARALLEL_CALLS[kill % len(PARALLEL_CALLS)]
        with serving(world) as server:
            environment = settings(small_csv, server, in_flight)
            run_and_kill_after(moment, folder, environment)
            run_to_the_end(folder, environment)
            assert tables(folder) == expected, f"kill {kill} after {moment:.2f} s"
            assert units(server) <= price + in_flight, f"kill {kill} after {moment:.2f} s"

    moments = random.Random(20)
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        kills = [
            pool.submit(kill_and_run_again, kill, moments.uniform(0, seconds))
            for kill in range(KILLS)
        ]
        for kill in kills:
            kill.result()
