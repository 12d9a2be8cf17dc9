"""The nightly crawl: as many batches as the day's units pay for, oldest first."""

from collections.abc import Iterator

import dagster as dg
import pandas as pd
from dagster import AssetRecordsFilter

from ..clock import quota_day
from ..sources.plan import BatchPlan, plan_crawl, that_fit
from ..sources.youtube import units_bucket
from .house import told_plainly
from .jobs import CRAWL
from .partitions import CRAWL_BATCH
from .resources import Apis, Tables

#: The last asset of a batch's YouTube chain: when it is there, the batch was crawled whole.
LAST_OF_A_BATCH = dg.AssetKey(["crawl", "youtube_channels"])


@dg.schedule(
    job=CRAWL,
    cron_schedule="15 0 * * *",
    execution_timezone="America/Los_Angeles",
    description="A quarter past YouTube's reset: crawl the batches that the day's units pay for.",
)
def nightly_crawl(
    context: dg.ScheduleEvaluationContext, apis: Apis, tables: Tables
) -> Iterator[dg.RunRequest | dg.SkipReason]:
    """One run a batch; a second tick of the same day asks for none of them again."""
    batches = tables.read("ingest", "crawl_batches")
    if batches is None:
        yield dg.SkipReason("No batches yet: materialize the group `ingest` first.")
        return
    with told_plainly():
        chosen = batches_that_fit(apis, batches, context.instance)
    # A DAGSTER_HOME newer than the storage does not know its batches.
    context.instance.add_dynamic_partitions(CRAWL_BATCH, [plan.batch for plan in chosen])
    today = quota_day(apis.clock())
    if not chosen:
        yield dg.SkipReason(f"No YouTube units are left on {today}.")
    for plan in chosen:
        yield dg.RunRequest(run_key=f"{today}:{plan.batch}", partition_key=plan.batch)


def batches_that_fit(
    apis: Apis, batches: pd.DataFrame, instance: dg.DagsterInstance
) -> list[BatchPlan]:
    """The batches to crawl now; see `sources/plan.that_fit`."""
    with apis.open_ledger() as store:
        units_left = store.usage(units_bucket(apis.daily_units)).left or 0
        plans = plan_crawl(batches, store)
    return that_fit(sorted(plans, key=lambda plan: oldest_first(instance, plan.batch)), units_left)


def oldest_first(instance: dg.DagsterInstance, batch: str) -> tuple[float, str]:
    """Sorts batches by their last crawl, never crawled ones first, then by key."""
    return last_crawled(instance, batch) or 0.0, batch


def last_crawled(instance: dg.DagsterInstance, batch: str) -> float | None:
    """When a batch was last crawled whole, in seconds since 1970; None for never."""
    records = instance.fetch_materializations(
        AssetRecordsFilter(LAST_OF_A_BATCH, asset_partitions=[batch]), limit=1
    ).records
    return records[0].timestamp if records else None
