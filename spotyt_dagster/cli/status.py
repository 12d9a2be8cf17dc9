"""What `status`, `quota` and `crawl plan` show, as data; how it is shown is `commands.py`'s."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pandas as pd

from spotyt_dagster.clock import in_utc, next_reset, quota_day
from spotyt_dagster.defs.resources import ApiClients, api_clients
from spotyt_dagster.defs.schedules import (
    affordable_batches,
    last_crawled,
    limited_units_left,
)
from spotyt_dagster.defs.storage_layout import CRAWL_BATCHES
from spotyt_dagster.defs.stored_tables import TableReader
from spotyt_dagster.exceptions import SettingsError, SourceUnavailableError
from spotyt_dagster.settings import Settings
from spotyt_dagster.sources.entities import services
from spotyt_dagster.sources.ledger import Bucket, Usage
from spotyt_dagster.sources.plan import BatchPlan, days_needed, plan_crawl


@dataclass(frozen=True)
class CrawlPlan:
    """What is left to ask today; nothing was sent to learn it.

    Attributes:
        api: `live` or `sandbox`.
        batches: a plan each, in order of their keys.
        buckets: what the requests draw on.
        units_left: what is left today of buckets with a limit, by name.
        days: days of quota until all is crawled.
    """

    api: str
    batches: Sequence[BatchPlan]
    buckets: Sequence[Bucket]
    units_left: Mapping[str, int]
    days: int

    def units(self, bucket: Bucket) -> int:
        """What all batches cost of a bucket."""
        return sum(plan.units.get(bucket.name, 0) for plan in self.batches)

    def rows(self) -> list[dict[str, Any]]:
        """A flat row a batch."""
        return [plan.row() for plan in self.batches]

    def as_json(self) -> dict[str, Any]:
        """The plan as `--json` prints it."""
        totals: dict[str, Any] = {}
        for bucket in self.buckets:
            totals[bucket.label] = self.units(bucket)
            if bucket.daily_units is not None:
                totals[f"{bucket.label}_left"] = self.units_left[bucket.name]
                totals[f"{bucket.service}_daily_{bucket.unit}"] = bucket.daily_units
        return {"api": self.api, "batches": self.rows(), **totals, "days": self.days}


@dataclass(frozen=True)
class AccountUsage(Usage):
    """A bucket's state today and the account whose it is.

    Attributes:
        account: a digest of the key, see `sources.ledger.account_of`.
    """

    account: str = ""


@dataclass(frozen=True)
class Quota:
    """Today's units and pauses.

    Attributes:
        api: `sandbox` or `live`.
        quota_day: in America/Los_Angeles.
        next_reset: when the next day of quota begins, in UTC.
        quota: by bucket.
    """

    api: str
    quota_day: date
    next_reset: datetime
    quota: list[AccountUsage]


@dataclass(frozen=True)
class BatchStatus:
    """How far the crawl of a batch is.

    Attributes:
        batch: its key.
        tracks: how many it holds.
        last_crawled: when both services were last done with it, in UTC; None for never.
        ids_left_today: how many videos, channels and artists a crawl would ask for now.
    """

    batch: str
    tracks: int
    last_crawled: datetime | None
    ids_left_today: int


@dataclass(frozen=True)
class Status(Quota):
    """Today's units and pauses, and the batches.

    Attributes:
        batches: in order; none before the ingest.
    """

    batches: list[BatchStatus]


def batches_to_crawl(settings: Settings) -> list[str]:
    """The batches that the nightly schedule would choose now.

    Raises:
        SourceUnavailableError: there are no batches yet.
    """
    apis, tables, batches = _apis(settings), _tables(settings), _batches(settings)
    return [plan.batch for plan in affordable_batches(apis, tables, batches)]


def crawl_plan(settings: Settings) -> CrawlPlan:
    """What is left to ask today, by batch and in all; nothing is sent.

    Raises:
        SourceUnavailableError: there are no batches yet.
    """
    batches = _batches(settings)
    apis = _apis(settings)
    buckets = apis.buckets()
    with apis.open_ledger() as store:
        plans = plan_crawl(batches, store)
        left = limited_units_left(store, buckets)
    return CrawlPlan(settings.api, plans, buckets, left, days_needed(plans, left, buckets))


def quota(settings: Settings) -> Quota:
    """Today's units and pauses by bucket, for the keys that are set."""
    apis = _apis(settings)
    with apis.open_ledger() as store:
        now = store.clock()
        usage = [
            AccountUsage(**vars(store.ledger.usage(bucket)), account=bucket.account)
            for bucket in apis.buckets()
        ]
    return Quota(settings.api, quota_day(now), next_reset(now), usage)


def status(settings: Settings) -> Status:
    """Batches with their last crawl, and today's units by bucket; no batches before the ingest."""
    tables = _tables(settings)
    batches = tables.read(CRAWL_BATCHES)
    with _apis(settings).open_ledger() as store:
        plans = [] if batches is None else plan_crawl(batches, store)
    return Status(
        **vars(quota(settings)),
        batches=[
            BatchStatus(
                batch=plan.batch,
                tracks=plan.tracks,
                last_crawled=last_crawled(tables, plan.batch),
                ids_left_today=sum(plan.ids.values()),
            )
            for plan in plans
        ],
    )


def title_of(service: str) -> str:
    """A service's name as people write it.

    Raises:
        SettingsError: there is no such service.
    """
    titles = {one.name: one.title for one in services()}
    if service not in titles:
        raise SettingsError(f"There is no service {service}: choose {', '.join(titles)} or clock.")
    return titles[service]


def clear_pause(settings: Settings, service: str) -> str:
    """Delete a service's pauses for the key that is set; returns what was done."""
    apis = _apis(settings)
    with apis.open_ledger() as store:
        done = [
            f"The pause of {bucket.name} is cleared."
            if store.ledger.end_pause(bucket)
            else f"There is no pause of {bucket.name} for this key."
            for bucket in apis.buckets()
            if bucket.service == service
        ]
    return "\n".join(done)


def clear_clock(settings: Settings) -> str:
    """Take the present moment for the ledger's latest; returns what was done."""
    with _apis(settings).open_ledger() as store:
        deleted, now = store.set_clock_right(), store.clock()
    return f"The ledger goes by {in_utc(now)} from now on; {deleted:,} later answers are deleted."


def _apis(settings: Settings) -> ApiClients:
    """The two services outside a run, with the secrets of the environment."""
    return api_clients(settings).process_config_and_initialize()


def _tables(settings: Settings) -> TableReader:
    return TableReader(storage=settings.storage)


def _batches(settings: Settings) -> pd.DataFrame:
    batches = _tables(settings).read(CRAWL_BATCHES)
    if batches is None:
        raise SourceUnavailableError(
            f"There are no batches in {settings.storage} yet. Materialize the group `ingest` "
            "first, in the UI or with `dagster job execute -m spotyt_dagster.definitions -j "
            "ingest`; `spotyt run` does it all."
        )
    return batches
