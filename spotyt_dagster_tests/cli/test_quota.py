"""`spotyt quota`: what is used, left and paused, and how a pause or a wrong clock is cleared."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from spotyt_dagster.cli import main
from spotyt_dagster.clock import frozen_clock
from spotyt_dagster.sandbox.server import SANDBOX_CREDENTIALS, SANDBOX_KEY
from spotyt_dagster.sources.crawl_store import CrawlStore, open_store
from spotyt_dagster.sources.spotify import calls_bucket
from spotyt_dagster.sources.youtube import units_bucket
from spotyt_dagster_tests.sources.factories import record, save

NOW = datetime(2026, 11, 25, 20, tzinfo=UTC)
YOUTUBE = units_bucket(10_000, SANDBOX_KEY)
SPOTIFY = calls_bucket(next(iter(SANDBOX_CREDENTIALS)))

Spotyt = Callable[..., tuple[int, str, str]]


@pytest.fixture
def spotyt(workplace, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Spotyt:
    """Runs the command line in this process; gives exit code, stdout and stderr."""
    del workplace

    def call(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["spotyt", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        captured = capfd.readouterr()
        return int(ended.value.code or 0), captured.out, captured.err

    return call


def store_at(at: datetime = NOW) -> CrawlStore:
    return CrawlStore("sqlite:///data/crawl.db", "sandbox", frozen_clock(at))


def shown(spotyt: Spotyt) -> dict[str, dict]:
    code, out, _ = spotyt("quota", "--json")
    assert code == 0
    return {one["bucket"]: one for one in json.loads(out)["quota"]}


def test_used_left_and_pauses_are_shown_by_bucket(spotyt: Spotyt):
    store = store_at()
    store.ledger.reserve(YOUTUBE)
    store.ledger.pause(SPOTIFY, NOW + timedelta(hours=2), "Spotify says the day's quota is used up")
    youtube, spotify = shown(spotyt).values()
    assert (youtube["used"], youtube["left"], youtube["resumes_at"]) == (1, 9_999, None)
    assert youtube["account"] == YOUTUBE.account
    assert spotify["resumes_at"] == "2026-11-25 22:00 UTC"
    assert spotify["paused_because"] == "Spotify says the day's quota is used up"
    code, out, _ = spotyt("quota")
    assert code == 0
    for word in ("youtube/units", "9,999", "2026-11-25 22:00 UTC: Spotify says the day"):
        assert word in out


@pytest.mark.parametrize(("service", "bucket"), [("youtube", YOUTUBE), ("spotify", SPOTIFY)])
def test_a_pause_is_cleared_with_a_word_of_warning(spotyt: Spotyt, service, bucket):
    for one in (YOUTUBE, SPOTIFY):
        store_at().ledger.pause(one, NOW + timedelta(hours=2), "why")
    code, out, err = spotyt("quota", "clear", service, "--yes")
    assert code == 0
    assert "refused again" in err
    assert "is cleared" in out
    paused = {name for name, one in shown(spotyt).items() if one["paused_because"]}
    assert paused == {YOUTUBE.name, SPOTIFY.name} - {bucket.name}
    assert "There is no pause" in spotyt("quota", "clear", service, "--yes")[1]


def test_where_nobody_can_be_asked_nothing_is_cleared(spotyt: Spotyt):
    store_at().ledger.pause(YOUTUBE, NOW + timedelta(hours=2), "why")
    code, _, err = spotyt("quota", "clear", "youtube")
    assert code == 2
    assert "--yes" in err
    assert shown(spotyt)[YOUTUBE.name]["paused_because"] == "why"


def test_a_clock_that_was_ahead_is_told_and_can_be_cleared(spotyt: Spotyt):
    assert spotyt("run", "--select", "group:tables")[0] == 0
    with open_store("sqlite:///data/crawl.db", "sandbox", frozen_clock(NOW)) as store:
        ahead = NOW + timedelta(days=40)
        store.ledger.clock = frozen_clock(ahead)
        save(store, record("a", at=ahead))
    code, _, err = spotyt("crawl")
    assert code == 1
    assert "The clock shows 2026-11-25 20:00 UTC" in err
    assert "Traceback" not in err
    assert spotyt("quota", "clear", "clock", "--yes")[0] == 0
    assert spotyt("crawl")[0] == 0
