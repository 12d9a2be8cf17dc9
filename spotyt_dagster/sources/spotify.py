"""Spotify's Web API as this product asks it: artists, fifty a request where the tier allows it."""

import re
import threading
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pandas as pd
import requests
from requests.auth import HTTPBasicAuth

from spotyt_dagster.clock import Clock
from spotyt_dagster.exceptions import ApiAccessError
from spotyt_dagster.masking import keep_secret
from spotyt_dagster.settings import SPOTIFY_ID, SPOTIFY_SECRET
from spotyt_dagster.sources.crawl_store import ERROR, CrawlStore, EntityRecord
from spotyt_dagster.sources.entity_type import MAX_IDS_PER_REQUEST, Access, EntityType, Service
from spotyt_dagster.sources.http import (
    NO_JSON,
    RequestRejectedError,
    RetryPolicy,
    TokenExpiredError,
    call_with_retries,
    classify_transient,
    clean_secret,
    is_retryable,
    parse_json,
    retry_after,
    send,
)
from spotyt_dagster.sources.ledger import Bucket, QuotaExhausted
from spotyt_dagster.sources.metered_client import MeteredClient, noting_pauses
from spotyt_dagster.sources.response_table import counts, part, records_table
from spotyt_dagster.sources.session import HeaderAuth
from spotyt_dagster.sources.shapes import Artist, has_shape, identified, require, require_any_read

LIVE_API_URL = "https://api.spotify.com"
LIVE_ACCOUNTS_URL = "https://accounts.spotify.com"

#: What every call draws on. Spotify publishes no number a day: calls are counted, but not limited.
CALLS = Bucket("spotify/calls", None)

_ARTIST = "artist"
_MISSING_BY_STATUS = {404: "not_found", 400: "invalid_id"}

#: Where QUOTA_EXCEEDED names no time: it is a rolling day's quota.
_DAY = timedelta(days=1)

#: How Spotify words it that it cannot read an id.
_ID_AT_FAULT = re.compile(r"invalid (base62 )?id", re.IGNORECASE)

#: What a header can bear.
_TOKEN = re.compile(r"[!-~]+")

#: The reason of a refusal that is no JSON.
_NOT_JSON = "not json"


def calls_bucket(client_id: str) -> Bucket:
    """Make the bucket that an app's calls draw on.

    Args:
        client_id: of the app.

    Returns:
        `CALLS` of the app's account.
    """
    return CALLS.of_account(client_id)


