"""What a crawl would cost, before it is made: calls, units and days for each batch."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from spotyt_dagster.exceptions import SettingsError
from spotyt_dagster.sources.crawl import cut
from spotyt_dagster.sources.crawl_store import CrawlStore
from spotyt_dagster.sources.youtube import videos_table


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
    it. A channel whose name another one bears, too, is then counted once too rarely: the plan is a
    bound but for namesakes, and for calls that fail and are tried again.

    Args:
        batches: row, batch, video_id, artist_id, Channel, as `ingest/crawl_batches` has them.
        store: what a crawl need not ask again.
    """
    asked: dict[str, set[str]] = {"video": set(), "channel": set(), "artist": set()}
    return [
        _plan_batch(str(key), rows, store, asked)
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
        SettingsError: no unit a day, so never.
    """
    units = sum(plan.youtube_units for plan in plans)
    if units == 0:
        return 0
    if daily_units == 0:
        raise SettingsError("SPOTYT_YOUTUBE_DAILY_UNITS=0: with no unit a day no crawl ends.")
    later = max(units - units_left, 0)
    return 1 + -(-later // daily_units)


def _plan_batch(
    key: str, rows: pd.DataFrame, store: CrawlStore, asked: dict[str, set[str]]
) -> BatchPlan:
    videos = store.held("video", rows["video_id"])
    channels = set(videos_table(list(videos.values()), store.api)["channelId"].dropna())
    unread = ~rows["video_id"].isin(list(videos))
    new = {
        "video": set(rows["video_id"]) - set(videos),
        "channel": (channels - set(store.held("channel", channels)))
        | set(rows.loc[unread, "Channel"].dropna()),
        "artist": set(rows["artist_id"]) - set(store.held("artist", rows["artist_id"])),
    }
    left = {kind: ids - asked[kind] for kind, ids in new.items()}
    for kind, ids in left.items():
        asked[kind] |= ids
    calls = {kind: len(cut(ids)) for kind, ids in left.items()}
    return BatchPlan(
        batch=key,
        tracks=len(rows),
        videos=len(left["video"]),
        channels=len(left["channel"]),
        artists=len(left["artist"]),
        youtube_units=calls["video"] + calls["channel"],
        spotify_calls=calls["artist"],
    )
