"""The nightly crawl: as many batches as the day's units pay for, oldest first."""

from collections.abc import Iterator, Sequence

import dagster as dg
import pandas as pd
from dagster import AssetRecordsFilter

from spotyt_dagster.clock import quota_day
from spotyt_dagster.defs.conventions import user_errors_as_failures
from spotyt_dagster.defs.crawl import crawl_key
from spotyt_dagster.defs.jobs import CRAWL
from spotyt_dagster.defs.partitions import CRAWL_BATCH
from spotyt_dagster.defs.resources import ApiClients, TableReader
from spotyt_dagster.sources.crawl_store import CrawlStore
from spotyt_dagster.sources.entities import last_of_each_service, services
from spotyt_dagster.sources.ledger import Bucket
from spotyt_dagster.sources.plan import BatchPlan, affordable, plan_crawl

#: What a service leaves last of a batch: when all are there, the batch was crawled whole.
LAST_OF_EACH_SERVICE = tuple(crawl_key(one) for one in last_of_each_service())


@dg.schedule(
    job=CRAWL,
    cron_schedule="15 0 * * *",
    execution_timezone="America/Los_Angeles",
    description="A quarter past YouTube's reset: crawl the batches that the day's units pay for.",
)
def nightly_crawl(
    context: dg.ScheduleEvaluationContext, apis: ApiClients, tables: TableReader
) -> Iterator[dg.RunRequest | dg.SkipReason]:
    """One run a batch; a second tick of the same day asks for none of them again."""
    batches = tables.read("ingest", "crawl_batches")
    if batches is None:
        yield dg.SkipReason("No batches yet: materialize the group `ingest` first.")
        return
    with user_errors_as_failures():
        chosen = affordable_batches(apis, batches, context.instance)
    # A DAGSTER_HOME newer than the storage does not know its batches.
    context.instance.add_dynamic_partitions(CRAWL_BATCH, [plan.batch for plan in chosen])
    today = quota_day(apis.clock())
    if not chosen:
        yield dg.SkipReason(f"No {_exhausted(apis)} are left on {today}.")
    for plan in chosen:
        yield dg.RunRequest(run_key=f"{today}:{plan.batch}", partition_key=plan.batch)


def affordable_batches(
    apis: ApiClients, batches: pd.DataFrame, instance: dg.DagsterInstance
) -> list[BatchPlan]:
    """The batches to crawl now; see `sources/plan.affordable`."""
    with apis.open_ledger() as store:
        units_left = limited_units_left(store, apis.buckets())
        plans = plan_crawl(batches, store)
    return affordable(
        sorted(plans, key=lambda plan: oldest_first(instance, plan.batch)), units_left
    )


def limited_units_left(store: CrawlStore, buckets: Sequence[Bucket]) -> dict[str, int]:
    """What is left today of buckets with a daily limit, by their names."""
    return {
        bucket.name: store.ledger.usage(bucket).left or 0
        for bucket in buckets
        if bucket.daily_units is not None
    }


def _exhausted(apis: ApiClients) -> str:
    """What none is left of: `YouTube units`."""
    titles = {service.name: service.title for service in services()}
    with apis.open_ledger() as store:
        left = limited_units_left(store, apis.buckets())
    exhausted = [bucket for bucket in apis.buckets() if left.get(bucket.name) == 0]
    return " and ".join(f"{titles[bucket.service]} {bucket.unit}" for bucket in exhausted)


def oldest_first(instance: dg.DagsterInstance, batch: str) -> tuple[list[float], str]:
    """Sorts batches by the service that has waited longest for its turn, then by the next.

    By YouTube's crawls alone, a Spotify quota of 30 calls a day went to the first batch ten times
    and never to the last ones. By the service that waits longest alone, one that always refuses
    would leave the other in the order of the keys.
    """
    return sorted(time or 0.0 for time in _finished(instance, batch)), batch


def last_crawled(instance: dg.DagsterInstance, batch: str) -> float | None:
    """When a batch was last crawled whole, by all services, in seconds since 1970; or None."""
    times = [time for time in _finished(instance, batch) if time is not None]
    return min(times) if len(times) == len(LAST_OF_EACH_SERVICE) else None


def _finished(instance: dg.DagsterInstance, batch: str) -> list[float | None]:
    """When each service was last finished with a batch."""
    return [_materialized(instance, key, batch) for key in LAST_OF_EACH_SERVICE]


def _materialized(instance: dg.DagsterInstance, key: dg.AssetKey, batch: str) -> float | None:
    records = instance.fetch_materializations(
        AssetRecordsFilter(key, asset_partitions=[batch]), limit=1
    ).records
    return records[0].timestamp if records else None
