"""Two processes of the product at the same time, with one ledger between them."""

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
#: Of the 14 units or so that all batches cost.
LIMIT = 9


@pytest.mark.slow
def test_two_runs_together_never_pass_the_limit_and_both_end_well(small_csv: Path, tmp_path: Path):
    tracks, _ = read_tracks(str(small_csv), 42)
    clock = frozen_clock(datetime.fromisoformat(NOW))
    with SandboxServer(World(tracks, 42), clock, latency_s=0.02) as server:
        processes = []
        for name in ("one", "two"):
            (folder := tmp_path / name).mkdir()
            settings = {
                "SPOTYT_RAW": str(small_csv),
                "SPOTYT_BATCH_ROWS": str(SMALL_BATCH),
                "SPOTYT_NOW": NOW,
                "SPOTYT_SANDBOX_URL": server.url,
                "SPOTYT_CRAWL_DB": f"sqlite:///{tmp_path}/shared/crawl.db",
                "SPOTYT_YOUTUBE_DAILY_UNITS": str(LIMIT),
            }
            processes.append(start(["run", "--select", "group:tables"], settings, folder))
        for process in processes:
            process.join(120)
        logs = [(tmp_path / name / "log.txt").read_text() for name in ("one", "two")]
        assert [process.exitcode for process in processes] == [0, 0], logs
        assert server.stats()["units_today"]["default"] == LIMIT
        assert all("resumes at" in log for log in logs)
