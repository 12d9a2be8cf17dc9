"""YouTube's methods over the sandbox's world: a query in, JSON out.

The form of the resources is `youtube_resources.py`'s; keys, quota and faults come before, in
`app.py`.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

from spotyt_dagster.sandbox import youtube_errors as errors
from spotyt_dagster.sandbox.comments import Order
from spotyt_dagster.sandbox.partial_response import parse, select
from spotyt_dagster.sandbox.world import World
from spotyt_dagster.sandbox.youtube_resources import (
    channel_item,
    etag,
    thread_item,
    video_item,
    video_stats_item,
)

MOST_IDS = 50

#: The bucket of the 10,000 units a day that all older methods share.
CLASSIC_BUCKET = "default"

#: Query parameters that every method takes: Google's "system parameters".
SYSTEM_PARAMETERS = frozenset(
    {
        "$.xgafv",
        "access_token",
        "alt",
        "callback",
        "fields",
        "key",
        "oauth_token",
        "prettyPrint",
        "quotaUser",
        "uploadType",
        "upload_protocol",
    }
)


class Query:
    """A request's parameters; lists come comma-separated, repeated, or both.

    Args:
        pairs: names and values as they were sent.
    """

    def __init__(self, pairs: Iterable[tuple[str, str]]):
        self._values: dict[str, list[str]] = {}
        for name, value in pairs:
            self._values.setdefault(name, []).extend(value.split(","))

    def __str__(self) -> str:
        return repr(self._values)

    def check_names(self, allowed: frozenset[str]) -> None:
        """Refuse parameters that are neither allowed nor system parameters.

        Raises:
            ApiError: 400 for an unknown name.
        """
        for name in self._values:
            if name not in allowed and name not in SYSTEM_PARAMETERS:
                raise errors.unknown_parameter(name)

    def all(self, name: str) -> list[str]:
        """Distinct values without empty ones, in the order given."""
        return [value for value in dict.fromkeys(self._values.get(name, ())) if value]

    def text(self, name: str) -> str | None:
        """The value as it was sent, None where it is absent or empty."""
        return ",".join(self._values[name]) if self._values.get(name) else None

    def integer(self, name: str, default: int, low: int, high: int) -> int:
        """A whole number from `low` to `high`, `default` where it is absent.

        Raises:
            ApiError: 400 for anything else.
        """
        value = self.text(name)
        if value is None:
            return default
        if not value.isdecimal() or not low <= int(value) <= high:
            raise errors.invalid_value(
                name, value, f"Values must be within the range: [{low}, {high}]"
            )
        return int(value)

    def parts(self, known: frozenset[str]) -> list[str]:
        """The requested parts of a resource.

        Raises:
            ApiError: 400 for none or for an unknown one.
        """
        parts = self.all("part")
        if not parts:
            raise errors.missing_parameter("part")
        for part in parts:
            if part not in known:
                raise errors.unknown_part(part)
        return parts

    def ids(self, filters: str) -> list[str]:
        """The requested ids.

        Args:
            filters: names of the parameters that the method could be filtered by.

        Raises:
            ApiError: 400 for none or too many.
        """
        ids = self.all("id")
        if not ids:
            raise errors.no_filter(filters)
        if len(self._values["id"]) > MOST_IDS:
            raise errors.invalid_filters()
        return ids


@dataclass(frozen=True)
class Answer:
    """A method's body, the ids (or pages) that were asked for, and the fingerprint of both."""

    body: dict[str, Any]
    asked: list[str]
    etag: str = ""


@dataclass(frozen=True)
class Method:
    """One GET method: its path under /youtube/v3/, and as what it is counted and billed."""

    path: str
    bucket: str
    kind: str
    parameters: frozenset[str]
    answer: Callable[[World, date, Query], Answer]


def call(method: Method, world: World, day: date, query: Query) -> Answer:
    """Answer a query on a day, `etag` and `fields` included.

    Raises:
        ApiError: the query is not one that YouTube takes, or it refuses this video's comments.
    """
    query.check_names(method.parameters)
    fields = query.text("fields")
    try:
        selection = parse(fields) if fields else {}
    except ValueError:
        raise errors.invalid_value("fields", fields or "", "Invalid field selection") from None
    answer = method.answer(world, day, query)
    # An answer is a function of the method, the day and the query, so these are its fingerprint.
    answer.body["etag"] = etag(f"{method.path} {day} {query}")
    return Answer(select(answer.body, selection), answer.asked, answer.body["etag"])


