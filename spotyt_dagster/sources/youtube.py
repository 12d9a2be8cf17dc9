"""YouTube's Data API v3 as this product asks it: known ids, fifty a call, the key in a header."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pandas as pd
import requests

from spotyt_dagster.clock import Clock, next_reset
from spotyt_dagster.exceptions import ApiAccessError, SourceUnavailableError
from spotyt_dagster.settings import YOUTUBE_KEY
from spotyt_dagster.sources.crawl_store import Answer, CrawlStore
from spotyt_dagster.sources.http import (
    MAX_IDS_PER_REQUEST,
    NO_JSON,
    DayIsOver,
    MeteredClient,
    RequestRejectedError,
    RetryPolicy,
    classify_transient,
    clean_secret,
)
from spotyt_dagster.sources.ledger import Bucket, account_of
from spotyt_dagster.sources.response_table import (
    answers_table,
    counts,
    flags,
    instants,
    part,
    texts,
)
from spotyt_dagster.sources.session import HeaderAuth
from spotyt_dagster.sources.shapes import (
    Channel,
    Video,
    has_shape,
    identified,
    require,
    require_any_read,
)

LIVE_URL = "https://youtube.googleapis.com/youtube/v3"

VIDEO, CHANNEL = "video", "channel"
_SHAPES = {VIDEO: Video, CHANNEL: Channel}

_VIDEO_FIELDS = (
    "items(id,snippet(publishedAt,channelId),"
    "statistics(viewCount,likeCount,commentCount),status(madeForKids))"
)
_CHANNEL_FIELDS = "kind,nextPageToken,items(id,statistics(subscriberCount,hiddenSubscriberCount))"
#: Without a hit the channels' `items` is absent: only the kind tells that from no answer at all.
_CHANNELS_KIND = "youtube#channelListResponse"
_DAY_REASONS = {"quotaExceeded", "dailyLimitExceeded"}
_RATE_REASONS = {"rateLimitExceeded", "userRateLimitExceeded", "RATE_LIMIT_EXCEEDED"}
_PASSING_STATUS, _PASSING_REASONS = {408, 409, 429}, {"processingFailure"}
_KEY_REASONS = {"API_KEY_INVALID", "keyInvalid"}
#: How YouTube words it where the reason is a mere badRequest or forbidden.
_KEY_WORDS = ("api key not valid", "api key expired", "unregistered callers")
#: Google quotes the key when it refuses a suspended project: "Consumer 'api_key:…' has been …".
_QUOTED_KEY = re.compile(r"api_key:[\w-]+")


def units_bucket(daily_units: int, key: str) -> Bucket:
    """The units that list calls with a key draw on, with what a day may cost.

    YouTube counts by project, but a key does not say which one it is of: two keys are two accounts.
    """
    return Bucket("youtube/units", daily_units, account_of(key))


class YouTube:
    """Reads videos and channels by id.

    Args:
        base_url: `LIVE_URL`, or the sandbox's.
        key: the API key; it is sent in a header only.
        daily_units: what a day may cost (YouTube gives a project 10,000).
        session, store, retries: see `http.MeteredClient`.
    """

    def __init__(
        self,
        base_url: str,
        key: str,
        daily_units: int,
        session: requests.Session,
        store: CrawlStore,
        retries: RetryPolicy | None = None,
    ):
        self.bucket = units_bucket(daily_units, key)
        self._url = base_url.rstrip("/")
        self._auth = HeaderAuth("X-Goog-Api-Key", clean_secret(key, YOUTUBE_KEY))
        self._clock = store.clock
        self._call = MeteredClient(session, store, classify, retries or RetryPolicy())

    def videos(self, ids: Sequence[str]) -> Sequence[Answer]:
        """Ask for the counts, date, channel and audience of `MAX_IDS_PER_REQUEST` videos at most.

        A video that is deleted or private is answered with `not_found`.
        """
        params = {
            "part": "snippet,statistics,status",
            "fields": _VIDEO_FIELDS,
            "id": ",".join(ids),
        }
        return self._get("videos", params, VIDEO, ids)

    def channels(self, ids: Sequence[str]) -> Sequence[Answer]:
        """Ask for at most `MAX_IDS_PER_REQUEST` channels: their subscribers, if they show them."""
        params = {
            "part": "statistics",
            "fields": _CHANNEL_FIELDS,
            "id": ",".join(ids),
            # The default is pages of five; fifty ids then cost ten units instead of one.
            "maxResults": str(MAX_IDS_PER_REQUEST),
        }
        return self._get("channels", params, CHANNEL, ids)

    def _get(
        self, path: str, params: dict[str, str], kind: str, ids: Sequence[str]
    ) -> Sequence[Answer]:
        if len(ids) > MAX_IDS_PER_REQUEST:
            raise ValueError(
                f"{path} takes at most {MAX_IDS_PER_REQUEST} ids a call, got {len(ids)}"
            )

        answers: list[Answer] = []
        left, page_token = list(ids), None

        def read(body: Any) -> list[Answer]:
            nonlocal page_token
            now = self._clock()
            items = _items(body, kind)
            # An id that is absent may stand on the next page, if this one brings us on at all.
            token = body.get("nextPageToken")
            found = items.keys() & set(left)
            if items and not found:
                # Such a list says nothing of the ids. Paging on behind one that offered another
                # page once made 5,826 calls in a minute.
                raise SourceUnavailableError(
                    f"YouTube's {path} lists nothing that was asked for. What was answered is "
                    "kept: run again later."
                )
            page_token = token if isinstance(token, str) and found else None
            answered = [
                _answer(kind, id_, items.get(id_), now)
                for id_ in left
                if id_ in items or page_token is None
            ]
            require_any_read(answered, "YouTube")
            return answered

        while left:
            page = params if page_token is None else params | {"pageToken": page_token}
            try:
                answers += self._call.get(
                    self.bucket, f"{self._url}/{path}", page, self._auth, read
                )
            except RequestRejectedError as error:
                raise ApiAccessError(
                    f"YouTube refuses what {path} asks ({error}). No setting mends this: the API "
                    "has changed or this program is at fault; please report it."
                ) from error
            answered = {answer.entity_id for answer in answers}
            left = [id_ for id_ in left if id_ not in answered]
        return answers


def classify(response: requests.Response, clock: Clock) -> None:
    """Raise what an answer of YouTube's means, if it is an error.

    Old and new forms differ: the reason stands in errors[0].reason, details[0].reason or both, and
    a day's end comes as 403 quotaExceeded, 403 dailyLimitExceeded or 429 with a quota unit of
    "1/d/{project}".
    """
    if response.ok:
        return
    status, error = response.status_code, _error_of(response)
    reasons, unit = _reasons(error), _quota_unit(error)
    message = f"YouTube answers {status} {'/'.join(sorted(reasons)) or response.reason}"
    if reasons & _DAY_REASONS or unit.startswith("1/d/"):
        raise DayIsOver("YouTube says the day's quota is used up", next_reset(clock()))
    if status in _PASSING_STATUS or reasons & (_RATE_REASONS | _PASSING_REASONS) or status >= 500:
        raise classify_transient(message, response, clock)
    told = _message(error).lower()
    if reasons & _KEY_REASONS or any(words in told for words in _KEY_WORDS):
        raise ApiAccessError(f"{message}: the key is not valid. Set {YOUTUBE_KEY} to a valid one.")
    if status == 403 and not reasons & {"commentsDisabled"}:
        raise ApiAccessError(
            f"{message}: {_message(error)} Look in the Google Cloud console whether the YouTube "
            f"Data API v3 is enabled for the project of {YOUTUBE_KEY} and the key unrestricted."
        )
    raise RequestRejectedError(status, "/".join(sorted(reasons)), _message(error))


def videos_table(answers: Sequence[Answer], api: str) -> pd.DataFrame:
    """Answers on videos as columns: one row an id, what is missing null, `missing_reason` why."""
    payloads = [answer.payload or {} for answer in answers]
    snippets = [part(payload, "snippet") for payload in payloads]
    statistics = [part(payload, "statistics") for payload in payloads]
    return answers_table(
        "video_id",
        answers,
        api,
        channelId=texts([one.get("channelId") for one in snippets]),
        publishedAt=instants([one.get("publishedAt") for one in snippets]),
        viewCount=counts([one.get("viewCount") for one in statistics]),
        likeCount=counts([one.get("likeCount") for one in statistics]),
        commentCount=counts([one.get("commentCount") for one in statistics]),
        madeForKids=flags([part(one, "status").get("madeForKids") for one in payloads]),
    )


def channels_table(answers: Sequence[Answer], api: str) -> pd.DataFrame:
    """Answers on channels as columns; hidden subscribers are null, not 0."""
    statistics = [part(answer.payload, "statistics") for answer in answers]
    shown = [
        None if one.get("hiddenSubscriberCount") else one.get("subscriberCount")
        for one in statistics
    ]
    return answers_table("channelId", answers, api, youtubeChannelSubscriber=counts(shown))


def _items(body: Any, kind: str) -> dict[str, dict]:
    """The items of a page by id."""
    require(isinstance(body, dict) and "error" not in body, "YouTube")
    if kind == CHANNEL and "items" not in body and body.get("kind") == _CHANNELS_KIND:
        return {}
    require(identified(body.get("items")), "YouTube")
    return {item["id"]: item for item in body["items"]}


def _answer(kind: str, id_: str, item: dict | None, now: datetime) -> Answer:
    """What a page says of an id; an odd value in its item makes it `error`, its neighbours not."""
    if item is None:
        return Answer(kind, id_, None, "not_found", now)
    if not has_shape(item, _SHAPES[kind]):
        return Answer(kind, id_, None, "error", now)
    return Answer(kind, id_, item, None, now)


def _error_of(response: requests.Response) -> dict:
    try:
        error = response.json().get("error")
    except (*NO_JSON, AttributeError):
        return {}
    return error if isinstance(error, dict) else {}


def _reasons(error: dict) -> set[str]:
    found = [entry.get("reason") for name in ("errors", "details") for entry in _parts(error, name)]
    return {reason for reason in found if isinstance(reason, str)}


def _quota_unit(error: dict) -> str:
    units = [part(detail, "metadata").get("quota_unit") for detail in _parts(error, "details")]
    return next((str(unit) for unit in units if unit), "")


def _parts(error: dict, name: str) -> list[dict]:
    """The objects that an error lists under a name, if it lists any."""
    listed = error.get(name)
    return [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []


def _message(error: dict) -> str:
    return _QUOTED_KEY.sub("api_key:…", str(error.get("message", "")).strip())
