"""What a crawl is said to cost is never less than it costs, and nothing when all is stored."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spotyt_dagster.clock import next_reset
from spotyt_dagster.exceptions import SettingsError
from spotyt_dagster.sandbox.server import SandboxServer
from spotyt_dagster.sandbox.world import World
from spotyt_dagster.sources.crawl import CrawlStoppedByQuota, crawl
from spotyt_dagster.sources.crawl_store import CrawlStore, EntityRecord
from spotyt_dagster.sources.ledger import Bucket
from spotyt_dagster.sources.plan import BatchPlan, affordable, days_needed, plan_crawl
from spotyt_dagster.sources.raw_table import read_tracks
from spotyt_dagster.sources.spotify import ARTISTS, CALLS, Spotify
from spotyt_dagster.sources.youtube import CHANNELS, UNITS, VIDEOS, YouTube, videos_table
from spotyt_dagster.tables.batches import crawl_batches
from spotyt_dagster.tables.official import official_tracks
from spotyt_dagster_tests.sandbox.small_table import NOON, raw_table
from spotyt_dagster_tests.sources.factories import save

BATCH_ROWS = 200


@pytest.fixture(scope="module")
def batches() -> pd.DataFrame:
    """Three batches that share videos, channels and artists."""
    raw = raw_table().assign(row=np.arange(600), official_video=True)
    return crawl_batches(official_tracks(raw.dropna(subset=["Url_youtube"])), BATCH_ROWS)


def crawl_batch(rows: pd.DataFrame, youtube: YouTube, spotify: Spotify, store: CrawlStore) -> bool:
    """Crawl as the assets of one batch do; whether it came to its end."""
    try:
        videos = crawl(VIDEOS, rows["video_id"], youtube.videos, store, 4)
        ids = videos_table(videos.records, "sandbox")["channelId"].dropna()
        crawl(CHANNELS, ids, youtube.channels, store, 4)
    except CrawlStoppedByQuota:
        return False
    crawl(ARTISTS, rows["artist_id"], spotify.artists, store, 4)
    return True


def units(plans: list[BatchPlan]) -> int:
    return sum(plan.units[UNITS.name] for plan in plans)


def plan_of(batch: str, youtube_units: int) -> BatchPlan:
    ids = {"videos": 1, "channels": 1, "artists": 1}
    return BatchPlan(batch, 1, ids, {UNITS.name: youtube_units, CALLS.name: 1})


def units_a_day(count: int) -> Bucket:
    return replace(UNITS, daily_units=count)


def left_of(youtube_units: int) -> dict[str, int]:
    return {UNITS.name: youtube_units}


def test_a_plan_counts_each_id_in_the_first_batch_that_asks_it(batches, store):
    plans = plan_crawl(batches, store)
    assert [plan.batch for plan in plans] == ["batch-0001", "batch-0002", "batch-0003"]
    assert [plan.tracks for plan in plans] == [200, 200, 185]
    assert sum(plan.ids["videos"] for plan in plans) == batches["video_id"].nunique()
    assert sum(plan.ids["artists"] for plan in plans) == batches["artist_id"].nunique()
    assert sum(plan.ids["channels"] for plan in plans) == batches["Channel"].nunique()


def test_a_plan_sends_nothing_and_spends_nothing(batches, store, server, youtube):
    plan_crawl(batches, store)
    assert server.stats()["calls"] == {}
    assert store.ledger.usage(youtube.bucket).used == 0


def test_a_crawl_costs_what_was_planned_or_less_and_then_nothing_is_left(
    batches, store, youtube, spotify, server
):
    plans = plan_crawl(batches, store)
    for plan, (_, rows) in zip(plans, batches.groupby("batch"), strict=True):
        before = store.ledger.usage(youtube.bucket).used
        assert crawl_batch(rows, youtube, spotify, store)
        assert store.ledger.usage(youtube.bucket).used - before <= plan.units[UNITS.name]
    spent = server.stats()["units_today"]["default"]
    assert spent <= units(plans) <= spent + 1
    left = plan_crawl(batches, store)
    assert [one.ids for one in left] == [{"videos": 0, "channels": 0, "artists": 0}] * 3
    assert [one.units for one in left] == [{UNITS.name: 0, CALLS.name: 0}] * 3
    assert not any(server.stats()["repeated_ids"].values())


def test_in_the_midst_of_a_crawl_the_plan_is_what_is_left(batches, store, youtube, spotify, server):
    rows = batches[batches["batch"] == "batch-0001"]
    crawl(VIDEOS, rows["video_id"], youtube.videos, store, 4)
    left = units(plan_crawl(batches, store))
    before = server.stats()["units_today"]["default"]
    for _, rows in batches.groupby("batch"):
        crawl_batch(rows, youtube, spotify, store)
    assert server.stats()["units_today"]["default"] - before <= left


def test_the_next_day_an_unfinished_batch_is_planned_from_where_it_stopped(
    batches, store, clock, youtube_at, server, spotify
):
    poor = youtube_at(server.url, daily_units=3)
    rows = batches[batches["batch"] == "batch-0001"]
    full = plan_crawl(rows, store)[0]
    assert not crawl_batch(rows, poor, spotify, store)
    clock.moment = next_reset(NOON)
    (plan,) = plan_crawl(rows, store)
    assert plan.ids["videos"] in (39, 50)  # of four pages, three were answered
    assert crawl_batch(rows, youtube_at(server.url), spotify, store)
    assert server.stats()["units_today"]["default"] <= units([plan]) < units([full])


def test_the_next_day_a_finished_batch_is_planned_afresh(batches, store, clock, youtube, spotify):
    rows = batches[batches["batch"] == "batch-0001"]
    full = plan_crawl(rows, store)
    crawl_batch(rows, youtube, spotify, store)
    assert units(plan_crawl(rows, store)) == 0
    clock.moment = next_reset(NOON)
    assert plan_crawl(rows, store) == full


def test_deleted_videos_and_odd_answers_ask_for_no_channel(batches, store):
    rows = batches.head(2)
    gone, odd = rows["video_id"]
    save(
        store,
        EntityRecord("video", gone, None, "not_found", NOON),
        EntityRecord("video", odd, {}, None, NOON),
    )
    (plan,) = plan_crawl(rows, store)
    assert (plan.ids["videos"], plan.ids["channels"], units([plan])) == (0, 0, 0)


def test_no_batches_make_no_plan(batches, store):
    assert plan_crawl(batches.head(0), store) == []


COSTS = st.lists(st.integers(0, 50), max_size=8)


@given(COSTS, st.integers(0, 200))
def test_batches_are_taken_in_order_as_long_as_units_pay_for_them(costs, units_left):
    in_order = [plan_of(f"b{number}", cost) for number, cost in enumerate(costs)]
    chosen = affordable(in_order, left_of(units_left))
    assert chosen == in_order[: len(chosen)]
    if len(chosen) > 1:
        assert units(chosen) <= units_left
    if len(chosen) < len(in_order):
        assert units(in_order[: len(chosen) + 1]) > units_left
    if costs and units_left:
        assert chosen


def test_a_batch_larger_than_a_day_is_begun_as_long_as_one_unit_is_left():
    big, small = plan_of("b1", 500), plan_of("b2", 1)
    assert affordable([big, small], left_of(1)) == [big]
    assert affordable([big, small], left_of(0)) == []


def test_a_batch_that_is_stored_already_is_taken_without_units():
    stored, new = plan_of("b1", 0), plan_of("b2", 5)
    assert affordable([stored, new], left_of(0)) == [stored]


@pytest.mark.parametrize(
    ("costs", "left", "daily", "days"),
    [
        ([], 100, 100, 0),
        ([0, 0], 0, 100, 0),
        ([40, 60], 100, 100, 1),
        ([40, 61], 100, 100, 2),
        ([40, 160], 100, 100, 2),
        ([40, 161], 100, 100, 3),
        ([40], 0, 100, 2),
    ],
)
def test_days_count_today_and_then_full_days(costs, left, daily, days):
    plans = [plan_of(f"b{number}", cost) for number, cost in enumerate(costs)]
    assert days_needed(plans, left_of(left), [units_a_day(daily), CALLS]) == days


def test_without_a_unit_a_day_the_setting_is_named():
    with pytest.raises(SettingsError, match="SPOTYT_YOUTUBE_DAILY_UNITS=0"):
        days_needed([plan_of("b1", 1)], left_of(0), [units_a_day(0)])
    assert days_needed([plan_of("b1", 0)], left_of(0), [units_a_day(0)]) == 0


@pytest.mark.real_data
def test_the_whole_real_set_costs_at_most_363_units_and_no_more_than_planned(
    real_csv, store, clock, youtube_at, spotify_at
):
    tracks, _ = read_tracks(real_csv, 1)
    batches = crawl_batches(official_tracks(tracks), 4_500)
    with SandboxServer(World(tracks, seed=42), clock) as server:
        plans = plan_crawl(batches, store)
        for _, rows in batches.groupby("batch"):
            assert crawl_batch(rows, youtube_at(server.url), spotify_at(server.url), store)
        stats = server.stats()
    assert 355 <= stats["units_today"]["default"] <= units(plans) <= 363
    assert not any(stats["repeated_ids"].values())
    assert units(plan_crawl(batches, store)) == 0
