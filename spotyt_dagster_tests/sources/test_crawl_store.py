"""What was answered is not lost and not asked again, and one process crawls a type at a time."""

import os
import signal
import time
from datetime import date, timedelta
from threading import Timer

import pytest

from spotyt_dagster.clock import next_reset, quota_day
from spotyt_dagster.exceptions import SettingsError, StorageError
from spotyt_dagster.sources.crawl_store import CrawlStore, EntityRecord, open_store
from spotyt_dagster.sources.ledger import Bucket
from spotyt_dagster_tests.sandbox.small_table import NOON
from spotyt_dagster_tests.sources.factories import record, save
from spotyt_dagster_tests.sources.processes import (
    PROCESSES,
    hold,
    in_processes,
    open_each,
)

UNITS = Bucket("youtube/units", 3)
DAY = date(2024, 11, 15)


def test_an_answer_comes_back_as_it_was_given(store):
    given = [
        EntityRecord("video", "a", {"title": 'quotes " and 가수 🎵\n', "n": [1, None]}, None, NOON),
        EntityRecord("video", "b", None, "not_found", NOON + timedelta(microseconds=5)),
    ]
    save(store, *given)
    assert store.cached("video", ["b", "a", "never asked"]) == {"a": given[0], "b": given[1]}


def test_entity_types_do_not_share_ids(store):
    save(store, record("a", "video"))
    assert store.cached("channel", ["a"]) == {}


def test_live_and_sandbox_share_nothing_of_one_database(store, clock, url):
    save(store, record("a"))
    store.ledger.reserve(UNITS)
    store.ledger.pause(UNITS, NOON + timedelta(hours=1), "sandbox says so")
    store.begin("video", ["a"])
    with open_store(url, "live", clock) as live:
        assert live.cached("video", ["a"]) == {}
        assert live.resumable("video", ["a"]) == {}
        assert live.ledger.usage(UNITS).left == 3
        live.ledger.reserve(UNITS)


def test_an_answer_of_the_same_day_is_replaced_by_a_newer_one(store):
    save(store, record("a", n=1))
    save(store, record("a", n=2))
    assert store.cached("video", ["a"])["a"].payload == {"n": 2}


def test_many_ids_are_looked_up_in_parts(store):
    ids = [f"id-{number}" for number in range(12_000)]
    save(store, *(record(id_) for id_ in ids))
    assert len(store.cached("video", ids)) == 12_000


def test_yesterdays_answer_is_not_todays(store, clock):
    save(store, record("a"))
    clock.moment = next_reset(clock())
    assert store.cached("video", ["a"]) == {}
    assert store.cached("video", ["a"], since=DAY)["a"].fetched_at == NOON


def test_of_several_days_answers_the_newest_counts(store, clock):
    save(store, record("a", n=1))
    clock.advance(days=1)
    save(store, record("a", at=clock(), n=2))
    assert store.cached("video", ["a"], since=DAY)["a"].payload == {"n": 2}


def test_a_crawl_that_was_not_finished_still_holds_what_it_read_days_ago(store, clock):
    store.begin("video", ["a", "b"])
    save(store, record("a"))
    clock.advance(days=2)
    assert set(store.resumable("video", ["b", "a"])) == {"a"}
    assert store.begin("video", ["a", "b"]) == DAY


def test_a_finished_crawl_holds_its_answers_until_the_day_is_over(store, clock):
    store.begin("video", ["a", "b"])
    save(store, record("a"))
    clock.advance(days=1)
    store.begin("video", ["a", "b"])
    save(store, record("b", at=clock()))
    store.finish("video", ["a", "b"])
    assert set(store.resumable("video", ["a", "b"])) == {"a", "b"}
    assert store.begin("video", ["a", "b"]) == DAY
    clock.moment = next_reset(clock())
    assert store.resumable("video", ["a", "b"]) == {}
    assert store.begin("video", ["a", "b"]) == quota_day(clock())


def test_other_ids_make_another_crawl(store, clock):
    store.begin("video", ["a", "b"])
    save(store, record("a"))
    clock.advance(days=1)
    assert store.resumable("video", ["a"]) == {}
    assert store.resumable("channel", ["a", "b"]) == {}


def test_a_crawl_left_unfinished_for_longer_than_answers_are_kept_begins_anew(store, clock):
    store.begin("video", ["a"])
    clock.advance(days=31)
    store.delete_expired()
    assert store.begin("video", ["a"]) == quota_day(clock())


def test_answers_are_deleted_before_they_are_thirty_days_old(store, clock):
    morning = NOON.replace(hour=9)
    save(store, record("old", at=morning), record("young", at=NOON))
    clock.moment = morning + timedelta(days=30, seconds=-1)
    assert store.delete_expired() == 0
    clock.moment = morning + timedelta(days=30)
    assert store.delete_expired() == 1
    assert set(store.cached("video", ["old", "young"], since=DAY)) == {"young"}


def test_a_sqlite_files_folder_is_made(tmp_path, clock):
    with open_store(f"sqlite:///{tmp_path}/a/b/crawl.db", "sandbox", clock) as store:
        store.ledger.reserve(UNITS)
    assert (tmp_path / "a/b/crawl.db").is_file()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("text", r"SPOTYT_CRAWL_DB=sqlite:.*/text: it is damaged, or no database\. Put"),
        ("folder", r"SPOTYT_CRAWL_DB=sqlite:.*/folder: it cannot be opened\. Give a file in a"),
        ("text/crawl.db", r"/text: a file stands where a folder has to be\. Move it"),
    ],
)
def test_a_place_that_is_no_database_is_named_with_what_to_do(tmp_path, clock, name, words):
    (tmp_path / "text").write_text("this is no database, " * 100)
    (tmp_path / "folder").mkdir()
    with pytest.raises(StorageError, match=words):
        CrawlStore(f"sqlite:///{tmp_path}/{name}", "sandbox", clock)


@pytest.mark.parametrize("url", ["nonsense", "", "xy://me:secret@127.0.0.1:1/db"])
def test_a_url_that_cannot_be_opened_is_told_without_its_password(url, clock):
    with pytest.raises(SettingsError, match=r"SPOTYT_CRAWL_DB cannot be opened.*sqlite:///data/"):
        CrawlStore(url, "sandbox", clock)


def test_a_server_that_does_not_answer_is_told_without_its_password(clock):
    with pytest.raises(StorageError) as refused:
        CrawlStore("postgresql://me:secret@127.0.0.1:1/db", "sandbox", clock)
    assert str(refused.value) == (
        "SPOTYT_CRAWL_DB=postgresql://me:***@127.0.0.1:1/db: it cannot be reached. Check that it "
        "runs, and its address, user and password."
    )


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
    with store.exclusive_lock("channel"):
        pass  # another type is another matter
    assert worker.pid is not None
    pid = worker.pid
    Timer(0.3, lambda: os.kill(pid, signal.SIGKILL)).start()
    started = time.monotonic()
    with store.exclusive_lock("video"):
        assert 0.2 < time.monotonic() - started < 10
    worker.join(10)
    assert "another process is crawling videos" in caplog.text


def test_a_crash_between_call_and_answer_loses_no_more_than_that_call(url, store, clock):
    store.ledger.reserve(UNITS)
    save(store, record("kept"))
    store.ledger.reserve(UNITS)  # and now the process is gone
    with open_store(url, "sandbox", clock) as resumed:
        assert set(resumed.cached("video", ["kept", "lost"])) == {"kept"}
        usage = resumed.ledger.usage(UNITS)
        assert (usage.used, usage.left) == (2, 1)
