"""The nightly crawl: what the tick asks for, given the batches and what is left of the day."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta

import dagster as dg
import pytest

from spotyt_dagster.definitions import build_definitions
from spotyt_dagster.defs.resources import ApiClients, resources_for
from spotyt_dagster.defs.schedules import LAST_OF_EACH_SERVICE, last_crawled, nightly_crawl
from spotyt_dagster.sandbox.faults import Fault, Faults
from spotyt_dagster.sandbox.server import SandboxServer
from spotyt_dagster.sandbox.world import World
from spotyt_dagster.settings import Settings
from spotyt_dagster.sources.crawl import CrawlStoppedByQuota
from spotyt_dagster.sources.spotify import ARTISTS
from spotyt_dagster_tests.defs.pipeline import Pipeline
from spotyt_dagster_tests.sandbox.small_table import SetClock


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    """An instance on disk: a schedule's context takes no other."""
    with dg.instance_for_test() as one:
        yield one


def tick(pipeline: Pipeline) -> Sequence[dg.RunRequest | dg.SkipReason]:
    """What one tick of the schedule yields."""
    definitions = build_definitions(pipeline.settings)
    resources = resources_for(pipeline.settings)
    with dg.build_schedule_context(
        instance=pipeline.instance,
        repository_def=definitions.get_repository_def(),
        resources={name: resources[name] for name in ("apis", "tables")},
    ) as context:
        data = nightly_crawl.evaluate_tick(context)
    skipped = [dg.SkipReason(data.skip_message)] if data.skip_message else []
    return [*(data.run_requests or ()), *skipped]


def changed(pipeline: Pipeline, **values: object) -> Pipeline:
    settings = Settings.model_validate(pipeline.settings.model_dump() | values)
    return Pipeline(settings, pipeline.instance)


def asked_for(pipeline: Pipeline) -> list[str | None]:
    return [one.partition_key for one in tick(pipeline) if isinstance(one, dg.RunRequest)]


def test_it_runs_a_quarter_past_the_reset_in_los_angeles():
    assert nightly_crawl.cron_schedule == "15 0 * * *"
    assert nightly_crawl.execution_timezone == "America/Los_Angeles"


def test_before_the_ingest_it_says_what_to_do(pipeline: Pipeline):
    (skipped,) = tick(pipeline)
    assert isinstance(skipped, dg.SkipReason)
    assert "ingest" in str(skipped.skip_message)


def test_with_units_for_all_it_asks_for_all_once_a_day(ingested: Pipeline):
    requests = tick(ingested)
    assert asked_for(ingested) == ingested.batches()
    keys = [one.run_key for one in requests if isinstance(one, dg.RunRequest)]
    assert keys == [f"2026-11-25:{batch}" for batch in ingested.batches()]


def test_with_few_units_it_asks_for_as_many_batches_as_they_pay_for(ingested: Pipeline):
    # A batch of 120 tracks costs at most 3 calls for videos and 3 for channels.
    assert asked_for(changed(ingested, youtube_daily_units=7)) == ["batch-0001"]


def test_with_no_units_it_asks_for_none(ingested: Pipeline):
    (skipped,) = tick(changed(ingested, youtube_daily_units=0))
    assert isinstance(skipped, dg.SkipReason)
    assert "No YouTube units" in str(skipped.skip_message)


def test_the_batch_crawled_longest_ago_comes_first(ingested: Pipeline):
    ingested.run("crawl", "batch-0001")
    tomorrow = changed(ingested, now="2026-11-26T20:00:00+00:00")
    assert asked_for(tomorrow) == ["batch-0002", "batch-0003", "batch-0001"]


#: Two to four days of Spotify's for each batch of the small world; YouTube's units pay for all.
SPOTIFY_CALLS_A_DAY = 5
NOON = datetime(2026, 11, 1, 20, tzinfo=UTC)


def test_in_a_month_of_a_small_spotify_quota_every_batch_has_its_turn(ingested: Pipeline):
    tracks, finished = ingested.table("ingest/crawl_batches"), Counter[str]()
    clock = SetClock(NOON)
    with SandboxServer(
        World(ingested.table("ingest/raw_tracks"), 42), clock, tier="development"
    ) as server:
        for day in range(30):
            clock.moment = NOON + timedelta(days=day)
            calls: list[Fault | None] = [None] * SPOTIFY_CALLS_A_DAY
            server.inject(Faults(script={"artist": [*calls, Fault.QUOTA_EXCEEDED]}))
            today = changed(ingested, now=clock().isoformat(), sandbox_url=server.url)
            for batch in asked_for(today):
                assert batch is not None
                ids = tracks.loc[tracks["batch"] == batch, "artist_id"]
                finished[batch] += crawled_by_both(today, batch, ids)
    assert set(finished) == set(ingested.batches())
    assert max(finished.values()) - min(finished.values()) <= 1, finished


def crawled_by_both(pipeline: Pipeline, batch: str, artists: Iterable[str]) -> bool:
    """A batch's crawl without the steps' overhead: YouTube's is done, Spotify's as far as it goes.

    Whether Spotify's came to its end, too.
    """
    youtube, spotify = LAST_OF_EACH_SERVICE
    apis = resources_for(pipeline.settings)["apis"]
    assert isinstance(apis, ApiClients)
    with apis.open() as crawler:
        try:
            crawler.crawl(ARTISTS, artists)
            whole = True
        except CrawlStoppedByQuota:
            whole = False
    for key in (youtube, spotify) if whole else (youtube,):
        done = dg.AssetMaterialization(key, partition=batch)
        pipeline.instance.report_runless_asset_event(done)
    return whole


def test_where_one_service_never_answers_the_other_takes_turns_all_the_same(ingested: Pipeline):
    for batch in ingested.batches()[:2]:
        done = dg.AssetMaterialization(LAST_OF_EACH_SERVICE[0], partition=batch)
        ingested.instance.report_runless_asset_event(done)
    assert asked_for(ingested) == ["batch-0003", "batch-0001", "batch-0002"]


def test_a_batch_is_crawled_whole_when_both_services_are_done(ingested: Pipeline):
    assert last_crawled(ingested.instance, "batch-0001") is None
    for key in LAST_OF_EACH_SERVICE:
        assert last_crawled(ingested.instance, "batch-0001") is None
        done = dg.AssetMaterialization(key, partition="batch-0001")
        ingested.instance.report_runless_asset_event(done)
    assert last_crawled(ingested.instance, "batch-0001") is not None


@pytest.mark.parametrize("batch", ["batch-0001"])
def test_a_run_it_asks_for_can_be_run(ingested: Pipeline, batch: str):
    assert batch in asked_for(ingested)
    assert ingested.run("crawl", batch).success
