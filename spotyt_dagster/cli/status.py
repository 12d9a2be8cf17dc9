"""What `status` and `crawl plan` tell: facts from the ledger and the batches, as plain data."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any, Literal, cast

import dagster as dg
import pandas as pd

from spotyt_dagster.clock import next_reset, quota_day
from spotyt_dagster.defs.resources import ApiClients, TableReader, resources_for
from spotyt_dagster.defs.schedules import batches_that_fit, last_crawled
from spotyt_dagster.exceptions import SourceUnavailableError
from spotyt_dagster.settings import Settings
from spotyt_dagster.sources.plan import days_needed, plan_crawl


def batches_to_crawl(settings: Settings, instance: dg.DagsterInstance) -> list[str]:
    """The batches that the nightly schedule would choose now.

    Raises:
        SourceUnavailableError: there are no batches yet.
    """
    return [plan.batch for plan in batches_that_fit(_apis(settings), _batches(settings), instance)]


def crawl_plan(settings: Settings) -> dict[str, Any]:
    """What is left to ask today, by batch and in all; nothing is sent.

    Raises:
        SourceUnavailableError: there are no batches yet.
    """
    batches = _batches(settings)
    apis = _apis(settings)
    youtube, _ = apis.buckets()
    with apis.open_ledger() as store:
        plans = plan_crawl(batches, store)
        left = store.usage(youtube).left or 0
    return {
        "api": settings.api,
        "batches": [asdict(plan) for plan in plans],
        "youtube_units": sum(plan.youtube_units for plan in plans),
        "youtube_units_left": left,
        "youtube_daily_units": settings.youtube_daily_units,
        "spotify_calls": sum(plan.spotify_calls for plan in plans),
        "days": days_needed(plans, left, settings.youtube_daily_units),
    }


def quota(settings: Settings) -> dict[str, Any]:
    """Today's units and pauses by bucket, for the keys that are set."""
    apis = _apis(settings)
    with apis.open_ledger() as store:
        now = store.clock()
        usage = [(bucket.account, store.usage(bucket)) for bucket in apis.buckets()]
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


def clear_pause(settings: Settings, service: Literal["youtube", "spotify"]) -> str:
    """Forget a service's pause for the key that is set; returns what was done."""
    apis = _apis(settings)
    youtube, spotify = apis.buckets()
    bucket = youtube if service == "youtube" else spotify
    with apis.open_ledger() as store:
        was_there = store.end_pause(bucket)
    if was_there:
        return f"The pause of {bucket.name} is cleared."
    return f"There is no pause of {bucket.name} for this key."


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
                "ids_left_today": plan.videos + plan.channels + plan.artists,
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