class Spotify:
    """Reads artists by id with a client-credentials token.

    Apps in Development Mode (all new ones since February 2026) are refused the batch call with 403;
    from then on this object asks for one artist at a time.

    Args:
        api_url: `LIVE_API_URL`, or the sandbox's.
        accounts_url: `LIVE_ACCOUNTS_URL`, or the sandbox's.
        client_id: of the app.
        client_secret: of the app.
        session: shared by the threads of a crawl.
        store: ledger and records.
        policy: how transient failures are retried; the default policy where None.

    Raises:
        SettingsError: a credential holds what none can hold.
    """

    def __init__(
        self,
        api_url: str,
        accounts_url: str,
        client_id: str,
        client_secret: str,
        session: requests.Session,
        store: CrawlStore,
        policy: RetryPolicy | None = None,
    ):
        self.bucket = calls_bucket(client_id)
        self._url = api_url.rstrip("/") + "/v1/artists"
        self._clock = store.clock
        policy = policy or RetryPolicy()
        self._token = _Token(
            accounts_url, client_id, client_secret, self.bucket, session, store, policy
        )
        self._client = MeteredClient(session, store, classify, policy)
        self._batch_allowed: bool | None = None
        self._first_batch = threading.Lock()

    def artists(self, ids: Sequence[str]) -> Sequence[EntityRecord]:
        """Ask for popularity and followers of artists.

        Args:
            ids: at most `MAX_IDS_PER_REQUEST`, distinct.

        Returns:
            A record for each id, with popularity (0 to 100) and followers. `missing_reason` is
            `not_found` for an unknown artist, `invalid_id` for an id that Spotify cannot read,
            `not_provided_by_tier` where the app's tier gives neither number.

        Raises:
            QuotaExhausted: Spotify wants no more calls for a while.
            ApiAccessError: Spotify does not accept the app or the request.
            SourceUnavailableError: still failing after the last attempt.
            ValueError: there are too many ids.
        """
        if len(ids) > MAX_IDS_PER_REQUEST:
            raise ValueError(
                f"artists takes at most {MAX_IDS_PER_REQUEST} ids per request, got {len(ids)}"
            )
        # Until one call has shown what the tier allows, the other threads wait for it: each would
        # be refused as well.
        with self._first_batch if self._batch_allowed is None else nullcontext():
            records = self._batch_if_allowed(ids)
        return [self._single(id_) for id_ in ids] if records is None else records

    def _batch_if_allowed(self, ids: Sequence[str]) -> Sequence[EntityRecord] | None:
        if self._batch_allowed is False:
            return None
        try:
            records = self._batch(ids)
        except RequestRejectedError as error:
            _require_id_at_fault(error)
            # 403: the tier has no batch call. 400: one bad id spoils these fifty, not the next.
            if error.status != 400:
                self._batch_allowed = False
            return None
        self._batch_allowed = True
        return records

    def _batch(self, ids: Sequence[str]) -> Sequence[EntityRecord]:
        def read(body: Any) -> list[EntityRecord]:
            listed: Any = body.get("artists") if isinstance(body, dict) else None
            # In the order of the ids; an unknown one is answered with null in its place.
            require(isinstance(listed, list) and len(listed) == len(ids), "Spotify")
            require(identified([item for item in listed if item is not None]), "Spotify")
            records = [self._record(id_, item) for id_, item in zip(ids, listed, strict=True)]
            require_any_read(records, "Spotify")
            return records

        return self._get(self._url, {"ids": ",".join(ids)}, read)

    def _single(self, id_: str) -> EntityRecord:
        def on_rejection(error: RequestRejectedError) -> list[EntityRecord]:
            _require_id_at_fault(error)
            if error.status not in _MISSING_BY_STATUS or error.reason == _NOT_JSON:
                raise ApiAccessError(
                    f"Spotify refuses the artist look-up ({error}). Look in Spotify's developer "
                    f"dashboard whether the app of {SPOTIFY_ID} may use the Web API."
                ) from error
            reason = _MISSING_BY_STATUS[error.status]
            return [EntityRecord(_ARTIST, id_, None, reason, self._clock())]

        url = f"{self._url}/{quote(id_, safe='')}"

        def read(item: Any) -> list[EntityRecord]:
            require(identified([item]), "Spotify")
            return [self._record(id_, item)]

        return self._get(url, {}, read, on_rejection)[0]

    def _record(self, id_: str, item: dict | None) -> EntityRecord:
        if item is None:
            return EntityRecord(_ARTIST, id_, None, "not_found", self._clock())
        # Another artist's numbers say nothing about this one.
        if not has_shape(item, Artist) or item["id"] != id_:
            return EntityRecord(_ARTIST, id_, None, ERROR, self._clock())
        followers = part(item, "followers").get("total")
        payload = {"popularity": item.get("popularity"), "followers": followers}
        withheld = all(value is None for value in payload.values())
        reason = "not_provided_by_tier" if withheld else None
        return EntityRecord(_ARTIST, id_, payload, reason, self._clock())

    def _get(
        self,
        url: str,
        params: dict[str, str],
        read: Callable[[Any], Sequence[EntityRecord]],
        on_rejection: Callable[[RequestRejectedError], Sequence[EntityRecord]] | None = None,
    ) -> Sequence[EntityRecord]:
        token = self._token.value()
        try:
            return self._client.get(self.bucket, url, params, _bearer(token), read, on_rejection)
        except TokenExpiredError:
            token = self._token.value(instead_of=token)
        try:
            return self._client.get(self.bucket, url, params, _bearer(token), read, on_rejection)
        except TokenExpiredError as error:
            raise ApiAccessError(
                "Spotify takes neither the old access token nor a new one. Check the clock of this "
                f"machine, and {SPOTIFY_ID} and {SPOTIFY_SECRET}."
            ) from error


def classify(response: requests.Response, clock: Clock) -> None:
    """Raise what a response of Spotify's means, if it is an error.

    Args:
        response: of the API or of the token service.
        clock: says when a pause of so many seconds is over.

    Raises:
        QuotaExhausted: the rolling day's quota is used up.
        TransientError: asking again may help.
        TokenExpiredError: the access token is no longer accepted.
        ApiAccessError: the app is not accepted.
        RequestRejectedError: any other error.
    """
    if response.ok:
        return
    status, message, reason = response.status_code, *_error_of(response)
    if status == 429 and reason == "QUOTA_EXCEEDED":
        wait = retry_after(response, clock) or _DAY
        raise QuotaExhausted("Spotify says the day's quota is used up", clock() + wait)
    if is_retryable(status):
        raise classify_transient(f"Spotify answers {status}", response, clock)
    if status == 401:
        raise TokenExpiredError(message)
    if status == 403 and reason == _NOT_JSON:
        raise ApiAccessError(
            f"Spotify refuses the app (403: {message}). Since 2026 the owner of an app in "
            f"Development Mode needs Premium; check the account that {SPOTIFY_ID} belongs to."
        )
    raise RequestRejectedError(status, reason, message)


