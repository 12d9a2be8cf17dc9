"""YouTube's Data API v3 as this product asks it: known ids, fifty a request, key in a header."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import pandas as pd
import requests

from spotyt_dagster.clock import Clock, next_reset
from spotyt_dagster.exceptions import ApiAccessError, SourceUnavailableError
from spotyt_dagster.settings import PREFIX, YOUTUBE_KEY
from spotyt_dagster.sources.crawl_store import ERROR, CrawlStore, EntityRecord
from spotyt_dagster.sources.entity_type import MAX_IDS_PER_REQUEST, Access, EntityType, Service
from spotyt_dagster.sources.http import (
    NO_JSON,
    RequestRejectedError,
    RetryPolicy,
    classify_transient,
    clean_secret,
    is_retryable,
)
from spotyt_dagster.sources.ledger import Bucket, QuotaExhausted
from spotyt_dagster.sources.metered_client import MeteredClient
from spotyt_dagster.sources.response_table import (
    counts,
    flags,
    instants,
    part,
    records_table,
    texts,
)
from spotyt_dagster.sources.session import HeaderAuth
from spotyt_dagster.sources.shapes import (
    Channel,
    Shape,
    Video,
    has_shape,
    identified,
    require,
    require_any_read,
)

LIVE_URL = "https://youtube.googleapis.com/youtube/v3"

#: What list methods draw on; YouTube gives a project 10,000 units a day.
UNITS = Bucket("youtube/units", 10_000, limit_setting=f"{PREFIX}YOUTUBE_DAILY_UNITS")

_DAY_REASONS = {"quotaExceeded", "dailyLimitExceeded"}
_RATE_REASONS = {"rateLimitExceeded", "userRateLimitExceeded", "RATE_LIMIT_EXCEEDED"}
#: Reasons to ask again, whatever the status.
_RETRYABLE_REASONS = _RATE_REASONS | {"processingFailure"}
_KEY_REASONS = {"API_KEY_INVALID", "keyInvalid"}
#: How YouTube words it where the reason is a mere badRequest or forbidden.
_KEY_WORDS = ("api key not valid", "api key expired", "unregistered callers")
#: Google quotes the key when it refuses a suspended project: "Consumer 'api_key:…' has been …".
_QUOTED_KEY = re.compile(r"api_key:[\w-]+")


def units_bucket(daily_units: int, key: str) -> Bucket:
    """Make the bucket that list methods draw on with a key.

    YouTube counts by project, but a key does not say which one it is of: two keys are two accounts.

    Args:
        daily_units: what a day may cost.
        key: the API key.

    Returns:
        `UNITS` of the key's account.
    """
    return UNITS.of_account(key, daily_units)


@dataclass(frozen=True)
class Resource:
    """A list method of the API, and what its items must look like.

    Attributes:
        entity_type: name of the type that records of its items bear.
        path: of the method, below the base address.
        params: the query without the ids; `fields` should name what is read and `nextPageToken`
            where there may be further pages.
        shape: of an item.
        kind_if_empty: `kind` of a response without `items`, which then has none; None where `items`
            is always there.
        bucket: what a request draws on.
    """

    entity_type: str
    path: str
    params: Mapping[str, str]
    shape: type[Shape]
    kind_if_empty: str | None = None
    bucket: Bucket = UNITS


_VIDEOS = Resource(
    entity_type="video",
    path="videos",
    params={
        "part": "snippet,statistics,status",
        "fields": "items(id,snippet(publishedAt,channelId),"
        "statistics(viewCount,likeCount,commentCount),status(madeForKids))",
    },
    shape=Video,
)
_CHANNELS = Resource(
    entity_type="channel",
    path="channels",
    params={
        "part": "statistics",
        "fields": "kind,nextPageToken,items(id,statistics(subscriberCount,hiddenSubscriberCount))",
        # The default is pages of five; fifty ids then cost ten units instead of one.
        "maxResults": str(MAX_IDS_PER_REQUEST),
    },
    shape=Channel,
    # Without a hit `items` is absent: only the kind tells that from no answer at all.
    kind_if_empty="youtube#channelListResponse",
)


class YouTube:
    """Reads videos, channels and other resources by id.

    Args:
        base_url: `LIVE_URL`, or the sandbox's.
        key: the API key; it is sent in a header only.
        daily_units: what a day may cost of `UNITS`.
        session: shared by the threads of a crawl.
        store: ledger and records.
        policy: how transient failures are retried; the default policy where None.

    Raises:
        SettingsError: the key holds what no key can hold.
    """

    def __init__(
        self,
        base_url: str,
        key: str,
        daily_units: int,
        session: requests.Session,
        store: CrawlStore,
        policy: RetryPolicy | None = None,
    ):
        self.bucket = units_bucket(daily_units, key)
        self._url = base_url.rstrip("/")
        self._auth = HeaderAuth("X-Goog-Api-Key", clean_secret(key, YOUTUBE_KEY))
        self._clock = store.clock
        self._client = MeteredClient(session, store, classify, policy or RetryPolicy())

    def videos(self, ids: Sequence[str]) -> Sequence[EntityRecord]:
        """Ask for videos: publishedAt, channelId, counts, madeForKids.

        Args:
            ids: at most `MAX_IDS_PER_REQUEST`, distinct.

        Returns:
            A record for each id, with the item as YouTube writes it. One that is deleted or private
            has `missing_reason` `not_found`.

        Raises:
            QuotaExhausted: no unit is left.
            ApiAccessError: YouTube does not accept the key or the request.
            SourceUnavailableError: still failing after the last attempt.
        """
        return self.read(_VIDEOS, ids)

    def channels(self, ids: Sequence[str]) -> Sequence[EntityRecord]:
        """Ask for channels: their subscribers, if they show them.

        Args:
            ids: at most `MAX_IDS_PER_REQUEST`, distinct.

        Returns:
            A record for each id, with the item as YouTube writes it.

        Raises:
            QuotaExhausted: no unit is left.
            ApiAccessError: YouTube does not accept the key or the request.
            SourceUnavailableError: still failing after the last attempt.
        """
        return self.read(_CHANNELS, ids)

    def read(self, resource: Resource, ids: Sequence[str]) -> Sequence[EntityRecord]:
        """Ask for items of a resource by id, page by page, and store what each page says.

        Args:
            resource: what is asked for.
            ids: at most `MAX_IDS_PER_REQUEST`, distinct.

        Returns:
            A record for each id: the item; none (`not_found`) where no page lists it; none
            (`error`) where its item has an odd value.

        Raises:
            QuotaExhausted: no unit is left.
            ApiAccessError: YouTube does not accept the key or the request.
            SourceUnavailableError: still failing after the last attempt.
            ValueError: there are too many ids.
        """
        path = resource.path
        if len(ids) > MAX_IDS_PER_REQUEST:
            raise ValueError(
                f"{path} takes at most {MAX_IDS_PER_REQUEST} ids per request, got {len(ids)}"
            )

        records: list[EntityRecord] = []
        left, page_token = list(ids), None

        def read(body: Any) -> list[EntityRecord]:
            nonlocal page_token
            now = self._clock()
            items = _items(body, resource.kind_if_empty)
            # An id that is absent may be on the next page, if this one brings us on at all.
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
                _record(resource, id_, items.get(id_), now)
                for id_ in left
                if id_ in items or page_token is None
            ]
            require_any_read(answered, "YouTube")
            return answered

        url, bucket = f"{self._url}/{path}", self._bucket(resource)
        query = {**resource.params, "id": ",".join(ids)}
        while left:
            page = query if page_token is None else query | {"pageToken": page_token}
            try:
                records += self._client.get(bucket, url, page, self._auth, read)
            except RequestRejectedError as error:
                raise ApiAccessError(
                    f"YouTube refuses what {path} asks ({error}). No setting fixes this: the API "
                    "has changed or this program is at fault; please report it."
                ) from error
            answered = {record.entity_id for record in records}
            left = [id_ for id_ in left if id_ not in answered]
        return records

    def _bucket(self, resource: Resource) -> Bucket:
        if resource.bucket == UNITS:
            return self.bucket
        return replace(resource.bucket, account=self.bucket.account)


def classify(response: requests.Response, clock: Clock) -> None:
    """Raise what a response of YouTube's means, if it is an error.

    Old and new forms differ: the reason is in errors[0].reason, details[0].reason or both, and an
    exhausted quota comes as 403 quotaExceeded, 403 dailyLimitExceeded or 429 with a quota unit of
    "1/d/{project}".

    Args:
        response: of any method.
        clock: says when the next day of quota begins.

    Raises:
        QuotaExhausted: the day's units are used up.
        TransientError: asking again may help.
        ApiAccessError: the key is not accepted.
        RequestRejectedError: any other error.
    """
    if response.ok:
        return
    status, error = response.status_code, _error_of(response)
    reasons, unit = _reasons(error), _quota_unit(error)
    message = f"YouTube answers {status} {'/'.join(sorted(reasons)) or response.reason}"
    if reasons & _DAY_REASONS or unit.startswith("1/d/"):
        raise QuotaExhausted("YouTube says the day's quota is used up", next_reset(clock()))
    if is_retryable(status) or reasons & _RETRYABLE_REASONS:
        raise classify_transient(message, response, clock)
    wording = _message(error).lower()
    if reasons & _KEY_REASONS or any(words in wording for words in _KEY_WORDS):
        raise ApiAccessError(f"{message}: the key is not valid. Set {YOUTUBE_KEY} to a valid one.")
    if status == 403 and not reasons & {"commentsDisabled"}:
        raise ApiAccessError(
            f"{message}: {_message(error)} Look in the Google Cloud console whether the YouTube "
            f"Data API v3 is enabled for the project of {YOUTUBE_KEY} and the key unrestricted."
        )
    raise RequestRejectedError(status, "/".join(sorted(reasons)), _message(error))


def videos_table(records: Sequence[EntityRecord], api: str) -> pd.DataFrame:
    """Make the table of videos.

    Args:
        records: from `YouTube.videos`.
        api: who said so, `live` or `sandbox`.

    Returns:
        A row per record: video_id, channelId, publishedAt (UTC), viewCount, likeCount and
        commentCount (Int64), madeForKids (boolean), fetched_at, api, missing_reason. Hidden counts
        are missing, not 0.
    """
    payloads = [record.payload or {} for record in records]
    snippets = [part(payload, "snippet") for payload in payloads]
    statistics = [part(payload, "statistics") for payload in payloads]
    return records_table(
        "video_id",
        records,
        api,
        channelId=texts([one.get("channelId") for one in snippets]),
        publishedAt=instants([one.get("publishedAt") for one in snippets]),
        viewCount=counts([one.get("viewCount") for one in statistics]),
        likeCount=counts([one.get("likeCount") for one in statistics]),
        commentCount=counts([one.get("commentCount") for one in statistics]),
        madeForKids=flags([part(one, "status").get("madeForKids") for one in payloads]),
    )


def channels_table(records: Sequence[EntityRecord], api: str) -> pd.DataFrame:
    """Make the table of channels.

    Args:
        records: from `YouTube.channels`.
        api: who said so, `live` or `sandbox`.

    Returns:
        A row per record: channelId, youtubeChannelSubscriber (Int64; hidden ones are missing, not
        0), fetched_at, api, missing_reason.
    """
    statistics = [part(record.payload, "statistics") for record in records]
    shown = [
        None if one.get("hiddenSubscriberCount") else one.get("subscriberCount")
        for one in statistics
    ]
    return records_table("channelId", records, api, youtubeChannelSubscriber=counts(shown))


def _client(access: Access) -> YouTube:
    (url,), (key,) = access.urls, access.credentials
    limit = access.daily_units[UNITS.name]
    return YouTube(url, key, limit, access.session, access.store)


YOUTUBE = Service(
    name="youtube",
    title="YouTube",
    secrets=(YOUTUBE_KEY,),
    live_urls=(LIVE_URL,),
    sandbox_paths=("/youtube/v3",),
    client=_client,
)
VIDEOS = EntityType(
    name="video",
    plural="videos",
    description=(
        "Views, likes, comments, channel and date of the batch's videos, as YouTube has them now."
    ),
    service=YOUTUBE,
    bucket=UNITS,
    fetch=YouTube.videos,
    to_table=videos_table,
    id_column="video_id",
    join_on=("video_id",),
)
CHANNELS = EntityType(
    name="channel",
    plural="channels",
    description="Subscribers of the channels that the batch's videos are on.",
    service=YOUTUBE,
    bucket=UNITS,
    fetch=YouTube.channels,
    to_table=channels_table,
    id_column="channelId",
    join_on=("channelId", "api"),
    listed_in=VIDEOS,
    stand_in="Channel",
)


def _items(body: Any, kind_if_empty: str | None) -> dict[str, dict]:
    """The items of a page by id."""
    require(isinstance(body, dict) and "error" not in body, "YouTube")
    if kind_if_empty and "items" not in body and body.get("kind") == kind_if_empty:
        return {}
    require(identified(body.get("items")), "YouTube")
    return {item["id"]: item for item in body["items"]}


def _record(resource: Resource, id_: str, item: dict | None, now: datetime) -> EntityRecord:
    """What a page says of an id; an odd value in its item makes it `error`, its neighbours not."""
    if item is None:
        return EntityRecord(resource.entity_type, id_, None, "not_found", now)
    if not has_shape(item, resource.shape):
        return EntityRecord(resource.entity_type, id_, None, ERROR, now)
    return EntityRecord(resource.entity_type, id_, item, None, now)


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
