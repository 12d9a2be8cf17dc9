"""The nightly crawl: as many batches as the day's units pay for, oldest first."""

from collections.abc import Iterator

import dagster as dg
import pandas as pd
from dagster import AssetRecordsFilter

from spotyt_dagster.clock import quota_day
from spotyt_dagster.defs.conventions import user_errors_as_failures
from spotyt_dagster.defs.jobs import CRAWL
from spotyt_dagster.defs.partitions import CRAWL_BATCH
from spotyt_dagster.defs.resources import ApiClients, TableReader
from spotyt_dagster.sources.plan import BatchPlan, plan_crawl, that_fit

#: What a service leaves last of a batch: when both are there, the batch was crawled whole.
LAST_OF_EACH_SERVICE = (
    dg.AssetKey(["crawl", "youtube_channels"]),
    dg.AssetKey(["crawl", "spotify_artists"]),
)


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
        chosen = batches_that_fit(apis, batches, context.instance)
    # A DAGSTER_HOME newer than the storage does not know its batches.
    context.instance.add_dynamic_partitions(CRAWL_BATCH, [plan.batch for plan in chosen])
    today = quota_day(apis.clock())
    if not chosen:
        yield dg.SkipReason(f"No YouTube units are left on {today}.")
    for plan in chosen:
        yield dg.RunRequest(run_key=f"{today}:{plan.batch}", partition_key=plan.batch)


def batches_that_fit(
    apis: ApiClients, batches: pd.DataFrame, instance: dg.DagsterInstance
) -> list[BatchPlan]:
    """The batches to crawl now; see `sources/plan.that_fit`."""
    youtube, _ = apis.buckets()
    with apis.open_ledger() as store:
        units_left = store.usage(youtube).left or 0
        plans = plan_crawl(batches, store)
    return that_fit(sorted(plans, key=lambda plan: oldest_first(instance, plan.batch)), units_left)


def oldest_first(instance: dg.DagsterInstance, batch: str) -> tuple[list[float], str]:
    """Sorts batches by the service that has waited longest for its turn, then by the other.

    By YouTube's crawls alone, a Spotify quota of 30 calls a day went to the first batch ten times
    and never to the last ones. By the service that waits longest alone, one that always refuses
    would leave the other in the order of the keys.
    """
    return sorted(time or 0.0 for time in _finished(instance, batch)), batch


def last_crawled(instance: dg.DagsterInstance, batch: str) -> float | None:
    """When a batch was last crawled whole, by both services, in seconds since 1970; or None."""
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
