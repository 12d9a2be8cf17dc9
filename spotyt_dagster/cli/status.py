"""What `status` and `crawl plan` tell: facts from the ledger and the batches, as plain data."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, cast

import dagster as dg
import pandas as pd

from spotyt_dagster.clock import next_reset, quota_day
from spotyt_dagster.defs.resources import ApiClients, TableReader, resources_for
from spotyt_dagster.defs.schedules import (
    affordable_batches,
    last_crawled,
    limited_units_left,
)
from spotyt_dagster.exceptions import SettingsError, SourceUnavailableError
from spotyt_dagster.settings import Settings
from spotyt_dagster.sources.entities import services
from spotyt_dagster.sources.ledger import Bucket
from spotyt_dagster.sources.plan import BatchPlan, days_needed, plan_crawl


def batches_to_crawl(settings: Settings, instance: dg.DagsterInstance) -> list[str]:
    """The batches that the nightly schedule would choose now.

    Raises:
        SourceUnavailableError: there are no batches yet.
    """
    return [
        plan.batch for plan in affordable_batches(_apis(settings), _batches(settings), instance)
    ]


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


def quota(settings: Settings) -> dict[str, Any]:
    """Today's units and pauses by bucket, for the keys that are set."""
    apis = _apis(settings)
    with apis.open_ledger() as store:
        now = store.clock()
        usage = [(bucket.account, store.ledger.usage(bucket)) for bucket in apis.buckets()]
    return {
        "api": settings.api,
        "quota_day": str(quota_day(now)),
        "next_reset": _moment(next_reset(now)),
        "quota": [
            {
                **asdict(one),
                "account": account,
                "quota_day": str(one.quota_day),
                "resumes_at": _moment(one.resumes_at),
            }
            for account, one in usage
        ],
    }


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
    return f"The ledger goes by {_moment(now)} from now on; {deleted:,} later answers are deleted."


def status(settings: Settings, instance: dg.DagsterInstance) -> dict[str, Any]:
    """Batches with their last crawl, and today's units by bucket; no batches before the ingest."""
    batches = _stored_batches(settings)
    with _apis(settings).open_ledger() as store:
        plans = [] if batches is None else plan_crawl(batches, store)
    return {
        **quota(settings),
        "batches": [
            {
                "batch": plan.batch,
                "tracks": plan.tracks,
                "last_crawled": _moment(_instant(last_crawled(instance, plan.batch))),
                "ids_left_today": sum(plan.ids.values()),
            }
            for plan in plans
        ],
    }


def _apis(settings: Settings) -> ApiClients:
    apis = cast(ApiClients, resources_for(settings)["apis"])
    return apis.process_config_and_initialize()


def _stored_batches(settings: Settings) -> pd.DataFrame | None:
    return TableReader(storage=settings.storage).read("ingest", "crawl_batches")


def _batches(settings: Settings) -> pd.DataFrame:
    batches = _stored_batches(settings)
    if batches is None:
        raise SourceUnavailableError(
            f"There are no batches in {settings.storage} yet. Materialize the group `ingest` "
            "first, in the UI or with `dagster job execute -m spotyt_dagster.definitions -j "
            "ingest`; `spotyt run` does it all."
        )
    return batches


def _instant(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def _moment(value: datetime | None) -> str | None:
    return None if value is None else f"{value:%Y-%m-%d %H:%M} UTC"
