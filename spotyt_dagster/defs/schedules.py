"""The nightly crawl: as many batches as the day's units pay for, oldest first."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import dagster as dg
import pandas as pd

from spotyt_dagster.clock import quota_day
from spotyt_dagster.defs.conventions import user_errors_as_failures
from spotyt_dagster.defs.crawl import crawl_key
from spotyt_dagster.defs.jobs import CRAWL
from spotyt_dagster.defs.partitions import CRAWL_BATCH
from spotyt_dagster.defs.resources import ApiClients
from spotyt_dagster.defs.storage_layout import CRAWL_BATCHES
from spotyt_dagster.defs.stored_tables import TableReader
from spotyt_dagster.sources.crawl_store import CrawlStore
from spotyt_dagster.sources.entities import last_of_each_service, services
from spotyt_dagster.sources.entity_type import EntityType
from spotyt_dagster.sources.ledger import Bucket
from spotyt_dagster.sources.plan import BatchPlan, affordable, plan_crawl

#: Before any crawl.
_NEVER = datetime.min.replace(tzinfo=UTC)


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
    with user_errors_as_failures():
        yield from _requests(context.instance, apis, tables)


def _requests(
    instance: dg.DagsterInstance, apis: ApiClients, tables: TableReader
) -> Iterator[dg.RunRequest | dg.SkipReason]:
    batches = tables.read(CRAWL_BATCHES)
    if batches is None:
        yield dg.SkipReason("No batches yet: materialize the group `ingest` first.")
        return
    chosen = affordable_batches(apis, tables, batches)
    # A DAGSTER_HOME newer than the storage does not know its batches.
    instance.add_dynamic_partitions(CRAWL_BATCH, [plan.batch for plan in chosen])
    today = quota_day(apis.clock())
    if not chosen:
        yield dg.SkipReason(f"No {_exhausted(apis)} are left on {today}.")
    for plan in chosen:
        yield dg.RunRequest(run_key=f"{today}:{plan.batch}", partition_key=plan.batch)


def affordable_batches(
    apis: ApiClients, tables: TableReader, batches: pd.DataFrame
) -> list[BatchPlan]:
    """The batches to crawl now; see `sources/plan.affordable`."""
    with apis.open_ledger() as store:
        units_left = limited_units_left(store, apis.buckets())
        plans = plan_crawl(batches, store)
    return affordable(sorted(plans, key=lambda plan: oldest_first(tables, plan.batch)), units_left)


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


def oldest_first(tables: TableReader, batch: str) -> tuple[list[datetime], str]:
    """Sorts batches by the service that has waited longest for its turn, then by the next.

    By YouTube's crawls alone, a Spotify quota of 30 calls a day went to the first batch ten times
    and never to the last ones. By the service that waits longest alone, one that always refuses
    would leave the other in the order of the keys.
    """
    return sorted(time or _NEVER for time in _finished(tables, batch)), batch


def last_crawled(tables: TableReader, batch: str) -> datetime | None:
    """When a batch was last crawled whole, by all services; None where it never was.

    The storage says so, not the instance: a new DAGSTER_HOME knows no crawl of it.
    """
    times = _finished(tables, batch)
    known = [time for time in times if time is not None]
    return min(known) if len(known) == len(times) else None


def _finished(tables: TableReader, batch: str) -> list[datetime | None]:
    """When each service last answered for a batch that it was done with.

    A service is done with a batch when the table that it is asked for last is there.
    """
    return [
        _latest_answer(tables, one, batch) if tables.has(crawl_key(one), batch) else None
        for one in last_of_each_service()
    ]


def _latest_answer(tables: TableReader, entity_type: EntityType, batch: str) -> datetime | None:
    latest = tables.fetched_at(crawl_key(entity_type), batch)
    if latest is None and entity_type.listed_in is not None:
        # Where no video of a batch can be read, its table of channels has no row.
        return _latest_answer(tables, entity_type.listed_in, batch)
    return latest
