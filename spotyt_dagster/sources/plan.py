"""What a crawl would cost, before it is made: requests, units and days for each batch."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from spotyt_dagster.exceptions import SettingsError
from spotyt_dagster.sources.crawl import chunked
from spotyt_dagster.sources.crawl_store import CrawlStore, EntityRecord
from spotyt_dagster.sources.entities import ENTITY_TYPES
from spotyt_dagster.sources.entity_type import EntityType
from spotyt_dagster.sources.ledger import Bucket


@dataclass(frozen=True)
class BatchPlan:
    """What is left to ask for a batch today.

    Attributes:
        batch: key of the batch.
        tracks: official tracks in it.
        ids: ids left, by plural of the entity type (`videos`).
        units: the most that they can cost, by name of the bucket (`youtube/units`).
    """

    batch: str
    tracks: int
    ids: Mapping[str, int]
    units: Mapping[str, int]

    def row(self) -> dict[str, Any]:
        """Flatten the plan.

        Returns:
            batch, tracks, ids by plural and units by label of the bucket (`youtube_units`).
        """
        units = {Bucket(name, None).label: count for name, count in self.units.items()}
        return {"batch": self.batch, "tracks": self.tracks, **self.ids, **units}


def plan_crawl(
    batches: pd.DataFrame, store: CrawlStore, entity_types: Sequence[EntityType] = ENTITY_TYPES
) -> list[BatchPlan]:
    """Count the requests left for each batch, each id in the first batch that asks for it.

    Nothing is sent. An id that another entity type lists (a channel's) is known once that type is
    crawled; until then `EntityType.stand_in` (its name) is counted. A channel whose name another
    one bears, too, is then counted once too rarely: the plan is an upper bound but for namesakes,
    and for calls that fail and are retried.

    Args:
        batches: row, batch, video_id, artist_id, Channel, as `ingest/crawl_batches` has them.
        store: what a crawl need not ask for again.
        entity_types: what is crawled, a type after the one whose table lists its ids.

    Returns:
        A plan for each batch, in order of their keys.
    """
    counted: dict[str, set[str]] = {one.name: set() for one in entity_types}
    return [
        _plan_batch(str(key), rows, store, entity_types, counted)
        for key, rows in batches.groupby("batch", sort=True)
    ]


def affordable(in_order: Sequence[BatchPlan], units_left: Mapping[str, int]) -> list[BatchPlan]:
    """Choose the first batches, as many as the units left pay for.

    The first one is chosen even if it alone costs more, as long as a unit is left of a bucket that
    it is too expensive for: what is answered is stored, so that it is finished on another day.

    Args:
        in_order: the plans, most urgent first.
        units_left: what is left today, by name of the bucket; of buckets with a limit only.

    Returns:
        The first plans of `in_order`.
    """
    chosen: list[BatchPlan] = []
    spent: Counter[str] = Counter()
    for plan in in_order:
        spent.update(plan.units)
        exceeded = [name for name, left in units_left.items() if spent[name] > left]
        if exceeded and (chosen or not any(units_left[name] for name in exceeded)):
            break
        chosen.append(plan)
    return chosen


def days_needed(
    plans: Sequence[BatchPlan], units_left: Mapping[str, int], buckets: Sequence[Bucket]
) -> int:
    """Count the days of quota until all is crawled.

    Args:
        plans: of all batches.
        units_left: what is left today, by name of the bucket.
        buckets: whose limits count; those without one never make a crawl wait.

    Returns:
        0 if nothing is left to ask that a bucket limits, 1 if today's units suffice.

    Raises:
        SettingsError: a bucket that is needed has no unit a day, so never.
    """
    limited = [bucket for bucket in buckets if bucket.daily_units is not None]
    return max((_days(plans, units_left[one.name], one) for one in limited), default=0)


def _days(plans: Sequence[BatchPlan], left: int, bucket: Bucket) -> int:
    units = sum(plan.units.get(bucket.name, 0) for plan in plans)
    if units == 0:
        return 0
    if not bucket.daily_units:
        raise SettingsError(
            f"{bucket.limit_setting or bucket.name}=0: with no unit a day no crawl ends."
        )
    later = max(units - left, 0)
    return 1 + -(-later // bucket.daily_units)


def _plan_batch(
    key: str,
    rows: pd.DataFrame,
    store: CrawlStore,
    entity_types: Sequence[EntityType],
    counted: dict[str, set[str]],
) -> BatchPlan:
    """Plan one batch and add to `counted`, by entity type, what it asks for."""
    ids: dict[str, int] = {}
    units: Counter[str] = Counter()
    known: dict[str, dict[str, EntityRecord]] = {}
    for one in entity_types:
        listing = _listing(one, known, store.api)
        wanted = set(one.ids(rows, listing))
        known[one.name] = store.resumable(one.name, wanted)
        unknown = (wanted - set(known[one.name])) | _stand_ins(one, rows, listing)
        left = unknown - counted[one.name]
        counted[one.name] |= left
        ids[one.plural] = len(left)
        units[one.bucket.name] += len(chunked(left, one.ids_per_request))
    return BatchPlan(key, len(rows), ids, dict(units))


def _listing(
    entity_type: EntityType, known: Mapping[str, dict[str, EntityRecord]], api: str
) -> pd.DataFrame | None:
    """The table that lists a type's ids, as far as it is known."""
    listed_in = entity_type.listed_in
    if listed_in is None:
        return None
    return listed_in.to_table(list(known[listed_in.name].values()), api)


def _stand_ins(
    entity_type: EntityType, rows: pd.DataFrame, listing: pd.DataFrame | None
) -> set[str]:
    """What is counted for ids that are not known yet."""
    if entity_type.listed_in is None or listing is None:
        return set()
    column = entity_type.listed_in.id_column
    unread = rows[~rows[column].isin(listing[column])]
    return set(unread[entity_type.stand_in or column].dropna())