def _videos(world: World, day: date, query: Query) -> Answer:
    parts = query.parts(frozenset({"id", "snippet", "statistics", "status"}))
    ids = query.ids("chart, id, myRating")
    if query.text("maxResults") is not None:
        raise errors.incompatible_parameters("id", "maxResults")
    found = [video for id_ in ids if (video := world.video(id_, day))]
    items = [video_item(video, parts, day) for video in found]
    page_info = {"totalResults": len(items), "resultsPerPage": len(items)}
    return Answer({"kind": "youtube#videoListResponse", "items": items, "pageInfo": page_info}, ids)


def _video_stats(world: World, day: date, query: Query) -> Answer:
    parts = query.parts(frozenset({"id", "snippet", "statistics"}))
    ids = query.ids("id")
    found = [video for id_ in ids if (video := world.video(id_, day))]
    items = [video_stats_item(video, parts, day) for video in found]
    return Answer({"kind": "youtube#batchGetStatsResponse", "items": items}, ids)


def _channels(world: World, day: date, query: Query) -> Answer:
    parts = query.parts(frozenset({"id", "snippet", "statistics"}))
    ids = query.ids("categoryId, forHandle, forUsername, id, managedByMe, mine")
    size = query.integer("maxResults", 5, 0, MOST_IDS)
    start = _start_of_page(query, "channels")
    found = [channel for id_ in ids if (channel := world.channel(id_, day))]
    page = found[start : start + size]
    body: dict[str, Any] = {
        "kind": "youtube#channelListResponse",
        "pageInfo": {"totalResults": len(found), "resultsPerPage": size},
    }
    if page and start + size < len(found):
        body["nextPageToken"] = _page_token("channels", start + size)
    if page:
        # With no hit YouTube leaves the key out: clients that index it crash.
        body["items"] = [channel_item(channel, parts, day) for channel in page]
    # A further page asks for no further ids.
    return Answer(body, [] if start else ids)


def _comment_threads(world: World, day: date, query: Query) -> Answer:
    parts = query.parts(frozenset({"id", "snippet", "replies"}))
    video_id = query.text("videoId")
    if video_id is None:
        raise errors.no_filter("allThreadsRelatedToChannelId, channelId, id, videoId")
    order = query.text("order") or "time"
    if order not in ("relevance", "time"):
        raise errors.invalid_value("order", order, "Expected one of: relevance, time")
    if query.text("textFormat") not in (None, "html", "plainText"):
        raise errors.invalid_value("textFormat", str(query.text("textFormat")), "html or plainText")
    size = query.integer("maxResults", 20, 1, 100)
    section = f"{video_id} {order}"
    start = _start_of_page(query, section)
    video = world.video(video_id, day)
    if video is None:
        raise errors.video_not_found()
    page = world.comment_threads(video_id, day, order=cast(Order, order), start=start, count=size)
    if page is None:
        raise errors.comments_disabled()
    plain = query.text("textFormat") == "plainText"
    body: dict[str, Any] = {
        "kind": "youtube#commentThreadListResponse",
        "pageInfo": {"totalResults": len(page.threads), "resultsPerPage": size},
        "items": [thread_item(video, thread, parts, plain) for thread in page.threads],
    }
    if start + size < page.total:
        body["nextPageToken"] = _page_token(section, start + size)
    return Answer(body, [f"{section} {start}"])


def _page_token(what: str, start: int) -> str:
    return urlsafe_b64encode(f"{start} {what}".encode()).decode()


def _start_of_page(query: Query, what: str) -> int:
    token = query.text("pageToken")
    if token is None:
        return 0
    try:
        start, _, of = urlsafe_b64decode(token).decode().partition(" ")
    except ValueError:
        raise errors.invalid_page_token(token) from None
    if of != what or not start.isdecimal():
        raise errors.invalid_page_token(token)
    return int(start)


METHODS = {
    method.path: method
    for method in (
        Method(
            "videos",
            CLASSIC_BUCKET,
            "videos",
            frozenset({"part", "id", "maxResults", "pageToken", "hl", "regionCode"}),
            _videos,
        ),
        Method(
            "videos:batchGetStats",
            "batchGetStats",
            "video_stats",
            frozenset({"part", "id"}),
            _video_stats,
        ),
        Method(
            "channels",
            CLASSIC_BUCKET,
            "channels",
            frozenset({"part", "id", "maxResults", "pageToken", "hl"}),
            _channels,
        ),
        Method(
            "commentThreads",
            CLASSIC_BUCKET,
            "comment_pages",
            frozenset({"part", "videoId", "order", "maxResults", "pageToken", "textFormat"}),
            _comment_threads,
        ),
    )
}
