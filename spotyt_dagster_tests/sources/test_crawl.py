"""A crawl over HTTP: each id once a day, a stop at quota, failures outlived, nothing lost."""

import asyncio
from collections import Counter
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spotyt_dagster.clock import next_reset, quota_day
from spotyt_dagster.exceptions import ApiAccessError, SourceUnavailableError
from spotyt_dagster.sandbox.faults import Fault, Faults
from spotyt_dagster.sandbox.server import SANDBOX_KEY, SandboxServer
from spotyt_dagster.sources.crawl import FAILED_PAGES_IN_A_ROW, CrawlResult, chunked, crawl
from spotyt_dagster.sources.crawl_store import open_store
from spotyt_dagster.sources.entity_type import MAX_IDS_PER_REQUEST
from spotyt_dagster.sources.spotify import ARTISTS, artists_table
from spotyt_dagster.sources.youtube import VIDEOS, YouTube
from spotyt_dagster_tests.sandbox.small_table import NOON
from spotyt_dagster_tests.sources.conftest import crawl_until_stopped
from spotyt_dagster_tests.sources.factories import record, save
from spotyt_dagster_tests.sources.processes import crawl_videos, in_processes


@pytest.fixture
def videos(world) -> list[str]:
    """486 distinct ids: ten pages."""
    return list(world.video_ids)[:486]


@pytest.fixture
def crawl_all(youtube, store):
    """Crawl videos with the sandbox's client, in ten-page style."""

    def run(ids, parallel_calls: int = 4, client=youtube) -> CrawlResult:
        return crawl(VIDEOS, ids, client.videos, store, parallel_calls)

    return run


def ids_of(done: CrawlResult) -> list[str]:
    return [one.entity_id for one in done.records]


def errors_of(done: CrawlResult) -> list[str]:
    return [one.entity_id for one in done.records if one.missing_reason == "error"]


def asked_once(server: SandboxServer) -> bool:
    return not any(server.stats()["repeated_ids"].values())


