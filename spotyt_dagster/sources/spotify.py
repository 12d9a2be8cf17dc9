"""Spotify's Web API as this product asks it: artists, fifty a call where the tier allows it."""

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
from spotyt_dagster.sources.crawl_store import Answer, CrawlStore
from spotyt_dagster.sources.http import (
    MAX_IDS_PER_REQUEST,
    NO_JSON,
    DayIsOver,
    MeteredClient,
    RequestRejectedError,
    RetryPolicy,
    TokenExpiredError,
    call_with_retries,
    classify_transient,
    clean_secret,
    parse_json,
    retry_after,
    send,
)
from spotyt_dagster.sources.ledger import Bucket, account_of
from spotyt_dagster.sources.response_table import answers_table, counts, part
from spotyt_dagster.sources.session import HeaderAuth
from spotyt_dagster.sources.shapes import (
    Artist,
    has_shape,
    identified,
    require,
    require_any_read,
)

LIVE_API_URL = "https://api.spotify.com"
LIVE_ACCOUNTS_URL = "https://accounts.spotify.com"

ARTIST = "artist"

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
    """The calls of an app. Spotify publishes no number a day: they are counted, but not bound."""
    return Bucket("spotify/calls", None, account_of(client_id))


class Spotify:
    """Reads artists by id with a client-credentials token.

    Apps in Development Mode (all new ones since February 2026) are refused the batch call with 403;
    from then on this object asks one by one.

    Args:
        api_url, accounts_url: `LIVE_API_URL` and `LIVE_ACCOUNTS_URL`, or the sandbox's.
        client_id, client_secret: the app's credentials.
        session, store, retries: see `http.MeteredClient`.
    """

    def __init__(
        self,
        api_url: str,
        accounts_url: str,
        client_id: str,
        client_secret: str,
        session: requests.Session,
        store: CrawlStore,
        retries: RetryPolicy | None = None,
    ):
        self.bucket = calls_bucket(client_id)
        self._url = api_url.rstrip("/") + "/v1/artists"
        self._clock = store.clock
        retries = retries or RetryPolicy()
        self._token = _Token(
            accounts_url, client_id, client_secret, self.bucket, session, store, retries
        )
        self._call = MeteredClient(session, store, classify, retries)
        self._batch_allowed: bool | None = None
        self._finding_out = threading.Lock()

    def artists(self, ids: Sequence[str]) -> Sequence[Answer]:
        """Ask for popularity and followers of at most `MAX_IDS_PER_REQUEST` artists.

        An unknown artist is answered with `not_found`, one whose id Spotify cannot read with
        `invalid_id`, one without popularity and followers with `not_provided_by_tier`.
        """
        if len(ids) > MAX_IDS_PER_REQUEST:
            raise ValueError(
                f"artists takes at most {MAX_IDS_PER_REQUEST} ids a call, got {len(ids)}"
            )
        # Until one call has shown what the tier allows, the other threads wait for it: each would
        # be refused too.
        with self._finding_out if self._batch_allowed is None else nullcontext():
            answers = self._batch_if_allowed(ids)
        return [self._single(id_) for id_ in ids] if answers is None else answers

    def _batch_if_allowed(self, ids: Sequence[str]) -> Sequence[Answer] | None:
        if self._batch_allowed is False:
            return None
        try:
            answers = self._batch(ids)
        except RequestRejectedError as error:
            _require_id_at_fault(error)
            # 403: the tier has no batch call. 400: one bad id spoils these fifty, not the next.
            if error.status != 400:
                self._batch_allowed = False
            return None
        self._batch_allowed = True
        return answers

    def _batch(self, ids: Sequence[str]) -> Sequence[Answer]:
        def read(body: Any) -> list[Answer]:
            listed: Any = body.get("artists") if isinstance(body, dict) else None
            # In the order of the ids; an unknown one is answered with null in its place.
            require(isinstance(listed, list) and len(listed) == len(ids), "Spotify")
            require(identified([item for item in listed if item is not None]), "Spotify")
            answers = [self._answer(id_, item) for id_, item in zip(ids, listed, strict=True)]
            require_any_read(answers, "Spotify")
            return answers

        return self._get(self._url, {"ids": ",".join(ids)}, read)

    def _single(self, id_: str) -> Answer:
        def without(error: RequestRejectedError) -> list[Answer]:
            _require_id_at_fault(error)
            if error.status not in _MISSING_BY_STATUS or error.reason == _NOT_JSON:
                raise ApiAccessError(
                    f"Spotify refuses the artist look-up ({error}). Look in Spotify's developer "
                    f"dashboard whether the app of {SPOTIFY_ID} may use the Web API."
                ) from error
            reason = _MISSING_BY_STATUS[error.status]
            return [Answer(ARTIST, id_, None, reason, self._clock())]

        url = f"{self._url}/{quote(id_, safe='')}"

        def read(item: Any) -> list[Answer]:
            require(identified([item]), "Spotify")
            return [self._answer(id_, item)]

        return self._get(url, {}, read, without)[0]

    def _answer(self, id_: str, item: dict | None) -> Answer:
        if item is None:
            return Answer(ARTIST, id_, None, "not_found", self._clock())
        # Another artist's numbers are no fact about this one.
        if not has_shape(item, Artist) or item["id"] != id_:
            return Answer(ARTIST, id_, None, "error", self._clock())
        followers = part(item, "followers").get("total")
        payload = {"popularity": item.get("popularity"), "followers": followers}
        withheld = all(value is None for value in payload.values())
        reason = "not_provided_by_tier" if withheld else None
        return Answer(ARTIST, id_, payload, reason, self._clock())

    def _get(
        self,
        url: str,
        params: dict[str, str],
        read: Callable[[Any], Sequence[Answer]],
        without: Callable[[RequestRejectedError], Sequence[Answer]] | None = None,
    ) -> Sequence[Answer]:
        token = self._token.value()
        try:
            return self._call.get(self.bucket, url, params, _bearer(token), read, without)
        except TokenExpiredError:
            token = self._token.value(instead_of=token)
        try:
            return self._call.get(self.bucket, url, params, _bearer(token), read, without)
        except TokenExpiredError as error:
            raise ApiAccessError(
                "Spotify takes neither the old access token nor a new one. Check the clock of this "
                f"machine, and {SPOTIFY_ID} and {SPOTIFY_SECRET}."
            ) from error


