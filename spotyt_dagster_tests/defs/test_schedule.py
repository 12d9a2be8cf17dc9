"""The nightly crawl: what the tick asks for, given the batches and what is left of the day."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest

from spotyt_dagster.definitions import build_definitions
from spotyt_dagster.defs.crawl import crawl_key
from spotyt_dagster.defs.resources import api_clients, resources_for
from spotyt_dagster.defs.schedules import last_crawled, nightly_crawl
from spotyt_dagster.defs.storage_layout import StorageLayout
from spotyt_dagster.defs.stored_tables import TableReader, arrow_table, write_table
from spotyt_dagster.sandbox.faults import Fault, Faults
from spotyt_dagster.sandbox.server import SandboxServer
from spotyt_dagster.sandbox.world import World
from spotyt_dagster.settings import Settings
from spotyt_dagster.sources.crawl import CrawlStoppedByQuota
from spotyt_dagster.sources.crawl_store import EntityRecord
from spotyt_dagster.sources.entity_type import EntityType
from spotyt_dagster.sources.spotify import ARTISTS
from spotyt_dagster.sources.youtube import CHANNELS
from spotyt_dagster_tests.defs.pipeline import Pipeline
from spotyt_dagster_tests.sandbox.small_table import SetClock
from spotyt_dagster_tests.sources.factories import record


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
    youtube_done(pipeline, batch)
    with api_clients(pipeline.settings).open() as crawler:
        try:
            answered = crawler.crawl(ARTISTS, artists).records
        except CrawlStoppedByQuota:
            return False
    store(pipeline, ARTISTS, batch, answered)
    return True


def youtube_done(pipeline: Pipeline, batch: str) -> None:
    """What YouTube's part of a crawl leaves last, with an answer of now."""
    store(pipeline, CHANNELS, batch, [record("a", "channel", pipeline.settings.clock())])


def store(
    pipeline: Pipeline, entity_type: EntityType, batch: str, records: Sequence[EntityRecord]
) -> None:
    layout = StorageLayout(pipeline.settings.storage)
    table = arrow_table(entity_type.to_table(records, "sandbox"))
    write_table(layout, crawl_key(entity_type), batch, table)


def test_where_one_service_never_answers_the_other_takes_turns_all_the_same(ingested: Pipeline):
    for batch in ingested.batches()[:2]:
        youtube_done(ingested, batch)
    assert asked_for(ingested) == ["batch-0003", "batch-0001", "batch-0002"]


def test_a_batch_is_crawled_whole_when_both_services_are_done(ingested: Pipeline):
    tables = TableReader(storage=ingested.settings.storage)
    assert last_crawled(tables, "batch-0001") is None
    assert ingested.run("crawl", "batch-0001", only=["crawl/youtube_videos"]).success
    assert last_crawled(tables, "batch-0001") is None
    assert ingested.run("crawl", "batch-0001", only=["crawl/youtube_channels"]).success
    assert last_crawled(tables, "batch-0001") is None
    assert ingested.run("crawl", "batch-0001", only=["crawl/spotify_artists"]).success
    assert last_crawled(tables, "batch-0001") == ingested.settings.clock()


def test_a_batch_with_no_channel_to_read_was_crawled_when_its_videos_were(ingested: Pipeline):
    assert ingested.run("crawl", "batch-0001").success
    store(ingested, CHANNELS, "batch-0001", [])
    tables = TableReader(storage=ingested.settings.storage)
    assert last_crawled(tables, "batch-0001") == ingested.settings.clock()


def test_a_new_dagster_home_over_a_complete_storage_knows_the_last_crawls(ingested: Pipeline):
    ingested.run("crawl", "batch-0001")
    ingested.run("crawl", "batch-0002")
    with dg.instance_for_test() as new_home:
        tomorrow = changed(Pipeline(ingested.settings, new_home), now="2026-11-26T20:00:00+00:00")
        assert asked_for(tomorrow) == ["batch-0003", "batch-0001", "batch-0002"]


def test_a_damaged_table_of_batches_fails_the_tick_in_one_sentence(ingested: Pipeline):
    path = Path(ingested.settings.storage, "ingest/crawl_batches.parquet")
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(dg.DagsterUserCodeExecutionError) as failed:
        tick(ingested)
    cause = failed.value.__cause__
    assert isinstance(cause, dg.Failure)
    (message,) = str(cause.description).splitlines()
    assert f"{path} is damaged" in message
    assert message.endswith("delete it and materialize ingest/crawl_batches again.")


@pytest.mark.parametrize("batch", ["batch-0001"])
def test_a_run_it_asks_for_can_be_run(ingested: Pipeline, batch: str):
    assert batch in asked_for(ingested)
    assert ingested.run("crawl", batch).success
