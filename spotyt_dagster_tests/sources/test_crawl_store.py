"""The ledger never passes its limit, and what was answered is not lost and not asked again."""

import os
import signal
import sqlite3
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Timer

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from spotyt_dagster.clock import next_reset, quota_day
from spotyt_dagster.errors import SettingError
from spotyt_dagster.sources.crawl_store import Answer, CrawlStore, open_store
from spotyt_dagster.sources.ledger import Bucket, QuotaSpent
from spotyt_dagster_tests.sandbox.small_table import NOON, SetClock
from spotyt_dagster_tests.sources.processes import (
    PROCESSES,
    hold,
    in_processes,
    open_each,
    take_all,
)

UNITS = Bucket("youtube/units", 3)
UNBOUND = Bucket("spotify/calls", None)
DAY = date(2024, 11, 15)


def answer(id_: str, kind: str = "video", at: datetime = NOON, **payload) -> Answer:
    return Answer(kind, id_, payload or {"views": "1"}, None, at)


def keep(store: CrawlStore, *answers: Answer) -> None:
    store.keep(UNBOUND, store.reserve(UNBOUND), answers)


def test_units_are_counted_down_to_the_limit_and_not_beyond(store):
    for used in range(3):
        assert store.usage(UNITS).left == 3 - used
        assert store.reserve(UNITS) == DAY
    with pytest.raises(QuotaSpent) as spent:
        store.reserve(UNITS)
    assert spent.value.resumes_at == datetime(2024, 11, 16, 8, tzinfo=UTC)
    assert "all 3 units of the day are used" in str(spent.value)
    assert "goes on at 2024-11-16 08:00 UTC" in str(spent.value)
    usage = store.usage(UNITS)
    assert (usage.used, usage.answered, usage.left) == (3, 0, 0)
    assert usage.resumes_at == spent.value.resumes_at


def test_a_limit_of_zero_lets_no_call_be_made(store):
    with pytest.raises(QuotaSpent):
        store.reserve(Bucket("youtube/units", 0))


def test_a_limit_that_was_lowered_during_the_day_leaves_nothing_rather_than_less(store):
    store.reserve(UNITS)
    store.reserve(UNITS)
    assert store.usage(Bucket("youtube/units", 1)).left == 0


def test_after_the_reset_all_units_are_there_again(store, clock):
    for _ in range(3):
        store.reserve(UNITS)
    clock.moment = next_reset(clock())
    assert store.usage(UNITS).left == 3
    assert store.reserve(UNITS) == DAY + timedelta(days=1)


def test_an_unbounded_bucket_is_counted_all_the_same(store):
    for _ in range(5):
        store.reserve(UNBOUND)
    usage = store.usage(UNBOUND)
    assert (usage.used, usage.left, usage.resumes_at) == (5, None, None)


def test_a_call_in_flight_is_reserved_but_not_answered(store):
    paid_on = store.reserve(UNITS)
    assert (store.usage(UNITS).used, store.usage(UNITS).answered) == (1, 0)
    store.keep(UNITS, paid_on, [answer("a")])
    assert (store.usage(UNITS).used, store.usage(UNITS).answered) == (1, 1)


def test_a_service_that_wants_to_be_left_alone_is_left_alone_by_the_next_process_too(
    store, clock, url
):
    until = NOON + timedelta(hours=3)
    spent = store.pause(UNITS, until, "YouTube says so")
    assert (spent.bucket, spent.resumes_at) == (UNITS.name, until)
    with open_store(url, "sandbox", clock) as later:
        with pytest.raises(QuotaSpent, match="YouTube says so") as again:
            later.reserve(UNITS)
        assert again.value.resumes_at == until
        assert later.usage(UNITS).left == 0
        assert later.usage(UNITS).resumes_at == until
        assert later.reserve(UNBOUND) == DAY
        clock.advance(hours=3)
        assert later.usage(UNITS).resumes_at is None
        assert later.reserve(UNITS) == DAY


