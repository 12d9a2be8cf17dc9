"""Three ways to ask YouTube for the same videos and channels, against one sandbox.

Prints one JSON object; README.md says what it means.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd
import requests
from googleapiclient.discovery import build
from world import ENDLESS_UNITS, Sandbox, arguments, machine, print_json, sandbox, source

from spotyt_dagster.clock import system_clock
from spotyt_dagster.sandbox.server import SANDBOX_KEY
from spotyt_dagster.settings import Settings
from spotyt_dagster.sources.crawl import crawl
from spotyt_dagster.sources.crawl_store import CrawlStore, open_store
from spotyt_dagster.sources.entity_type import MAX_IDS_PER_REQUEST
from spotyt_dagster.sources.raw_table import read_tracks
from spotyt_dagster.sources.session import new_session
from spotyt_dagster.sources.youtube import CHANNELS, VIDEOS, YouTube, videos_table
from spotyt_dagster.tables.batches import crawl_batches
from spotyt_dagster.tables.official import official_tracks

#: Every way asks for the same parts and fields, so that answers are as long for one as for another.
VIDEO_QUERY = {
    "part": "snippet,statistics,status",
    "fields": "items(id,snippet(publishedAt,channelId),"
    "statistics(viewCount,likeCount,commentCount),status(madeForKids))",
}
CHANNEL_QUERY = {
    "part": "statistics",
    "fields": "nextPageToken,items(id,statistics(subscriberCount,hiddenSubscriberCount))",
}


@dataclass(frozen=True)
class Measured:
    """One way's cost: seconds of wall time, and what the sandbox counted.

    `repeated_ids` is right once every id of the table has been asked for that day.
    """

    seconds: float
    units: int
    repeated_ids: int
    channels: set[str]


def measured(server: Sandbox, way: Callable[[], set[str]]) -> Measured:
    """Time one way and read from the server what it cost. `way` returns channels it read."""
    before = server.stats()
    start = time.perf_counter()
    channels = way()
    seconds = time.perf_counter() - start
    after = server.stats()
    if before["quota_day"] != after["quota_day"]:
        raise SystemExit("a day of quota ended meanwhile, so the counts began anew: run it again")
    repeated = _ids(after, "asked") - _ids(before, "asked") - _ids(after, "distinct")
    return Measured(seconds, _units(after) - _units(before), repeated, channels)


def row_by_row(server: Sandbox, video_ids: list[str]) -> set[str]:
    """The study's way: for each row a call for its video, one for its channel, each on its own."""
    channels = set()
    for video_id in video_ids:
        (channel_id,) = _get(server, "videos", VIDEO_QUERY, video_id, _channel_id) or (None,)
        if channel_id:
            channels.update(_get(server, "channels", CHANNEL_QUERY, channel_id, _id))
    return channels


def googles_client(server: Sandbox, video_ids: list[str]) -> set[str]:
    """Google's client with fifty distinct ids a call, one call after the other."""
    with build(
        "youtube", "v3", developerKey=SANDBOX_KEY, static_discovery=True,
        client_options={"api_endpoint": server.url},
    ) as youtube:  # fmt: skip
        videos = [
            item
            for page in _pages(video_ids)
            for item in youtube.videos().list(id=page, **VIDEO_QUERY).execute().get("items", ())
        ]
        pages = _pages([_channel_id(item) for item in videos])
        return {
            _id(item)
            for page in pages
            for item in youtube.channels()
            .list(id=page, maxResults=MAX_IDS_PER_REQUEST, **CHANNEL_QUERY)
            .execute()
            .get("items", ())
        }


def this_crawl(server: Sandbox, batches: list[list[str]]) -> set[str]:
    """The product's crawl with its ledger and store in a new SQLite file, batch by batch."""
    parallel_calls = Settings().parallel_calls
    with (
        TemporaryDirectory() as folder,
        open_store(f"sqlite:///{Path(folder)}/crawl.db", "sandbox", system_clock) as store,
        new_session(parallel_calls) as session,
    ):
        youtube = YouTube(f"{server.url}/youtube/v3", SANDBOX_KEY, ENDLESS_UNITS, session, store)
        return {
            channel
            for video_ids in batches
            for channel in _crawl_batch(youtube, store, video_ids, parallel_calls)
        }