def artists_table(records: Sequence[EntityRecord], api: str) -> pd.DataFrame:
    """Make the table of artists.

    Args:
        records: from `Spotify.artists`.
        api: who said so, `live` or `sandbox`.

    Returns:
        A row per record: artist_id, spotifyPopularity (0 to 100) and spotifyFollowers (both Int64,
        missing where the tier does not give them), fetched_at, api, missing_reason.
    """
    payloads = [record.payload if isinstance(record.payload, dict) else {} for record in records]
    return records_table(
        "artist_id",
        records,
        api,
        spotifyPopularity=counts([one.get("popularity") for one in payloads]),
        spotifyFollowers=counts([one.get("followers") for one in payloads]),
    )


def _client(access: Access) -> Spotify:
    (api, accounts), (client_id, client_secret) = access.urls, access.credentials
    return Spotify(api, accounts, client_id, client_secret, access.session, access.store)


SPOTIFY = Service(
    name="spotify",
    title="Spotify",
    secrets=(SPOTIFY_ID, SPOTIFY_SECRET),
    live_urls=(LIVE_API_URL, LIVE_ACCOUNTS_URL),
    sandbox_paths=("", ""),
    client=_client,
)
ARTISTS = EntityType(
    name=_ARTIST,
    plural="artists",
    description="Popularity and followers of the batch's artists, where Spotify's tier gives them.",
    service=SPOTIFY,
    bucket=CALLS,
    fetch=Spotify.artists,
    to_table=artists_table,
    id_column="artist_id",
    join_on=("artist_id", "api"),
)


class _Token:
    """The access token, shared by the threads of a crawl, fetched when first needed."""

    def __init__(
        self,
        accounts_url: str,
        client_id: str,
        client_secret: str,
        bucket: Bucket,
        session: requests.Session,
        store: CrawlStore,
        policy: RetryPolicy,
    ):
        self._bucket = bucket
        self._url = accounts_url.rstrip("/") + "/api/token"
        self._auth = HTTPBasicAuth(
            clean_secret(client_id, SPOTIFY_ID), clean_secret(client_secret, SPOTIFY_SECRET)
        )
        self._session = session
        self._store = store
        self._policy = policy
        self._lock = threading.Lock()
        self._value: str | None = None

    def value(self, instead_of: str | None = None) -> str:
        """The token; a new one if there is none, or if it is still the refused `instead_of`."""
        with self._lock:
            if self._value is None or self._value == instead_of:
                self._value = call_with_retries(self._fetch, self._policy)
            return self._value

    def _fetch(self) -> str:
        # Asking for a token while Spotify wants a pause lengthens the ban as well.
        self._store.ledger.raise_if_paused(self._bucket)
        form = {"grant_type": "client_credentials"}
        with noting_pauses(self._store.ledger, self._bucket):
            response = send(self._session, "POST", self._url, self._auth, data=form)
            if response.status_code in (400, 401):
                raise ApiAccessError(
                    f"Spotify does not know this client ({response.status_code}). Set {SPOTIFY_ID} "
                    f"and {SPOTIFY_SECRET} to those of an app in Spotify's developer dashboard."
                )
            try:
                classify(response, self._store.clock)
            except RequestRejectedError as error:
                raise ApiAccessError(
                    f"Spotify's token service refuses the app of {SPOTIFY_ID} ({error}). Look at "
                    "the app in Spotify's developer dashboard."
                ) from error
        body = parse_json(response)
        token: Any = body.get("access_token") if isinstance(body, dict) else None
        require(isinstance(token, str) and _TOKEN.fullmatch(token), "Spotify's token service")
        keep_secret(token)
        return token


def _require_id_at_fault(error: RequestRejectedError) -> None:
    """A 400 says something of an id only where it names the id; else it refuses every call."""
    if error.status == 400 and not _ID_AT_FAULT.search(str(error)):
        raise ApiAccessError(
            f"Spotify refuses the artist look-up ({error}), whichever artist is asked for. Look "
            f"at the app of {SPOTIFY_ID} in Spotify's developer dashboard."
        ) from error


def _bearer(token: str) -> HeaderAuth:
    return HeaderAuth("Authorization", f"Bearer {token}")


def _error_of(response: requests.Response) -> tuple[str, str]:
    """Message and reason of an error; the Premium refusal comes as plain text, not JSON."""
    try:
        body = response.json()
    except NO_JSON:
        return response.text.strip()[:200], _NOT_JSON
    if not isinstance(body, dict):
        return str(body)[:200], _NOT_JSON
    error = body.get("error")
    if isinstance(error, dict):
        return str(error.get("message", "")), str(error.get("reason") or body.get("reason") or "")
    return str(body)[:200], str(body.get("reason") or "")
