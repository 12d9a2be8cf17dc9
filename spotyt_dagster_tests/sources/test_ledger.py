"""The ledger never passes its limit, whoever counts, and respects a service that wants rest."""

import sqlite3
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Timer

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from spotyt_dagster.clock import next_reset, quota_day
from spotyt_dagster.sources.crawl_store import CrawlStore, open_store
from spotyt_dagster.sources.ledger import Bucket, QuotaExhausted
from spotyt_dagster_tests.sandbox.small_table import NOON, SetClock
from spotyt_dagster_tests.sources.factories import UNBOUND, record
from spotyt_dagster_tests.sources.processes import (
    in_processes,
    take_all,
)

UNITS = Bucket("youtube/units", 3)
DAY = date(2024, 11, 15)


def test_units_are_counted_down_to_the_limit_and_not_beyond(store):
    for used in range(3):
        assert store.ledger.usage(UNITS).left == 3 - used
        assert store.ledger.reserve(UNITS) == DAY
    with pytest.raises(QuotaExhausted) as spent:
        store.ledger.reserve(UNITS)
    assert spent.value.resumes_at == datetime(2024, 11, 16, 8, tzinfo=UTC)
    assert "all 3 units of the day are used" in str(spent.value)
    assert "resumes at 2024-11-16 08:00 UTC" in str(spent.value)
    usage = store.ledger.usage(UNITS)
    assert (usage.used, usage.answered, usage.left) == (3, 0, 0)
    assert usage.resumes_at == spent.value.resumes_at


def test_a_limit_of_zero_lets_no_call_be_made(store):
    with pytest.raises(QuotaExhausted):
        store.ledger.reserve(Bucket("youtube/units", 0))


def test_a_limit_that_was_lowered_during_the_day_leaves_nothing_rather_than_less(store):
    store.ledger.reserve(UNITS)
    store.ledger.reserve(UNITS)
    assert store.ledger.usage(Bucket("youtube/units", 1)).left == 0


def test_after_the_reset_all_units_are_there_again(store, clock):
    for _ in range(3):
        store.ledger.reserve(UNITS)
    clock.moment = next_reset(clock())
    assert store.ledger.usage(UNITS).left == 3
    assert store.ledger.reserve(UNITS) == DAY + timedelta(days=1)


def test_an_unbounded_bucket_is_counted_all_the_same(store):
    for _ in range(5):
        store.ledger.reserve(UNBOUND)
    usage = store.ledger.usage(UNBOUND)
    assert (usage.used, usage.left, usage.resumes_at) == (5, None, None)


def test_a_call_in_flight_is_reserved_but_not_answered(store):
    paid_on = store.ledger.reserve(UNITS)
    assert (store.ledger.usage(UNITS).used, store.ledger.usage(UNITS).answered) == (1, 0)
    store.save_response(UNITS, paid_on, [record("a")])
    assert (store.ledger.usage(UNITS).used, store.ledger.usage(UNITS).answered) == (1, 1)


def test_a_service_that_wants_to_be_left_alone_is_left_alone_by_the_next_process_too(
    store, clock, url
):
    until = NOON + timedelta(hours=3)
    assert store.ledger.pause(UNITS, until, "YouTube says so") == until
    with open_store(url, "sandbox", clock) as later:
        with pytest.raises(QuotaExhausted, match="YouTube says so") as again:
            later.ledger.reserve(UNITS)
        assert (again.value.bucket, again.value.resumes_at) == (UNITS.name, until)
        assert later.ledger.usage(UNITS).left == 0
        assert later.ledger.usage(UNITS).resumes_at == until
        assert later.ledger.reserve(UNBOUND) == DAY
        clock.advance(hours=3)
        assert later.ledger.usage(UNITS).resumes_at is None
        assert later.ledger.reserve(UNITS) == DAY


def test_a_later_pause_replaces_an_earlier_one(store):
    store.ledger.pause(UNITS, NOON + timedelta(hours=1), "first")
    store.ledger.pause(UNITS, NOON + timedelta(hours=5), "second" * 100)
    with pytest.raises(QuotaExhausted, match="second") as spent:
        store.ledger.reserve(UNITS)
    assert spent.value.resumes_at == NOON + timedelta(hours=5)


class LedgerMachine(RuleBasedStateMachine):
    """Any order of calls, answers, pauses and days leaves the ledger with the sums of a model."""

    @initialize(limit=st.integers(0, 4))
    def open(self, limit: int):
        self.folder = TemporaryDirectory()
        self.clock = SetClock()
        self.bucket = Bucket("youtube/units", limit)
        self.store = CrawlStore(f"sqlite:///{self.folder.name}/l.db", "sandbox", self.clock)
        self.used: dict[date, int] = {}
        self.open_calls: list[date] = []
        self.paused_until = NOON

    @rule()
    def reserve(self):
        today = quota_day(self.clock())
        used, limit = self.used.get(today, 0), self.bucket.daily_units
        assert limit is not None
        if self.clock() < self.paused_until or used >= limit:
            with pytest.raises(QuotaExhausted) as spent:
                self.store.ledger.reserve(self.bucket)
            assert spent.value.resumes_at > self.clock()
        else:
            self.open_calls.append(self.store.ledger.reserve(self.bucket))
            self.used[today] = used + 1

    @rule(ids=st.lists(st.sampled_from("abcdef"), unique=True, max_size=3))
    def save(self, ids: list[str]):
        if self.open_calls:
            paid_on = self.open_calls.pop()
            self.store.save_response(self.bucket, paid_on, [record(id_) for id_ in ids])

    @rule(hours=st.integers(1, 30))
    def wait(self, hours: int):
        self.clock.advance(hours=hours)

    @rule(hours=st.integers(1, 30))
    def pause(self, hours: int):
        self.paused_until = self.clock() + timedelta(hours=hours)
        self.store.ledger.pause(self.bucket, self.paused_until, "told so")

    @invariant()
    def sums_are_right(self):
        if not hasattr(self, "store"):
            return
        usage = self.store.ledger.usage(self.bucket)
        assert usage.used == self.used.get(usage.quota_day, 0) <= (self.bucket.daily_units or 0)
        assert usage.answered == usage.used - self.open_calls.count(usage.quota_day)

    def teardown(self):
        if hasattr(self, "store"):
            self.store.close()
            self.folder.cleanup()


LedgerMachine.TestCase.settings = settings(
    max_examples=15,
    stateful_step_count=15,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
test_any_order_of_events_keeps_the_ledger_right = LedgerMachine.TestCase


def test_processes_at_once_never_pass_the_limit_together(url, store):
    bucket = Bucket("youtube/units", 150)
    taken = in_processes(take_all, 2, url, bucket)
    assert sum(taken) == 150
    assert store.ledger.usage(bucket).used == 150


def test_another_tools_lock_on_the_file_is_waited_for(store, url):
    path = Path(url.removeprefix("sqlite:///"))
    other = sqlite3.connect(path, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    Timer(0.3, other.rollback).start()
    assert store.ledger.reserve(UNITS) == DAY
