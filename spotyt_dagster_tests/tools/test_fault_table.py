"""The table of faults shows what a run met, and whether a healthy one restored its tables."""

from pathlib import Path

from spotyt_dagster.sandbox.faults import Fault
from spotyt_dagster_tests.sources.fault_list import Case
from tools.fault_table import FaultRuns


def test_a_row_holds_the_run_under_the_fault_and_the_healthy_one(tmp_path: Path):
    refused = Case("refused", "token", "refused", Fault.BEARER_REFUSED)
    undisturbed, met = FaultRuns(tmp_path).rows([refused])
    assert (undisturbed.exit_code, undisturbed.units, undisturbed.calls) == (0, 8, 2)
    assert (undisturbed.healthy_units, undisturbed.healthy_calls) == (0, 0)
    assert (met.exit_code, met.units, met.calls) == (1, 8, 1)
    assert met.said.startswith("failed: crawl__spotify_artists: Spotify does not know this client")
    assert (met.healthy_units, met.healthy_calls) == (0, 2)
    assert undisturbed.same_tables
    assert met.same_tables
