"""Today's numbers, batch by batch: videos, their channels, the artists.

A crawl that the day's quota ends is no failure: the step succeeds without a file, the partition
stays missing, and an observation says how far it came and when it resumes.
"""

from collections.abc import Iterator
from typing import Any

import dagster as dg
import pandas as pd

from spotyt_dagster.defs.conventions import (
    SPOTIFY_POOL,
    YOUTUBE_POOL,
    asset_defaults,
    user_errors_as_failures,
)
from spotyt_dagster.defs.partitions import CRAWL_BATCHES
from spotyt_dagster.defs.resources import ApiClients
from spotyt_dagster.sources import spotify, youtube
from spotyt_dagster.sources.crawl import Crawl, crawl
from spotyt_dagster.tables.batches import rows_of

_BATCHES = {"crawl_batches": dg.AssetIn(key=["ingest", "crawl_batches"])}


def _batchwise(service: str) -> dict[str, Any]:
    """The arguments of an asset that crawls one batch, or yields nothing where quota ends it."""
    return {
        "partitions_def": CRAWL_BATCHES,
        "output_required": False,
        "dagster_type": pd.DataFrame,
        **asset_defaults("crawl", service, "parquet"),
    }


#: What a crawl asset yields: its table, or word of where it stopped.
Outcome = Iterator[dg.Output[pd.DataFrame] | dg.AssetObservation]


@dg.asset(
    ins=_BATCHES,
    pool=YOUTUBE_POOL,
    **_batchwise("youtube"),
)
def youtube_videos(
    context: dg.AssetExecutionContext, apis: ApiClients, crawl_batches: pd.DataFrame
) -> Outcome:
    """Views, likes, comments, channel and date of the batch's videos, as YouTube has them now."""
    ids = _of_batch(context, crawl_batches)["video_id"]
    with user_errors_as_failures(), apis.open() as crawler:
        done = crawl("video", ids, crawler.youtube.videos, crawler.store, crawler.parallel_calls)
        yield _outcome(context, done, youtube.videos_table(done.answers, crawler.api))


@dg.asset(
    ins=_BATCHES,
    pool=YOUTUBE_POOL,
    **_batchwise("youtube"),
)
def youtube_channels(
    context: dg.AssetExecutionContext,
    apis: ApiClients,
    crawl_batches: pd.DataFrame,
    youtube_videos: pd.DataFrame,
) -> Outcome:
    """Subscribers of the channels that the batch's videos are on."""
    # A file of videos may be left from batches of another size, and hold videos of other batches.
    own = youtube_videos["video_id"].isin(_of_batch(context, crawl_batches)["video_id"])
    ids = youtube_videos.loc[own, "channelId"].dropna()
    with user_errors_as_failures(), apis.open() as crawler:
        done = crawl(
            "channel", ids, crawler.youtube.channels, crawler.store, crawler.parallel_calls
        )
        yield _outcome(context, done, youtube.channels_table(done.answers, crawler.api))


@dg.asset(
    ins=_BATCHES,
    pool=SPOTIFY_POOL,
    **_batchwise("spotify"),
)
def spotify_artists(
    context: dg.AssetExecutionContext, apis: ApiClients, crawl_batches: pd.DataFrame
) -> Outcome:
    """Popularity and followers of the batch's artists, where Spotify's tier gives them."""
    ids = _of_batch(context, crawl_batches)["artist_id"]
    with user_errors_as_failures(), apis.open() as crawler:
        done = crawl("artist", ids, crawler.spotify.artists, crawler.store, crawler.parallel_calls)
        yield _outcome(context, done, spotify.artists_table(done.answers, crawler.api))


def _of_batch(context: dg.AssetExecutionContext, crawl_batches: pd.DataFrame) -> pd.DataFrame:
    with user_errors_as_failures():
        return rows_of(crawl_batches, context.partition_key)


def _outcome(
    context: dg.AssetExecutionContext, done: Crawl, table: pd.DataFrame
) -> dg.Output[pd.DataFrame] | dg.AssetObservation:
    facts = {
        "pages asked": done.pages_answered,
        "pages in all": done.pages,
        "could not be read": int(table["missing_reason"].notna().sum()),
    }
    if done.stopped is None:
        return dg.Output(table, metadata=facts)
    context.log.warning(
        f"{done.pages_answered} of {done.pages} pages asked, then {done.stopped}. What was "
        "answered is kept; materialize this partition again then."
    )
    resumes_at = done.stopped.resumes_at.timestamp()
    return dg.AssetObservation(
        context.asset_key,
        partition=context.partition_key,
        description=str(done.stopped),
        metadata={**facts, "resumes at": dg.MetadataValue.timestamp(resumes_at)},
    )