def _crawl_batch(
    youtube: YouTube, store: CrawlStore, video_ids: list[str], parallel_calls: int
) -> set[str]:
    videos = crawl(VIDEOS, video_ids, youtube.videos, store, parallel_calls).records
    channel_ids = videos_table(videos, "sandbox")["channelId"].dropna()
    channels = crawl(CHANNELS, channel_ids, youtube.channels, store, parallel_calls).records
    return {answer.entity_id for answer in channels if answer.payload is not None}


def _get(
    server: Sandbox, path: str, query: dict[str, str], id_: str, read: Callable[[dict], str]
) -> list[str]:
    response = requests.get(
        f"{server.url}/youtube/v3/{path}",
        params=query | {"id": id_},
        headers={"X-Goog-Api-Key": SANDBOX_KEY},
        timeout=30,
    )
    response.raise_for_status()
    return [read(item) for item in response.json().get("items", ())]


def _pages(ids: list[str]) -> list[str]:
    distinct = list(dict.fromkeys(ids))
    starts = range(0, len(distinct), MAX_IDS_PER_REQUEST)
    return [",".join(distinct[start : start + MAX_IDS_PER_REQUEST]) for start in starts]


def _id(item: dict[str, Any]) -> str:
    return item["id"]


def _channel_id(item: dict[str, Any]) -> str:
    return item["snippet"]["channelId"]


def _units(stats: dict[str, Any]) -> int:
    return stats["units_today"].get("default", 0)


def _ids(stats: dict[str, Any], which: str) -> int:
    return sum(counts[which] for counts in stats["ids"].values())


def one_round(
    server: Sandbox, official: pd.DataFrame, batch_rows: int, study_rows: int, number: int
) -> dict[str, Any]:
    """Each way once; `number` chooses which rows the slow way is measured on."""
    ids = official["video_id"].tolist()
    batched = crawl_batches(official, batch_rows).groupby("batch")["video_id"].agg(list)
    step = max(len(ids) // study_rows, 1)
    some = ids[number % step :: step][:study_rows]

    study = measured(server, lambda: row_by_row(server, some))
    google = measured(server, lambda: googles_client(server, ids))
    ours = measured(server, lambda: this_crawl(server, [ids]))
    in_batches = measured(server, lambda: this_crawl(server, batched.tolist()))
    if not google.channels == ours.channels == in_batches.channels:
        raise SystemExit("the ways did not read the same channels, so their times say nothing")

    scale = len(ids) / len(some)
    return {
        "a_row_by_row": {"seconds": study.seconds * scale, "units": round(study.units * scale)},
        "b_googles_client": {"seconds": google.seconds, "units": google.units},
        "c_this_crawl": {
            "seconds": ours.seconds,
            "units": ours.units,
            "repeated_ids": ours.repeated_ids,
        },
        "c_in_batches": {
            "seconds": in_batches.seconds,
            "units": in_batches.units,
            "repeated_ids": in_batches.repeated_ids,
        },
        "times_faster_than_a": study.seconds * scale / ours.seconds,
        "times_faster_than_b": google.seconds / ours.seconds,
    }


def middle(rounds: list[Any]) -> Any:
    """The median of each figure over the rounds."""
    if isinstance(rounds[0], dict):
        return {name: middle([one[name] for one in rounds]) for name in rounds[0]}
    return round(median(rounds), 3)


def main() -> None:
    """Measure and print."""
    parser = arguments(__doc__)
    parser.add_argument("--latency", type=float, default=0.05, help="seconds a call")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--study-rows", type=int, default=200, help="rows that (a) is measured on")
    options = parser.parse_args()
    tracks, _ = read_tracks(source(options.raw), Settings().seed)
    official = official_tracks(tracks)
    with sandbox(options.raw, options.latency) as server:
        rounds = [
            one_round(server, official, Settings().batch_rows, options.study_rows, number)
            for number in range(options.rounds)
        ]
    print_json(
        {
            "benchmark": "crawl",
            "raw": tracks["raw_source"].iloc[0],
            "rows": len(official),
            "latency_s": options.latency,
            "rows_measured_for_a": min(options.study_rows, len(official)),
            "parallel_calls": Settings().parallel_calls,
            "rounds": len(rounds),
            **machine(),
            **middle(rounds),
            "ratios_by_round": {
                name: [round(one[name], 1) for one in rounds]
                for name in ("times_faster_than_a", "times_faster_than_b")
            },
        }
    )


if __name__ == "__main__":
    main()
