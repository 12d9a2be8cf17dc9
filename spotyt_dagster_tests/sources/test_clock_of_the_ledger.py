"""A clock that is wrong grants no day twice and deletes no answer."""

from datetime import UTC, timedelta
from email.utils import format_datetime

import pandas as pd
import pytest

from spotyt_dagster.exceptions import ClockError
from spotyt_dagster.sources.crawl import crawl
from spotyt_dagster.sources.crawl_store import RETENTION, open_store
from spotyt_dagster.sources.http import RetryPolicy
from spotyt_dagster.sources.ledger import CLOCK_TOLERANCE, Bucket, QuotaExhausted
from spotyt_dagster.sources.plan import plan_crawl
from spotyt_dagster.sources.youtube import VIDEOS, YouTube
from spotyt_dagster_tests.sandbox.small_table import NOON, SetClock
from spotyt_dagster_tests.sources.conftest import crawl_until_stopped
from spotyt_dagster_tests.sources.factories import UNBOUND, record, save
from spotyt_dagster_tests.sources.fake_server import Reply

UNITS = Bucket("youtube/units", 3)


def spend_the_day(store, clock):
    for _ in range(3):
        save(store, record("a", at=clock()))
        store.ledger.reserve(UNITS)


def test_a_clock_set_back_does_not_grant_the_day_again(store, clock):
    spend_the_day(store, clock)
    clock.advance(days=-1)
    with pytest.raises(ClockError) as wrong:
        store.ledger.reserve(UNITS)
    told = str(wrong.value)
    assert "shows 2024-11-14 20:00 UTC" in told
    assert "answered at 2024-11-15 20:00 UTC" in told
    assert "spotyt quota clear clock" in told
    assert store.ledger.usage(UNITS).used == 0


def test_the_next_process_knows_too(store, clock, url):
    spend_the_day(store, clock)
    with (
        open_store(url, "sandbox", SetClock(NOON - timedelta(hours=13))) as later,
        pytest.raises(ClockError),
    ):
        later.ledger.reserve(UNITS)


def test_a_crawl_begins_with_no_answers_of_days_to_come(store, clock):
    spend_the_day(store, clock)
    clock.advance(days=-1)
    with pytest.raises(ClockError):
        crawl(VIDEOS, ["a"], lambda _: pytest.fail("nothing may be asked"), store, 1)


def test_a_clock_that_is_set_right_by_minutes_is_no_reason_to_stop(store, clock):
    spend_the_day(store, clock)
    clock.moment -= CLOCK_TOLERANCE
    with pytest.raises(QuotaExhausted):
        store.ledger.reserve(UNITS)


def test_a_ledger_of_before_moments_were_noted_goes_by_its_answers(store, clock, url):
    save(store, record("a"))
    with store._engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM latest_moments")
    clock.advance(hours=-2)
    with open_store(url, "sandbox", clock) as later, pytest.raises(ClockError):
        later.ledger.reserve(UNITS)


def test_live_and_sandbox_have_a_time_each(store, clock, url):
    clock.advance(days=400)
    save(store, record("a", at=clock()))
    with open_store(url, "live", SetClock()) as live:
        live.ledger.reserve(UNITS)


BATCHES = pd.DataFrame(
    {"row": [1], "batch": ["batch-0001"], "video_id": ["a"], "artist_id": ["b"], "Channel": ["c"]}
)


def test_looking_deletes_nothing_however_far_ahead_the_clock_is(store, clock):
    store.begin("video", ["a"])
    save(store, record("a"))
    clock.advance(days=31)
    store.ledger.usage(UNITS)
    plan_crawl(BATCHES, store)
    crawl_until_stopped(VIDEOS, ["a"], stopped, store, 1)
    clock.advance(days=-31)
    assert set(store.cached("video", ["a"])) == {"a"}
    store.ledger.reserve(UNITS)


def stopped(_ids):
    raise QuotaExhausted("nothing left", NOON, "youtube/units")


def test_a_crawl_that_was_answered_deletes_what_is_too_old(store, clock):
    save(store, record("old"))
    clock.moment = NOON + RETENTION

    def ask(ids):
        records = [record(id_, at=clock()) for id_ in ids]
        save(store, *records)
        return records

    crawl(VIDEOS, ["new"], ask, store, 1)
    assert set(store.cached("video", ["old", "new"], since=NOON.date())) == {"new"}


@pytest.fixture
def live(url, session, scripted):
    """A live client whose clock shows noon, and the store it keeps its answers in."""
    with open_store(url, "live", SetClock()) as store:
        yield YouTube(scripted.url, "key", 100, session, store, RetryPolicy(2, 0.01)), store


def dated(moment):
    return Reply({"items": [{"id": "a"}]}, headers={"Date": format_datetime(moment, usegmt=True)})


@pytest.mark.parametrize("ahead", [timedelta(days=31), -timedelta(days=31), timedelta(hours=1)])
def test_an_answer_that_a_live_service_dates_differently_is_not_kept(live, scripted, ahead):
    client, store = live
    scripted.script = [dated((NOON - ahead).astimezone(UTC))]
    save(store, record("before"))
    with pytest.raises(ClockError, match="set the machine's clock right"):
        client.videos(["a"])
    assert set(store.cached("video", ["before", "a"], since=NOON.date())) == {"before"}
    assert (store.ledger.usage(client.bucket).used, store.ledger.usage(client.bucket).answered) == (
        1,
        1,
    )


def test_a_clock_a_minute_off_is_right_enough(live, scripted):
    client, _ = live
    scripted.script = [dated(NOON + timedelta(minutes=1))]
    assert len(client.videos(["a"])) == 1


def test_a_clock_that_was_ahead_once_can_be_set_right(store, clock):
    ahead = NOON + timedelta(days=40)
    clock.moment = ahead
    store.begin("video", ["a", "b"])
    save(store, record("a", at=ahead))
    clock.moment = NOON
    with pytest.raises(ClockError):
        store.ledger.reserve(UNBOUND)
    assert store.set_clock_right() == 1
    assert store.cached("video", ["a"]) == {}
    assert store.begin("video", ["a", "b"]) == NOON.date()
    save(store, record("a"))
    assert set(store.cached("video", ["a"])) == {"a"}
