"""Puts today's numbers beside the tracks, and lists what the crawl could not read."""

from typing import Any

import narwhals as nw
from narwhals.typing import IntoFrameT

#: Reasons that asking again may mend; all others stay as they are.
RETRYABLE = ("error",)


def crawled_tracks(
    official: IntoFrameT,
    batches: IntoFrameT,
    videos: IntoFrameT,
    channels: IntoFrameT,
    artists: IntoFrameT,
) -> IntoFrameT:
    """Join the official tracks to what the crawl's batches read of their video, channel, artist.

    A track whose batch was not crawled yet keeps nulls; `video_missing_reason` says why a crawled
    one has no counts. `fetched_at` and `api` are those of the video's counts, and a channel or an
    artist read of another API is not joined to them. Where any batch was crawled live, batches that
    only the sandbox has answered for count as not crawled, so that no simulated number is mixed in.

    Args:
        official: the official tracks.
        batches: row -> batch.
        videos, channels, artists: the crawled tables of all batches in one; an entity that stands
            in several batches counts as it was read last.
    """
    videos_read = _latest(videos, "video_id").rename({"missing_reason": "video_missing_reason"})
    channels_read = _latest(channels, "channelId").select(
        "channelId", "api", "youtubeChannelSubscriber"
    )
    artists_read = _latest(artists, "artist_id").select(
        "artist_id", "api", "spotifyPopularity", "spotifyFollowers"
    )
    return (
        _lazy(official)
        .join(_lazy(batches).select("row", "batch"), on="row", how="left")
        .join(videos_read, on="video_id", how="left")
        .join(channels_read, on=["channelId", "api"], how="left")
        .join(artists_read, on=["artist_id", "api"], how="left")
        .sort("row")
        .to_native()
    )


def crawl_errors(videos: IntoFrameT, channels: IntoFrameT, artists: IntoFrameT) -> IntoFrameT:
    """One row an entity that could not be read whole: kind, id, reason, retryable, when, api."""
    listed = [
        _latest(table, id_column)
        .filter(~nw.col("missing_reason").is_null())
        .select(
            kind=nw.lit(kind),
            entity_id=nw.col(id_column),
            reason=nw.col("missing_reason"),
            retryable=nw.col("missing_reason").is_in(RETRYABLE),
            fetched_at=nw.col("fetched_at"),
            api=nw.col("api"),
        )
        for kind, id_column, table in (
            ("video", "video_id", videos),
            ("channel", "channelId", channels),
            ("artist", "artist_id", artists),
        )
    ]
    return nw.concat(listed).sort("kind", "entity_id").to_native()


def _lazy(table: Any) -> nw.LazyFrame[Any]:
    return nw.from_native(table).lazy()


def _latest(table: Any, id_column: str) -> nw.LazyFrame[Any]:
    """One row an id: as it was read last, or how reading it failed last.

    Live rows only, where there is any.
    """
    live = nw.col("api") == "live"
    failed = nw.coalesce(nw.col("missing_reason"), nw.lit("")).is_in(RETRYABLE)
    last_read = nw.col("read_at").max().over(id_column)
    last_failure = nw.col("fetched_at").max().over(id_column)
    return (
        _lazy(table)
        .with_columns(live=live, read_at=nw.when(~failed).then(nw.col("fetched_at")), all=nw.lit(1))
        .filter(nw.col("live") | ~nw.col("live").max().over("all"))
        .filter(
            (nw.col("read_at") == last_read)
            | (last_read.is_null() & (nw.col("fetched_at") == last_failure))
        )
        .drop("live", "read_at", "all")
        .unique(id_column, keep="any")
    )
