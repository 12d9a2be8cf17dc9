"""Units and pauses belong to the account whose they are, and an earlier ledger loses nothing."""

import sqlite3
from datetime import date, timedelta
from pathlib import Path

import pytest

from spotyt_dagster.clock import next_reset
from spotyt_dagster.sources.crawl_store import open_store
from spotyt_dagster.sources.ledger import (
    LONGEST_PAUSE,
    QuotaExhausted,
    account_of,
)
from spotyt_dagster.sources.spotify import calls_bucket
from spotyt_dagster.sources.youtube import units_bucket
from spotyt_dagster_tests.sandbox.small_table import NOON
from spotyt_dagster_tests.sources.fake_server import Reply

KEY_A, KEY_B = "AIza-key-of-project-a", "AIza-key-of-project-b"
A, B = units_bucket(3, KEY_A), units_bucket(3, KEY_B)
DAY = date(2024, 11, 15)


def test_what_one_key_used_leaves_the_others_quota_whole(store):
    for _ in range(3):
        store.ledger.reserve(A)
    with pytest.raises(QuotaExhausted):
        store.ledger.reserve(A)
    assert store.ledger.usage(B).left == 3
    store.ledger.reserve(B)
    assert (store.ledger.usage(A).used, store.ledger.usage(B).used) == (3, 1)


def test_a_pause_of_one_key_does_not_bind_the_other(store, url, clock):
    store.ledger.pause(A, NOON + timedelta(hours=3), "YouTube says the day's quota is used up")
    store.ledger.reserve(B)
    assert store.ledger.usage(B).resumes_at is None
    with open_store(url, "sandbox", clock) as later, pytest.raises(QuotaExhausted):
        later.ledger.reserve(A)


def test_an_account_is_the_same_however_its_key_was_copied_and_does_not_show_it(store, url):
    assert account_of(f"  {KEY_A}\n") == account_of(KEY_A) != account_of(KEY_B)
    store.ledger.reserve(A)
    store.ledger.pause(A, NOON + timedelta(hours=1), "why")
    assert KEY_A.encode() not in Path(url.removeprefix("sqlite:///")).read_bytes()
    assert KEY_A not in repr(A)


def test_a_clients_calls_are_counted_for_its_own_credentials(
    youtube_at, spotify_at, store, scripted
):
    scripted.script = [Reply({"items": []}), Reply({"error": "no"}, 401)]
    client = youtube_at(scripted.url, KEY_A)
    client.videos(["a"])
    assert store.ledger.usage(units_bucket(10_000, KEY_A)).used == 1
    assert store.ledger.usage(units_bucket(10_000, KEY_B)).used == 0
    # A new secret of the same app ends no ban.
    assert spotify_at(scripted.url, "app", "old").bucket == calls_bucket("app")
    assert spotify_at(scripted.url, "app", "new").bucket == calls_bucket("app")


@pytest.mark.parametrize(
    "wait", ["99999999999", "Fri, 31 Dec 9999 23:59:59 GMT", "Fri, 31 Dec 9999 23:59:59 -0800"]
)
def test_no_pause_is_longer_than_any_services_own_day(scripted, youtube_at, store, clock, wait):
    scripted.script = [Reply({}, 429, {"Retry-After": wait})]
    client = youtube_at(scripted.url)
    with pytest.raises(QuotaExhausted) as spent:
        client.videos(["a"])
    assert spent.value.resumes_at == NOON + LONGEST_PAUSE
    assert store.ledger.usage(client.bucket).resumes_at == NOON + LONGEST_PAUSE
    clock.moment = NOON + LONGEST_PAUSE
    store.ledger.reserve(client.bucket)


def test_a_pause_until_the_next_reset_is_never_cut(store, clock):
    clock.moment = next_reset(NOON - timedelta(days=13))  # 3 November 2024 begins, of 25 hours
    until = next_reset(clock())
    assert until - clock() == timedelta(hours=25)
    assert store.ledger.pause(A, until, "why") == until


def test_a_pause_can_be_ended(store):
    store.ledger.pause(A, NOON + timedelta(hours=3), "why")
    assert store.ledger.usage(A).paused_because == "why"
    assert store.ledger.end_pause(A)
    assert not store.ledger.end_pause(A)
    assert store.ledger.usage(A).paused_because is None
    store.ledger.reserve(A)


