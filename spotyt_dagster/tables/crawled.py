"""Puts today's numbers beside the tracks, and lists what the crawl could not read."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic

import narwhals as nw
from narwhals.typing import IntoFrameT

#: Reasons that asking again may remove; all others stay as they are.
RETRYABLE = ("error",)

#: What every crawled table has beside its ids and what it says of them.
_ABOUT_THE_READING = ("fetched_at", "api", "missing_reason")


@dataclass(frozen=True)
class CrawledTable(Generic[IntoFrameT]):
    """The table of one entity type, of all batches in one.

    Attributes:
        entity_type: name of the type, such as `video`.
        table: the rows; of an entity in several batches the one that was read last counts.
        id_column: column of the entities' ids.
        join_on: columns by which the tracks are joined to it. With `api` among them an entity that
            was read from another API is not joined, and `fetched_at` and the like stay those of the
            entity that brought `api`.
    """

    entity_type: str
    table: IntoFrameT
    id_column: str
    join_on: tuple[str, ...]


def crawled_tracks(
    official: IntoFrameT, batches: IntoFrameT, crawled: Sequence[CrawledTable[IntoFrameT]]
) -> IntoFrameT:
    """Join the official tracks to what the crawl's batches read of their entities.

    A track whose batch was not crawled yet keeps nulls; `video_missing_reason` says why a crawled
    one has no counts. `fetched_at` and `api` are those of the video's counts. Where any batch was
    crawled live, batches that only the sandbox has answered for count as not crawled, so that no
    simulated number is mixed in.

    Args:
        official: the official tracks.
        batches: row -> batch.
        crawled: the crawled tables, one after those whose columns it is joined on.

    Returns:
        A row per official track, in order of `row`.
    """
    tracks = _lazy(official).join(_lazy(batches).select("row", "batch"), on="row", how="left")
    for one in crawled:
        tracks = tracks.join(_to_join(one), on=list(one.join_on), how="left")
    return tracks.sort("row").to_native()


def crawl_errors(crawled: Sequence[CrawledTable[IntoFrameT]]) -> IntoFrameT:
    """List the entities that could not be read whole.

    Args:
        crawled: the crawled tables.

    Returns:
        A row per entity: kind (its type), entity_id, reason, retryable, fetched_at, api.
    """
    listed = [
        _latest(one)
        .filter(~nw.col("missing_reason").is_null())
        .select(
            kind=nw.lit(one.entity_type),
            entity_id=nw.col(one.id_column),
            reason=nw.col("missing_reason"),
            retryable=nw.col("missing_reason").is_in(RETRYABLE),
            fetched_at=nw.col("fetched_at"),
            api=nw.col("api"),
        )
        for one in crawled
    ]
    return nw.concat(listed).sort("kind", "entity_id").to_native()


def _to_join(crawled: CrawledTable[Any]) -> nw.LazyFrame[Any]:
    latest = _latest(crawled)
    if "api" not in crawled.join_on:
        return latest.rename({"missing_reason": f"{crawled.entity_type}_missing_reason"})
    return latest.drop(*(name for name in _ABOUT_THE_READING if name not in crawled.join_on))


def _lazy(table: Any) -> nw.LazyFrame[Any]:
    return nw.from_native(table).lazy()


def _latest(crawled: CrawledTable[Any]) -> nw.LazyFrame[Any]:
    """One row an id: as it was read last, or how reading it failed last.

    Live rows only, where there is any.
    """
    id_column = crawled.id_column
    live = nw.col("api") == "live"
    failed = nw.coalesce(nw.col("missing_reason"), nw.lit("")).is_in(RETRYABLE)
    last_read = nw.col("read_at").max().over(id_column)
    last_failure = nw.col("fetched_at").max().over(id_column)
    return (
        _lazy(crawled.table)
        .with_columns(live=live, read_at=nw.when(~failed).then(nw.col("fetched_at")), all=nw.lit(1))
        .filter(nw.col("live") | ~nw.col("live").max().over("all"))
        .filter(
            (nw.col("read_at") == last_read)
            | (last_read.is_null() & (nw.col("fetched_at") == last_failure))
        )
        .drop("live", "read_at", "all")
        .unique(id_column, keep="any")
    )