def test_a_later_pause_replaces_an_earlier_one(store):
    store.pause(UNITS, NOON + timedelta(hours=1), "first")
    store.pause(UNITS, NOON + timedelta(hours=5), "second" * 100)
    with pytest.raises(QuotaSpent, match="second") as spent:
        store.reserve(UNITS)
    assert spent.value.resumes_at == NOON + timedelta(hours=5)


def test_an_answer_comes_back_as_it_was_given(store):
    given = [
        Answer("video", "a", {"title": 'quotes " and 가수 🎵\n', "n": [1, None]}, None, NOON),
        Answer("video", "b", None, "not_found", NOON + timedelta(microseconds=5)),
    ]
    keep(store, *given)
    assert store.answered("video", ["b", "a", "never asked"]) == {"a": given[0], "b": given[1]}


def test_kinds_do_not_share_ids(store):
    keep(store, answer("a", "video"))
    assert store.answered("channel", ["a"]) == {}


def test_live_and_sandbox_share_nothing_of_one_database(store, clock, url):
    keep(store, answer("a"))
    store.reserve(UNITS)
    store.pause(UNITS, NOON + timedelta(hours=1), "sandbox says so")
    store.begin("video", ["a"])
    with open_store(url, "live", clock) as live:
        assert live.answered("video", ["a"]) == {}
        assert live.held("video", ["a"]) == {}
        assert live.usage(UNITS).left == 3
        live.reserve(UNITS)


def test_an_answer_of_the_same_day_is_replaced_by_a_newer_one(store):
    keep(store, answer("a", n=1))
    keep(store, answer("a", n=2))
    assert store.answered("video", ["a"])["a"].payload == {"n": 2}


def test_many_ids_are_looked_up_in_parts(store):
    ids = [f"id-{number}" for number in range(12_000)]
    keep(store, *(answer(id_) for id_ in ids))
    assert len(store.answered("video", ids)) == 12_000


def test_yesterdays_answer_is_not_todays(store, clock):
    keep(store, answer("a"))
    clock.moment = next_reset(clock())
    assert store.answered("video", ["a"]) == {}
    assert store.answered("video", ["a"], since=DAY)["a"].fetched_at == NOON


def test_of_several_days_answers_the_newest_counts(store, clock):
    keep(store, answer("a", n=1))
    clock.advance(days=1)
    keep(store, answer("a", at=clock(), n=2))
    assert store.answered("video", ["a"], since=DAY)["a"].payload == {"n": 2}


def test_a_crawl_that_was_not_finished_still_holds_what_it_read_days_ago(store, clock):
    store.begin("video", ["a", "b"])
    keep(store, answer("a"))
    clock.advance(days=2)
    assert set(store.held("video", ["b", "a"])) == {"a"}
    assert store.begin("video", ["a", "b"]) == DAY


def test_a_finished_crawl_holds_its_answers_until_the_day_is_over(store, clock):
    store.begin("video", ["a", "b"])
    keep(store, answer("a"))
    clock.advance(days=1)
    store.begin("video", ["a", "b"])
    keep(store, answer("b", at=clock()))
    store.finish("video", ["a", "b"])
    assert set(store.held("video", ["a", "b"])) == {"a", "b"}
    assert store.begin("video", ["a", "b"]) == DAY
    clock.moment = next_reset(clock())
    assert store.held("video", ["a", "b"]) == {}
    assert store.begin("video", ["a", "b"]) == quota_day(clock())


def test_other_ids_make_another_crawl(store, clock):
    store.begin("video", ["a", "b"])
    keep(store, answer("a"))
    clock.advance(days=1)
    assert store.held("video", ["a"]) == {}
    assert store.held("channel", ["a", "b"]) == {}


def test_a_crawl_left_unfinished_for_longer_than_answers_are_kept_begins_anew(store, clock):
    store.begin("video", ["a"])
    clock.advance(days=31)
    store.forget_old()
    assert store.begin("video", ["a"]) == quota_day(clock())


def test_answers_are_deleted_before_they_are_thirty_days_old(store, clock):
    morning = NOON.replace(hour=9)
    keep(store, answer("old", at=morning), answer("young", at=NOON))
    clock.moment = morning + timedelta(days=30, seconds=-1)
    assert store.forget_old() == 0
    clock.moment = morning + timedelta(days=30)
    assert store.forget_old() == 1
    assert set(store.answered("video", ["old", "young"], since=DAY)) == {"young"}


