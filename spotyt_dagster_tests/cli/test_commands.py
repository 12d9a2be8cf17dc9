"""`spotyt` as a person uses it: the whole way, the plan before, the status after."""

import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from spotyt_dagster.cli import main

Spotyt = Callable[..., str]


@pytest.fixture
def spotyt(
    workplace: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Spotyt:
    """Runs the command line in this process, which must end well; gives what went to stdout."""
    del workplace

    def call(*arguments: str) -> str:
        monkeypatch.setattr("sys.argv", ["spotyt", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        captured = capfd.readouterr()
        assert not ended.value.code, captured.err
        return captured.out

    return call


def units(spotyt: Spotyt) -> int:
    quota = json.loads(spotyt("status", "--json"))["quota"]
    return next(one["used"] for one in quota if one["bucket"] == "youtube/units")


def test_status_before_anything_ran_shows_an_untouched_day(spotyt: Spotyt):
    facts = json.loads(spotyt("status", "--json"))
    assert facts["batches"] == []
    assert [one["used"] for one in facts["quota"]] == [0, 0]
    assert facts["next_reset"] == "2026-11-26 08:00 UTC"


def test_a_plan_tells_the_cost_beforehand_and_a_second_run_costs_nothing(spotyt: Spotyt):
    spotyt("run", "--select", "group:tables")
    used = units(spotyt)
    assert used > 0
    again = json.loads(spotyt("crawl", "plan", "--json"))
    assert again["youtube_units"] == again["days"] == 0
    spotyt("run", "--select", "group:tables")
    assert units(spotyt) == used
    status = json.loads(spotyt("status", "--json"))
    assert {batch["ids_left_today"] for batch in status["batches"]} == {0}
    assert all(batch["last_crawled"] for batch in status["batches"])


def test_the_tables_for_people_say_the_same(spotyt: Spotyt):
    spotyt("run", "--select", "group:tables")
    assert "batch-0001" in spotyt("status")
    assert "Nothing was sent" in spotyt("crawl", "plan")


def test_a_crawl_stops_at_the_limit_ends_well_and_goes_on_after_the_reset(
    spotyt: Spotyt, monkeypatch: pytest.MonkeyPatch, workplace: Path
):
    monkeypatch.setenv("SPOTYT_YOUTUBE_DAILY_UNITS", "4")
    spotyt("run", "--select", "group:tables")
    assert units(spotyt) == 4
    days = iter(range(26, 31))
    while len(list((workplace / "data/crawl/youtube_channels").glob("*.parquet"))) < 3:
        monkeypatch.setenv("SPOTYT_NOW", f"2026-11-{next(days)}T20:00:00+00:00")
        spotyt("crawl")
        assert units(spotyt) <= 4


def test_the_full_effort_says_beforehand_about_how_long_it_will_take(
    workplace: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
):
    del workplace
    monkeypatch.setenv("SPOTYT_EFFORT", "full")
    select = "group:tables or key:regression/linear or key:regression/ols"
    monkeypatch.setattr("sys.argv", ["spotyt", "run", "--select", select])
    with pytest.raises(SystemExit):
        main()
    words = capfd.readouterr().err
    said = words.index("SPOTYT_EFFORT=full: about under a minute of training")
    assert said < words.index("crawl/youtube_videos")
    assert "regression/linear" in words


def test_a_sample_can_be_written_and_read_back(
    spotyt: Spotyt, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    path = tmp_path / "sample.csv"
    spotyt("sandbox", "sample", str(path), "--rows", "300")
    assert len(pd.read_csv(path)) == 300
    monkeypatch.setenv("SPOTYT_RAW", str(path))
    spotyt("run", "--select", "group:tables")
