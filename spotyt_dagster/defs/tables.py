"""From what was crawled to what the models read: the group `tables`."""

import dagster as dg
import duckdb

from ..sources.spotify import artists_table
from ..sources.youtube import channels_table, videos_table
from ..tables import clean, crawled, features
from .automation import AFTER_A_CRAWL
from .house import in_group
from .io_managers import arrow_table, relation

Relation = duckdb.DuckDBPyRelation

_TABLE = in_group("tables", "duckdb", "parquet", automation_condition=AFTER_A_CRAWL)
_INGEST, _CRAWL = "ingest", "crawl"


def _from_ingest(name: str) -> dg.AssetIn:
    return dg.AssetIn(key=[_INGEST, name])


def _every_batch(name: str) -> dg.AssetIn:
    # Batches that were not crawled yet are absent, and their tracks are dropped with that reason.
    return dg.AssetIn(key=[_CRAWL, name], metadata={"allow_missing_partitions": True})


_CRAWLED = {
    "youtube_videos": _every_batch("youtube_videos"),
    "youtube_channels": _every_batch("youtube_channels"),
    "spotify_artists": _every_batch("spotify_artists"),
}


@dg.asset(
    ins={
        "official_tracks": _from_ingest("official_tracks"),
        "crawl_batches": _from_ingest("crawl_batches"),
        **_CRAWLED,
    },
    **_TABLE,
)
def crawled_tracks(
    official_tracks: Relation,
    crawl_batches: Relation,
    youtube_videos: dict[str, Relation],
    youtube_channels: dict[str, Relation],
    spotify_artists: dict[str, Relation],
) -> Relation:
    """The official tracks beside what the crawl read of their video, channel and artist."""
    return crawled.crawled_tracks(
        official_tracks,
        crawl_batches,
        *_with_empty(youtube_videos, youtube_channels, spotify_artists),
    )


@dg.asset(ins=_CRAWLED, **_TABLE)
def crawl_errors(
    youtube_videos: dict[str, Relation],
    youtube_channels: dict[str, Relation],
    spotify_artists: dict[str, Relation],
) -> Relation:
    """What could not be read: which entity, why, when, and whether asking again may help."""
    return crawled.crawl_errors(*_with_empty(youtube_videos, youtube_channels, spotify_artists))


@dg.asset(**_TABLE)
def clean_tracks(crawled_tracks: Relation) -> Relation:
    """The crawled tracks that can be worked with; `dropped_rows` names the others."""
    return clean.clean_tracks(crawled_tracks)


@dg.asset(**_TABLE)
def dropped_rows(context: dg.AssetExecutionContext, crawled_tracks: Relation) -> Relation:
    """The tracks that cleaning leaves out, each with the reason."""
    dropped = clean.dropped_rows(crawled_tracks)
    context.add_output_metadata(clean.counts_by_reason(dropped.df()))
    return dropped


@dg.asset(**_TABLE)
def track_features(clean_tracks: Relation) -> Relation:
    """What the models read: growth since 2023, year, logarithms, the class `youtube_leaning`."""
    return features.track_features(clean_tracks)


@dg.asset(
    ins={"official_tracks": _from_ingest("official_tracks")},
    **in_group("tables", "duckdb", "parquet", automation_condition=dg.AutomationCondition.eager()),
)
def baseline_tracks(official_tracks: Relation) -> Relation:
    """The official tracks with the 2023 columns alone: nothing crawled, so nothing simulated."""
    return features.baseline_features(clean.baseline_tracks(official_tracks))


def _with_empty(
    videos: dict[str, Relation], channels: dict[str, Relation], artists: dict[str, Relation]
) -> list[list[Relation]]:
    """Each kind's batches, behind an empty table that gives the columns where there are none."""
    empty = (videos_table((), "none"), channels_table((), "none"), artists_table((), "none"))
    return [
        [relation(arrow_table(table)), *batches.values()]
        for table, batches in zip(empty, (videos, channels, artists), strict=True)
    ]
