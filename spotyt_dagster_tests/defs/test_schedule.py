"""The nightly crawl: what the tick asks for, given the batches and what is left of the day."""

from collections.abc import Iterator, Sequence

import dagster as dg
import pytest

from spotyt_dagster.definitions import build_definitions
from spotyt_dagster.defs.resources import resources_for
from spotyt_dagster.defs.schedules import nightly_crawl
from spotyt_dagster.settings import Settings
from spotyt_dagster_tests.defs.pipeline import Pipeline


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


@pytest.mark.parametrize("batch", ["batch-0001"])
def test_a_run_it_asks_for_can_be_run(ingested: Pipeline, batch: str):
    assert batch in asked_for(ingested)
    assert ingested.run("crawl", batch).success