def ledger_of_the_earlier_form(url: str, *statements: str) -> None:
    """A database as the first version made it."""
    connection = sqlite3.connect(url.removeprefix("sqlite:///"))
    connection.executescript(
        """
        CREATE TABLE quota (
            api VARCHAR(16) NOT NULL, bucket VARCHAR(64) NOT NULL, quota_day DATE NOT NULL,
            reserved INTEGER NOT NULL, answered INTEGER NOT NULL,
            PRIMARY KEY (api, bucket, quota_day)
        );
        CREATE TABLE pauses (
            api VARCHAR(16) NOT NULL, bucket VARCHAR(64) NOT NULL,
            resumes_at VARCHAR(40) NOT NULL, reason VARCHAR(200) NOT NULL,
            PRIMARY KEY (api, bucket)
        );
        CREATE TABLE answers (
            api VARCHAR(16) NOT NULL, kind VARCHAR(16) NOT NULL, entity_id VARCHAR(64) NOT NULL,
            quota_day DATE NOT NULL, fetched_at VARCHAR(40) NOT NULL, payload TEXT,
            missing_reason VARCHAR(64), PRIMARY KEY (api, kind, entity_id, quota_day)
        );
        """
        + ";".join(statements)
    )
    connection.close()


UNITS_OF_TODAY = (
    "INSERT INTO quota VALUES ('sandbox', 'youtube/units', '2024-11-15', 2, 1)",
    "INSERT INTO quota VALUES ('sandbox', 'youtube/units', '2024-11-14', 3, 3)",
    "INSERT INTO quota VALUES ('live', 'youtube/units', '2024-11-15', 3, 3)",
)


def test_units_that_an_earlier_ledger_counted_today_bind_every_key_until_the_day_is_over(
    url, clock
):
    ledger_of_the_earlier_form(url, *UNITS_OF_TODAY)
    for _ in range(2):  # nothing changes by opening it again
        with open_store(url, "sandbox", clock) as store:
            for bucket in (A, B):
                assert (store.ledger.usage(bucket).used, store.ledger.usage(bucket).left) == (2, 1)
    with open_store(url, "sandbox", clock) as store:
        for bucket in (A, B):
            store.ledger.reserve(bucket)
            with pytest.raises(QuotaExhausted):
                store.ledger.reserve(bucket)
            assert (store.ledger.usage(bucket).used, store.ledger.usage(bucket).answered) == (3, 1)
        clock.advance(days=1)
        assert store.ledger.usage(A).left == 3


@pytest.mark.parametrize(
    ("until", "binds"), [("2024-11-15T22:00:00+00:00", True), ("9999-12-31T23:59:59+00:00", False)]
)
def test_an_earlier_ledgers_pause_binds_every_key_unless_no_service_asks_for_such_a_one(
    url, clock, until, binds
):
    pause = f"INSERT INTO pauses VALUES ('sandbox', 'youtube/units', '{until}', 'why')"
    ledger_of_the_earlier_form(url, pause)
    with open_store(url, "sandbox", clock) as store:
        assert (store.ledger.usage(A).paused_because, store.ledger.usage(B).paused_because) == (
            ("why", "why") if binds else (None, None)
        )
        store.ledger.end_pause(A)
        store.ledger.reserve(A)


def test_answers_of_an_earlier_ledger_are_there(url, clock):
    row = "'sandbox', 'video', 'a', '2024-11-15', '2024-11-15T20:00:00.000000+00:00', '{}', NULL"
    ledger_of_the_earlier_form(url, f"INSERT INTO answers VALUES ({row})")
    with open_store(url, "sandbox", clock) as store:
        assert set(store.cached("video", ["a"])) == {"a"}


def test_an_earlier_version_at_work_after_a_newer_one_spoils_nothing(url, clock):
    path = url.removeprefix("sqlite:///")
    ledger_of_the_earlier_form(url, *UNITS_OF_TODAY)
    with open_store(url, "sandbox", clock) as store:
        store.ledger.reserve(A)
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE quota (api, bucket, quota_day, reserved, answered)")
        connection.execute(UNITS_OF_TODAY[0])
    with open_store(url, "sandbox", clock) as store:
        assert store.ledger.usage(A).left == 0
