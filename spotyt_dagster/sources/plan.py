"""What a crawl would cost, before it is made: calls, units and days for each batch."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from .crawl import cut
from .crawl_store import Answer, CrawlStore


@dataclass(frozen=True)
class BatchPlan:
    """What is left to ask for a batch today; `youtube_units` is the most it can cost."""

    batch: str
    tracks: int
    videos: int
    channels: int
    artists: int
    youtube_units: int
    spotify_calls: int


def plan_crawl(batches: pd.DataFrame, store: CrawlStore) -> list[BatchPlan]:
    """The calls left for each batch, in order, each id counted in the first batch that asks it.

    Nothing is sent. A channel's id is known once its video is read; until then its name stands for
    it, which can count a channel once too often, never once too few.

    Args:
        batches: row, batch, video_id, artist_id, Channel, as `ingest/crawl_batches` has them.
        store: what today's answers hold already.
    """
    videos = store.answered("video", batches["video_id"])
    channels = store.answered("channel", set(_channel_ids(videos).values()))
    artists = store.answered("artist", batches["artist_id"])
    channel_of = _channel_names_or_ids(batches, videos)
    planned: dict[str, set[str]] = {
        "videos": set(videos),
        "channels": set(channels),
        "artists": set(artists),
    }
    return [
        _plan_batch(str(key), rows, channel_of, planned)
        for key, rows in batches.groupby("batch", sort=True)
    ]


def that_fit(in_order: Sequence[BatchPlan], units_left: int) -> list[BatchPlan]:
    """The first batches, as many as the units left pay for.

    The first one is taken even if it alone costs more, as long as one unit is left: what is
    answered is kept, so that it is finished on another day.
    """
    chosen: list[BatchPlan] = []
    for plan in in_order:
        spent = sum(one.youtube_units for one in chosen)
        fits = spent + plan.youtube_units <= units_left
        if not fits and (chosen or units_left == 0):
            break
        chosen.append(plan)
    return chosen


def days_needed(plans: Sequence[BatchPlan], units_left: int, daily_units: int) -> int:
    """Days of quota until all is crawled: 0 if nothing is left to ask, 1 if today's units do.

    Raises:
        ValueError: no unit a day, so never.
    """
    units = sum(plan.youtube_units for plan in plans)
    if units == 0:
        return 0
    if daily_units == 0:
        raise ValueError("with 0 units a day the crawl never ends")
    later = max(units - units_left, 0)
    return 1 + -(-later // daily_units)


def _plan_batch(
    key: str, rows: pd.DataFrame, channel_of: Mapping[str, str], planned: dict[str, set[str]]
) -> BatchPlan:
    names = rows["video_id"].map(channel_of).dropna()
    new = {
        kind: _claim(ids, planned[kind])
        for kind, ids in (
            ("videos", rows["video_id"]),
            ("channels", names),
            ("artists", rows["artist_id"]),
        )
    }
    calls = {kind: len(cut(ids)) for kind, ids in new.items()}
    return BatchPlan(
        key,
        len(rows),
        **{kind: len(ids) for kind, ids in new.items()},
        youtube_units=calls["videos"] + calls["channels"],
        spotify_calls=calls["artists"],
    )


def _claim(ids: pd.Series, planned: set[str]) -> Collection[str]:
    new = set(ids) - planned
    planned |= new
    return new


def _channel_ids(videos: Mapping[str, Answer]) -> dict[str, str]:
    return {
        id_: answer.payload["snippet"]["channelId"]
        for id_, answer in videos.items()
        if answer.payload is not None
    }


def _channel_names_or_ids(batches: pd.DataFrame, videos: Mapping[str, Answer]) -> dict[str, str]:
    names = {
        id_: name
        for id_, name in zip(batches["video_id"], batches["Channel"], strict=True)
        if id_ not in videos
    }
    return names | _channel_ids(videos)