@given(st.integers(0, 400))
def test_pages_hold_fifty_ids_each_and_the_last_the_rest(count):
    ids = [str(number) for number in range(count)]
    pages = chunked(ids, MAX_IDS_PER_REQUEST)
    assert [id_ for page in pages for id_ in page] == ids
    assert all(len(page) == MAX_IDS_PER_REQUEST for page in pages[:-1])
    assert all(pages)
    assert len(pages) == -(-count // MAX_IDS_PER_REQUEST)


def test_every_distinct_id_is_asked_once_and_answered_in_order(crawl_all, videos, server):
    done = crawl_all([*videos, *videos[:100]])
    assert ids_of(done) == videos
    assert (done.pages, done.pages_answered) == (10, 10)
    assert server.stats()["units_today"] == {"default": 10}
    assert server.stats()["ids"]["videos"] == {"asked": 486, "distinct": 486}
    assert asked_once(server)


def test_nothing_to_ask_costs_nothing(crawl_all, server):
    done = crawl_all([])
    assert (done.records, done.pages) == ([], 0)
    assert server.stats()["calls"] == {}


def test_a_second_crawl_of_the_day_costs_nothing_and_says_the_same(crawl_all, videos, server):
    first = crawl_all(videos)
    second = crawl_all(videos)
    assert second.records == first.records
    assert second.pages == 0
    assert server.stats()["units_today"] == {"default": 10}


def test_another_batch_does_not_ask_for_what_it_shares(crawl_all, videos, server):
    crawl_all(videos[:300])
    done = crawl_all(videos[200:])
    assert done.pages == 4  # 186 ids
    assert ids_of(done) == videos[200:]
    assert asked_once(server)


def test_how_many_calls_run_at_a_time_does_not_change_what_comes(
    world, clock, session, videos, tmp_path
):
    results = []
    for parallel_calls in (1, 8):
        with (
            SandboxServer(world, clock) as server,
            open_store(f"sqlite:///{tmp_path}/{parallel_calls}.db", "sandbox", clock) as store,
        ):
            client = YouTube(f"{server.url}/youtube/v3", SANDBOX_KEY, 10_000, session, store)
            results.append(crawl(VIDEOS, videos, client.videos, store, parallel_calls).records)
    assert results[0] == results[1]


def test_calls_run_in_parallel(world, clock, youtube_at, store, videos):
    # Of calls that were made one after the other, none would pass.
    all_waiting = asyncio.Barrier(10)

    async def sleep(_: float) -> None:
        await all_waiting.wait()

    with SandboxServer(world, clock, sleep=sleep) as server:
        done = crawl(VIDEOS, videos, youtube_at(server.url).videos, store, 10)
    assert (done.pages, done.pages_answered) == (10, 10)


def test_a_limit_is_used_up_to_the_last_unit_and_the_crawl_ends_after_the_reset(
    youtube_at, server, store, clock, videos
):
    client = youtube_at(server.url, daily_units=4)
    stopped = crawl_until_stopped(VIDEOS, videos, client.videos, store, 3)
    assert (stopped.bucket, stopped.resumes_at) == ("youtube/units", next_reset(NOON))
    assert (stopped.result.pages, stopped.result.pages_answered) == (10, 4)
    assert len(stopped.result.records) == 200
    assert store.ledger.usage(client.bucket).used == server.stats()["units_today"]["default"] == 4

    again = crawl_until_stopped(VIDEOS, videos, client.videos, store, 3)
    assert ids_of(again.result) == ids_of(stopped.result)
    assert server.stats()["units_today"]["default"] == 4

    clock.moment = stopped.resumes_at
    second = crawl_until_stopped(VIDEOS, videos, client.videos, store, 3)
    assert (second.result.pages, second.result.pages_answered) == (6, 4)
    clock.moment = next_reset(clock())
    third = crawl(VIDEOS, videos, client.videos, store, 3)
    assert third.pages == 2
    assert ids_of(third) == videos
    days = Counter(quota_day(one.fetched_at) for one in third.records)
    # Of three calls in flight that of the short page, 36 ids, may get the second day's last unit.
    assert sorted(days.values()) in ([86, 200, 200], [100, 186, 200])
    assert server.stats()["units_today"]["default"] == 2


def test_a_crawl_that_took_two_days_costs_nothing_more_on_the_second(
    youtube_at, server, store, clock, videos
):
    client = youtube_at(server.url, daily_units=6)
    crawl_until_stopped(VIDEOS, videos, client.videos, store, 2)
    clock.moment = next_reset(NOON)
    done = crawl(VIDEOS, videos, client.videos, store, 2)
    assert crawl(VIDEOS, videos, client.videos, store, 2).records == done.records
    assert server.stats()["units_today"]["default"] == 4


def test_a_finished_crawl_is_made_afresh_the_next_day(crawl_all, videos, server, clock):
    crawl_all(videos)
    clock.moment = next_reset(NOON)
    done = crawl_all(videos)
    assert {one.fetched_at for one in done.records} == {clock.moment}
    assert server.stats()["units_today"]["default"] == 10


def test_a_limit_of_zero_sends_nothing(youtube_at, server, store, videos):
    client = youtube_at(server.url, daily_units=0)
    stopped = crawl_until_stopped(VIDEOS, videos, client.videos, store, 4)
    assert (stopped.result.records, stopped.result.pages_answered) == ([], 0)
    assert server.stats()["calls"] == {}


def test_the_days_end_by_the_servers_count_stops_all_and_the_next_process_sends_nothing(
    crawl_all, youtube, youtube_at, server, store, clock, url, videos
):
    server.inject(Faults(script={"videos": [None, None, Fault.QUOTA_EXCEEDED]}))
    stopped = crawl_until_stopped(VIDEOS, videos, youtube.videos, store, 1)
    assert stopped.resumes_at == next_reset(NOON)
    assert len(stopped.result.records) == 100
    assert server.stats()["calls"] == {"videos": 3}
    with open_store(url, "sandbox", clock) as other:
        crawl_until_stopped(VIDEOS, videos, youtube_at(server.url).videos, other, 4)
    assert server.stats()["calls"] == {"videos": 3}
    clock.moment = next_reset(NOON)
    assert ids_of(crawl_all(videos)) == videos


def test_one_failing_page_leaves_errors_that_the_next_run_asks_again(crawl_all, videos, server):
    server.inject(Faults(script={"videos": [None, *[Fault.ERROR_503] * 3]}))
    done = crawl_all(videos, parallel_calls=1)
    assert done.pages_answered == 9
    assert errors_of(done) == videos[50:100]
    assert ids_of(done) == videos
    again = crawl_all(videos)
    assert (again.pages, errors_of(again)) == (1, [])
    assert asked_once(server)


def test_failures_that_are_not_in_a_row_do_not_stop_a_crawl(crawl_all, videos, server):
    page_fails = [Fault.ERROR_503] * 3
    script = [*page_fails, *page_fails, None, *page_fails, *page_fails]
    server.inject(Faults(script={"videos": script}))
    done = crawl_all(videos, parallel_calls=1)
    assert len(errors_of(done)) == 4 * MAX_IDS_PER_REQUEST
    assert done.pages_answered == 6


def test_three_failing_pages_in_a_row_stop_the_crawl_and_keep_what_was_answered(
    crawl_all, videos, server, store
):
    script = [None, None, *[Fault.DROPPED] * 100]
    server.inject(Faults(script={"videos": script}))
    with pytest.raises(SourceUnavailableError, match="What was answered is kept: run again later"):
        crawl_all(videos, parallel_calls=1)
    assert server.stats()["calls"]["videos"] == 2 + FAILED_PAGES_IN_A_ROW * 3
    assert set(store.cached("video", videos)) == set(videos[:100])
    server.inject(Faults())
    assert crawl_all(videos).pages == 8
    assert asked_once(server)


def test_a_wrong_key_stops_at_once(youtube_at, server, store, videos):
    client = youtube_at(server.url, key="wrong")
    with pytest.raises(ApiAccessError):
        crawl(VIDEOS, videos, client.videos, store, 2)
    assert server.stats()["calls"]["videos"] <= 2
    assert store.cached("video", videos) == {}


def test_a_crawl_killed_between_pages_resumes_where_it_was(
    crawl_all, youtube, store, videos, server
):
    asked = []

    def killed_at_the_fourth(ids):
        if len(asked) == 3:
            raise KeyboardInterrupt
        asked.append(ids)
        return youtube.videos(ids)

    with pytest.raises(KeyboardInterrupt):
        crawl(VIDEOS, videos, killed_at_the_fourth, store, 1)
    done = crawl_all(videos)
    assert (done.pages, ids_of(done)) == (7, videos)
    assert asked_once(server)


def test_two_processes_on_the_same_ids_ask_for_none_of_them_twice(videos, url, server):
    ended = in_processes(crawl_videos, 2, url, server.url, videos, 10_000)
    assert [count for count, _ in ended] == [486, 486]
    assert server.stats()["units_today"] == {"default": 10}
    assert asked_once(server)


def test_two_processes_on_different_ids_never_pass_the_limit_together(world, url, clock):
    with SandboxServer(world, clock) as server:
        halves = list(world.video_ids)[:250], list(world.video_ids)[250:500]
        ended = in_processes(crawl_videos, 2, url, server.url, halves, 7)
        assert server.stats()["units_today"] == {"default": 7}
        assert sum(count for count, _ in ended) == 350
        assert [stopped for _, stopped in ended].count(True) >= 1


def test_records_older_than_thirty_days_are_deleted_by_a_crawl(crawl_all, videos, store, clock):
    save(store, record("old", at=NOON))
    clock.advance(days=30)
    crawl_all(videos[:10])
    assert set(store.cached("video", ["old", *videos[:10]], since=NOON.date())) == set(videos[:10])


def test_live_does_not_take_what_the_sandbox_said(crawl_all, videos, clock, url):
    crawl_all(videos)
    asked = []

    def ask(ids):
        asked.extend(ids)
        return [record(id_) for id_ in ids]

    with open_store(url, "live", clock) as live:
        crawl(VIDEOS, videos, ask, live, 1)
    assert asked == videos


def test_a_token_expires_in_the_midst_of_a_crawl_and_is_renewed_once(
    spotify, world, server, store, clock
):
    ids = list(world.artist_ids)
    crawl(ARTISTS, ids[:10], spotify.artists, store, 4)
    clock.advance(hours=1)
    done = crawl(ARTISTS, ids, spotify.artists, store, 4)
    assert errors_of(done) == []
    assert server.stats()["calls"]["token"] == 2
    assert asked_once(server)


def test_development_mode_refuses_the_batch_once_and_singles_bring_the_rest(
    world, clock, spotify_at, store
):
    ids = list(world.artist_ids)
    with SandboxServer(world, clock, tier="development", latency_s=0.01) as server:
        # Pages of fifty: two of them at a time are enough to race for the batch call.
        done = crawl(ARTISTS, ids, spotify_at(server.url).artists, store, 2)
        assert server.stats()["calls"] == {"token": 1, "artists": 1, "artist": len(ids)}
    assert {one.missing_reason for one in done.records} <= {"not_provided_by_tier", "not_found"}
    assert artists_table(done.records, "sandbox")["spotifyPopularity"].isna().all()


def test_a_page_of_singles_that_fails_half_way_keeps_its_first_half(
    world, clock, spotify_at, store
):
    ids = list(world.artist_ids)[:50]
    with SandboxServer(world, clock, tier="development") as server:
        client = spotify_at(server.url)
        server.inject(Faults(script={"artist": [*[None] * 20, *[Fault.ERROR_500] * 3]}))
        done = crawl(ARTISTS, ids, client.artists, store, 1)
        assert errors_of(done) == ids[20:]
        again = crawl(ARTISTS, ids, client.artists, store, 1)
        assert errors_of(again) == []
        assert asked_once(server)


def test_a_ban_half_way_through_singles_hands_back_what_was_reached(
    world, clock, spotify_at, store
):
    ids = list(world.artist_ids)[:50]
    with SandboxServer(world, clock, tier="development") as server:
        server.inject(Faults(script={"artist": [*[None] * 20, Fault.BANNED]}))
        stopped = crawl_until_stopped(ARTISTS, ids, spotify_at(server.url).artists, store, 1)
    assert stopped.resumes_at == NOON + timedelta(seconds=10_000)
    assert ids_of(stopped.result) == ids[:20]