def classify(response: requests.Response, clock: Clock) -> None:
    """Raise what an answer of Spotify's means, if it is an error."""
    if response.ok:
        return
    status, message, reason = response.status_code, *_error_of(response)
    if status == 429:
        wait = retry_after(response, clock)
        if reason == "QUOTA_EXCEEDED":
            raise DayIsOver("Spotify says the day's quota is used up", clock() + (wait or _DAY))
    if status in (408, 409, 429) or status >= 500:
        raise classify_transient(f"Spotify answers {status}", response, clock)
    if status == 401:
        raise TokenExpiredError(message)
    if status == 403 and reason == _NOT_JSON:
        raise ApiAccessError(
            f"Spotify refuses the app (403: {message}). Since 2026 the owner of an app in "
            f"Development Mode needs Premium; check the account that {SPOTIFY_ID} belongs to."
        )
    raise RequestRejectedError(status, reason, message)


def artists_table(answers: Sequence[Answer], api: str) -> pd.DataFrame:
    """Answers on artists as columns: popularity 0-100, followers, null where not given."""
    payloads = [answer.payload if isinstance(answer.payload, dict) else {} for answer in answers]
    return answers_table(
        "artist_id",
        answers,
        api,
        spotifyPopularity=counts([one.get("popularity") for one in payloads]),
        spotifyFollowers=counts([one.get("followers") for one in payloads]),
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
        retries: RetryPolicy,
    ):
        self._bucket = bucket
        self._url = accounts_url.rstrip("/") + "/api/token"
        self._auth = HTTPBasicAuth(
            clean_secret(client_id, SPOTIFY_ID), clean_secret(client_secret, SPOTIFY_SECRET)
        )
        self._session = session
        self._store = store
        self._retries = retries
        self._lock = threading.Lock()
        self._value: str | None = None

    def value(self, instead_of: str | None = None) -> str:
        """The token; a new one if there is none, or if it is still the refused `instead_of`."""
        with self._lock:
            if self._value is None or self._value == instead_of:
                self._value = call_with_retries(self._fetch, self._retries)
            return self._value

    def _fetch(self) -> str:
        # Asking for a token while Spotify wants to be left alone lengthens the ban too.
        self._store.raise_if_paused(self._bucket)
        form = {"grant_type": "client_credentials"}
        response = send(self._session, "POST", self._url, self._auth, data=form)
        if response.status_code in (400, 401):
            raise ApiAccessError(
                f"Spotify does not know this client ({response.status_code}). Set {SPOTIFY_ID} and "
                f"{SPOTIFY_SECRET} to those of an app in Spotify's developer dashboard."
            )
        try:
            classify(response, self._store.clock)
        except DayIsOver as error:
            raise self._store.pause(self._bucket, error.resumes_at, str(error)) from None
        except RequestRejectedError as error:
            raise ApiAccessError(
                f"Spotify's token service refuses the app of {SPOTIFY_ID} ({error}). Look at the "
                "app in Spotify's developer dashboard."
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