def test_a_sqlite_files_folder_is_made(tmp_path, clock):
    with open_store(f"sqlite:///{tmp_path}/a/b/crawl.db", "sandbox", clock) as store:
        store.reserve(UNITS)
    assert (tmp_path / "a/b/crawl.db").is_file()


@pytest.mark.parametrize("name", ["text", "folder", "under-a-file"])
def test_a_place_that_is_no_database_is_told_with_the_mend(tmp_path, clock, name):
    (tmp_path / "text").write_text("this is no database, " * 100)
    (tmp_path / "folder").mkdir()
    path = {"text": "text", "folder": "folder", "under-a-file": "text/crawl.db"}[name]
    with pytest.raises(SettingError, match=r"SPOTYT_CRAWL_DB cannot be opened.*sqlite:///data/"):
        CrawlStore(f"sqlite:///{tmp_path}/{path}", "sandbox", clock)


@pytest.mark.parametrize("url", ["nonsense", "postgresql://me:secret@127.0.0.1:1/db", "", "xy://"])
def test_a_url_that_cannot_be_opened_is_told_without_its_password(url, clock):
    with pytest.raises(SettingError, match="SPOTYT_CRAWL_DB cannot be opened") as refused:
        CrawlStore(url, "sandbox", clock)
    assert "secret" not in str(refused.value)


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
            with pytest.raises(QuotaSpent) as spent:
                self.store.reserve(self.bucket)
            assert spent.value.resumes_at > self.clock()
        else:
            self.open_calls.append(self.store.reserve(self.bucket))
            self.used[today] = used + 1

    @rule(ids=st.lists(st.sampled_from("abcdef"), unique=True, max_size=3))
    def keep(self, ids: list[str]):
        if self.open_calls:
            paid_on = self.open_calls.pop()
            self.store.keep(self.bucket, paid_on, [answer(id_) for id_ in ids])

    @rule(hours=st.integers(1, 30))
    def wait(self, hours: int):
        self.clock.advance(hours=hours)

    @rule(hours=st.integers(1, 30))
    def pause(self, hours: int):
        self.paused_until = self.clock() + timedelta(hours=hours)
        self.store.pause(self.bucket, self.paused_until, "told so")

    @invariant()
    def sums_are_right(self):
        if not hasattr(self, "store"):
            return
        usage = self.store.usage(self.bucket)
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
    assert store.usage(bucket).used == 150


def test_processes_may_open_a_new_database_at_the_same_moment(tmp_path):
    urls = [f"sqlite:///{tmp_path}/{number}.db" for number in range(25)]
    assert in_processes(open_each, 3, urls) == [[], [], []]


def test_a_second_process_waits_for_the_first_and_goes_on_when_that_one_is_killed(
    url, store, caplog
):
    holding = PROCESSES.Event()
    worker = PROCESSES.Process(target=hold, args=(url, "video", holding))
    worker.start()
    assert holding.wait(30)
    with store.alone("channel"):
        pass  # another kind is another matter
    assert worker.pid is not None
    pid = worker.pid
    Timer(0.3, lambda: os.kill(pid, signal.SIGKILL)).start()
    started = time.monotonic()
    with store.alone("video"):
        assert 0.2 < time.monotonic() - started < 10
    worker.join(10)
    assert "another process is crawling videos" in caplog.text


def test_a_crash_between_call_and_answer_loses_no_more_than_that_call(url, store, clock):
    store.reserve(UNITS)
    keep(store, answer("kept"))
    store.reserve(UNITS)  # and now the process is gone
    with open_store(url, "sandbox", clock) as resumed:
        assert set(resumed.answered("video", ["kept", "lost"])) == {"kept"}
        usage = resumed.usage(UNITS)
        assert (usage.used, usage.left) == (2, 1)


def test_another_tools_lock_on_the_file_is_waited_for(store, url):
    path = Path(url.removeprefix("sqlite:///"))
    other = sqlite3.connect(path, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    Timer(0.3, other.rollback).start()
    assert store.reserve(UNITS) == DAY
