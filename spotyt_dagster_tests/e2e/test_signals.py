"""Ctrl-C and SIGTERM, at a real terminal, at any moment: one line, its exit code, nothing left."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
import psutil
import pytest
from dagster import DagsterRunStatus

from spotyt_dagster.defs.conventions import TRAINING_POOL, pool_of
from spotyt_dagster.defs.run_liveness import hold, let_go
from spotyt_dagster_tests.conftest import SMALL_BATCH
from spotyt_dagster_tests.e2e.stalling import Stall, stalling
from spotyt_dagster_tests.e2e.terminal import Terminal

TABLES = ["run", "--select", "group:tables"]
YOUTUBE_POOL = pool_of("youtube")
POOLS = (YOUTUBE_POOL, pool_of("spotify"), TRAINING_POOL)
CTRL_C, SIGTERM = 130, 143

#: Trains in worker processes as the networks do, which a small table would not.
TRAINING = """
import time
from spotyt_dagster.cli.signals import ending_on_signals, when_stopped
from spotyt_dagster.learning.parallel import FEWEST_ROWS, run_parallel
def fit():
    print("fitting", flush=True)
    time.sleep(600)
def train():
    when_stopped("As a command says it.")
    run_parallel([fit, fit], FEWEST_ROWS)
ending_on_signals(train)
"""

#: A fit inside one call of C code that gives no signal handler a turn.
FITTING = """
import numpy
from spotyt_dagster.cli.signals import ending_on_signals, when_stopped
def fit():
    when_stopped("As a command says it.")
    print("fitting", flush=True)
    numpy.linalg.eigvals(numpy.random.default_rng(0).normal(size=(4_000, 4_000)))
ending_on_signals(fit)
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A folder for Dagster, with the repository's dagster.yaml."""
    (folder := tmp_path / "home").mkdir()
    (folder / "dagster.yaml").symlink_to(Path(__file__).parents[2] / "dagster.yaml")
    return folder


@pytest.fixture
def environment(small_csv: Path, home: Path) -> dict[str, str]:
    return {
        "DAGSTER_HOME": str(home),
        "SPOTYT_RAW": str(small_csv),
        "SPOTYT_BATCH_ROWS": str(SMALL_BATCH),
        "SPOTYT_NOW": "2026-11-25T20:00:00+00:00",
    }


@contextmanager
def instance_at(home: Path) -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.from_config(str(home)) as instance:
        yield instance


def stop(terminal: Terminal, expected: int) -> None:
    """Send the signal of an exit code; nothing but one line may follow, and nobody be left."""
    others = terminal.children()
    before = len(terminal.lines)
    (terminal.press_ctrl_c if expected == CTRL_C else terminal.terminate)()
    assert terminal.exit_code() == expected, terminal.output
    name = "SIGINT" if expected == CTRL_C else "SIGTERM"
    assert terminal.last_line.startswith(f"spotyt: stopped by {name}. "), terminal.output
    assert len(terminal.lines) <= before + 1, terminal.output
    assert "Traceback" not in terminal.output
    _, alive = psutil.wait_procs(others, timeout=30)
    assert not alive


def assert_canceled_without_slots(home: Path) -> None:
    with instance_at(home) as instance:
        assert instance.get_runs(limit=1)[0].status == DagsterRunStatus.CANCELED
        for pool in POOLS:
            info = instance.event_log_storage.get_concurrency_info(pool)
            assert not info.claimed_slots
            assert not info.pending_steps
    assert not [run for run in (home / "spotyt_runs").glob("*") if run.stem == "claimed"]


@pytest.mark.parametrize("expected", [CTRL_C, SIGTERM])
@pytest.mark.parametrize("how", ["silent", "dripping", "retry_after"])
def test_while_a_crawl_waits_for_a_service(
    how: Stall, expected: int, environment: dict[str, str], home: Path, tmp_path: Path
):
    with stalling(how) as service:
        environment["SPOTYT_SANDBOX_URL"] = service.url
        terminal = Terminal(TABLES, environment, tmp_path)
        terminal.wait_for("ingest/crawl_batches")
        assert service.called.wait(120)
        stop(terminal, expected)
    assert "run the same command again to resume" in terminal.last_line
    assert_canceled_without_slots(home)


@pytest.mark.parametrize("expected", [CTRL_C, SIGTERM])
def test_while_a_step_waits_for_a_pool(
    expected: int, environment: dict[str, str], home: Path, tmp_path: Path
):
    with instance_at(home) as instance:
        instance.event_log_storage.initialize_concurrency_limit_to_default(YOUTUBE_POOL)
        hold(instance, "another-run")
        try:
            claim = instance.event_log_storage.claim_concurrency_slot(
                YOUTUBE_POOL, "another-run", "a step"
            )
            assert claim.is_claimed
            terminal = Terminal(TABLES, environment, tmp_path)
            terminal.wait_for(f"waiting for the pool {YOUTUBE_POOL}: run another")
            assert f"process {os.getpid()}" in terminal.output
            stop(terminal, expected)
            info = instance.event_log_storage.get_concurrency_info(YOUTUBE_POOL)
            assert [slot.run_id for slot in info.claimed_slots] == ["another-run"]
            assert [step.run_id for step in info.pending_steps] == ["another-run"]
            assert instance.get_runs(limit=1)[0].status == DagsterRunStatus.CANCELED
        finally:
            let_go("another-run")


@pytest.mark.parametrize("expected", [CTRL_C, SIGTERM])
def test_while_the_program_loads(expected: int, environment: dict[str, str], tmp_path: Path):
    program = (
        "import threading; from spotyt_dagster.cli import main;"
        "threading.Timer(0.05, print, ['loading'], {'flush': True}).start(); main()"
    )
    terminal = Terminal(TABLES, environment, tmp_path, program)
    terminal.wait_for("loading")
    stop(terminal, expected)


@pytest.mark.parametrize("expected", [CTRL_C, SIGTERM])
@pytest.mark.parametrize("program", [TRAINING, FITTING], ids=["in_workers", "in_one_long_call"])
def test_while_a_model_is_trained(program: str, expected: int, tmp_path: Path):
    terminal = Terminal([], {}, tmp_path, program)
    terminal.wait_for("fitting")
    stop(terminal, expected)


@pytest.mark.parametrize("expected", [CTRL_C, SIGTERM])
def test_while_a_sandbox_serves(expected: int, environment: dict[str, str], tmp_path: Path):
    terminal = Terminal(["sandbox", "serve", "--port", "0"], environment, tmp_path)
    terminal.wait_for("until Ctrl-C")
    stop(terminal, expected)


def test_a_signal_that_was_ignored_from_the_start_stays_ignored(tmp_path: Path):
    program = (
        "import os, signal; signal.signal(signal.SIGHUP, signal.SIG_IGN);"
        "from spotyt_dagster.cli.signals import ending_on_signals;"
        "ending_on_signals(lambda: (os.kill(os.getpid(), signal.SIGHUP), print('still here')))"
    )
    terminal = Terminal([], {}, tmp_path, program)
    assert terminal.exit_code() == 0
    assert terminal.last_line == "still here"
