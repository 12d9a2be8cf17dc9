"""Small synthetic tables, and the two backends on which every table step must agree."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa
import pytest

from spotyt_dagster.sample.tracks import sample_tracks
from spotyt_dagster.sources.crawl_store import EntityRecord
from spotyt_dagster.sources.entities import ENTITY_TYPES
from spotyt_dagster.sources.spotify import artists_table
from spotyt_dagster.sources.youtube import channels_table, videos_table
from spotyt_dagster.tables.batches import crawl_batches
from spotyt_dagster.tables.crawled import CrawledTable
from spotyt_dagster.tables.official import official_tracks

#: Batches of the small tables.
BATCH_ROWS = 60
FIRST, LATER = datetime.fromisoformat("2026-11-20T08:00Z"), datetime.fromisoformat("2026-11-21T08Z")


@pytest.fixture(params=["pandas", "duckdb"])
def give(request: pytest.FixtureRequest) -> Callable[[pd.DataFrame], Any]:
    """Gives a frame to a table step in the form of a backend."""
    if request.param == "pandas":
        return lambda frame: frame
    return lambda frame: duckdb.from_arrow(pa.Table.from_pandas(frame, preserve_index=False))


def take(table: Any) -> pd.DataFrame:
    """The result of a table step as pandas, whatever the backend; integers stay integers."""
    if isinstance(table, pd.DataFrame):
        table = pa.Table.from_pandas(table.reset_index(drop=True), preserve_index=False)
    elif isinstance(table, duckdb.DuckDBPyRelation):
        table = table.to_arrow_table()
    nullable = {pa.int64(): pd.Int64Dtype(), pa.bool_(): pd.BooleanDtype()}
    return table.to_pandas(types_mapper=nullable.get).convert_dtypes(dtype_backend="pyarrow")


@pytest.fixture(scope="session")
def raw() -> pd.DataFrame:
    """300 synthetic rows of the raw table, 10 an artist, some without a video, likes or streams."""
    return sample_tracks(seed=11, rows=300).assign(raw_source="sample")


@pytest.fixture(scope="session")
def official(raw: pd.DataFrame) -> pd.DataFrame:
    return official_tracks(raw)


@pytest.fixture(scope="session")
def batches(official: pd.DataFrame) -> pd.DataFrame:
    return crawl_batches(official, BATCH_ROWS)


def read(
    video: str, channel: str = "UC1", views: int = 1_000, at: datetime = FIRST,
    likes: int = 10, comments: int = 1,
) -> EntityRecord:  # fmt: skip
    """A video as YouTube answers it; counts below 0 are hidden."""
    counts = {"viewCount": views, "likeCount": likes, "commentCount": comments}
    payload = {
        "id": video,
        "snippet": {"publishedAt": "2015-06-07T08:09:10Z", "channelId": channel},
        "statistics": {name: str(count) for name, count in counts.items() if count >= 0},
        "status": {"madeForKids": False},
    }
    return EntityRecord("video", video, payload, None, at)


def unread(entity: str, reason: str, at: datetime = FIRST) -> EntityRecord:
    """An entity that could not be read."""
    return EntityRecord("any", entity, None, reason, at)


@pytest.fixture(scope="session")
def crawl(batches: pd.DataFrame) -> dict[str, list[pd.DataFrame]]:
    """All batches crawled: every 17th video deleted, every 13th failed, some counts hidden."""
    tables: dict[str, list[pd.DataFrame]] = {"videos": [], "channels": [], "artists": []}
    videos = {
        id_: _answer(id_, place) for place, id_ in enumerate(batches["video_id"].drop_duplicates())
    }
    for _, rows in batches.groupby("batch"):
        asked = [videos[id_] for id_ in rows["video_id"].drop_duplicates()]
        tables["videos"].append(videos_table(asked, "sandbox"))
        tables["channels"].append(channels_table([_channel(f"UC{n}") for n in range(9)], "sandbox"))
        artists = [_artist(id_) for id_ in rows["artist_id"].drop_duplicates()]
        tables["artists"].append(artists_table(artists, "sandbox"))
    return tables


def as_one(
    crawl: Mapping[str, Sequence[pd.DataFrame]],
    give: Callable[[pd.DataFrame], Any] = lambda frame: frame,
) -> list[CrawledTable[Any]]:
    """The table of each entity type, of all batches in one; types that `crawl` lacks are empty."""
    return [
        CrawledTable(
            one.name,
            give(
                pd.concat([one.to_table((), "none"), *crawl.get(one.plural, ())], ignore_index=True)
            ),
            one.id_column,
            one.join_on,
        )
        for one in ENTITY_TYPES
    ]


def _answer(video: str, place: int) -> EntityRecord:
    if place % 17 == 3:
        return unread(video, "not_found")
    if place % 13 == 5:
        return unread(video, "error")
    likes, comments = (-1 if place % 7 == 0 else 10), (-1 if place % 5 == 0 else 1)
    return read(video, f"UC{place % 9}", 10**6 + place, likes=likes, comments=comments)


def _channel(id_: str) -> EntityRecord:
    statistics = {"hiddenSubscriberCount": id_ == "UC3", "subscriberCount": "1230"}
    return EntityRecord("channel", id_, {"id": id_, "statistics": statistics}, None, FIRST)


def _artist(id_: str) -> EntityRecord:
    return EntityRecord("artist", id_, {"popularity": 50, "followers": 7_000}, None, FIRST)
