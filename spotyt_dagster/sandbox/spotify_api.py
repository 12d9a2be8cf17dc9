"""Spotify's token service and artist calls over the sandbox's world, in every tier.

Faults that strike any answer, latency and the connection are `app.py`'s.
"""

import base64
import binascii
import re
import secrets
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any, Literal

from spotyt_dagster.sandbox.api_error import ApiError
from spotyt_dagster.sandbox.faults import (
    LONG_RETRY_AFTER_S,
    RETRY_AFTER_S,
    Fault,
)
from spotyt_dagster.sandbox.world import Artist, World

#: What an app may do. "extended": everything. "development": no followers, no popularity, no batch
#: call (Spotify, 2026). "no_premium": a development app whose owner has no Premium: nothing at all.
Tier = Literal["extended", "development", "no_premium"]

TOKEN_LIFE = timedelta(seconds=3600)
MOST_IDS = 50
_BASE62 = re.compile(r"[0-9A-Za-z]{22}")


class Tokens:
    """Access tokens by client credentials.

    Args:
        credentials: secrets by client id.
    """

    def __init__(self, credentials: Mapping[str, str]):
        self._credentials = dict(credentials)
        self._ends: dict[str, datetime] = {}

    def issue(self, authorization: str, form: Mapping[str, str], now: datetime) -> dict[str, Any]:
        """The body of an answer to POST /api/token.

        Args:
            authorization: the header, "Basic ..."; empty where client_id and client_secret are in
                the form instead, which Spotify takes too.
            form: the fields of the body.
            now: the current moment.

        Raises:
            ApiError: 400 invalid_client or unsupported_grant_type.
        """
        client, secret = _basic(authorization) or (
            form.get("client_id", ""),
            form.get("client_secret", ""),
        )
        if client not in self._credentials:
            raise _oauth_error("invalid_client", "Invalid client")
        if not secrets.compare_digest(self._credentials[client].encode(), secret.encode()):
            raise _oauth_error("invalid_client", "Invalid client secret")
        if form.get("grant_type") != "client_credentials":
            raise _oauth_error("unsupported_grant_type", "grant_type must be client_credentials")
        token = secrets.token_urlsafe(64)
        self._ends[token] = now + TOKEN_LIFE
        return {
            "access_token": token,
            "token_type": "Bearer",
            "expires_in": int(TOKEN_LIFE.total_seconds()),
        }

    def check(self, authorization: str, now: datetime) -> None:
        """Let a request with a live token pass.

        Raises:
            ApiError: 401 without a token, with an unknown one, or with one that has expired.
        """
        if not authorization:
            raise _error(401, "No token provided")
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or token not in self._ends:
            raise _error(401, "Invalid access token")
        if now >= self._ends[token]:
            raise _error(401, "The access token expired")


def artist(world: World, day: date, artist_id: str, tier: Tier) -> dict[str, Any]:
    """The body of GET /v1/artists/{id}.

    Raises:
        ApiError: 400 for what is no id, 404 for an unknown one, 403 where the tier refuses.
    """
    _check_premium(tier)
    _check_id(artist_id)
    found = world.artist(artist_id, day)
    if found is None:
        raise _error(404, "Resource not found")
    return _artist_item(found, tier)


def artists(world: World, day: date, ids: list[str], tier: Tier) -> dict[str, Any]:
    """The body of GET /v1/artists?ids=; null in the place of an unknown id.

    Raises:
        ApiError: 400 for no ids, too many or malformed ones; 403 where the tier refuses.
    """
    _check_premium(tier)
    if tier == "development":
        raise _error(403, "Forbidden")
    if not ids:
        raise _error(400, "Missing required field: ids")
    if len(ids) > MOST_IDS:
        raise _error(400, "Too many ids requested")
    for artist_id in ids:
        _check_id(artist_id)
    found = [world.artist(artist_id, day) for artist_id in ids]
    return {"artists": [one and _artist_item(one, tier) for one in found]}


def _artist_item(found: Artist, tier: Tier) -> dict[str, Any]:
    item: dict[str, Any] = {
        "external_urls": {"spotify": f"https://open.spotify.com/artist/{found.id}"},
        "genres": [],
        "href": f"https://api.spotify.com/v1/artists/{found.id}",
        "id": found.id,
        "images": [],
        "name": found.name,
        "type": "artist",
        "uri": f"spotify:artist:{found.id}",
    }
    if tier == "extended":
        item["followers"] = {"href": None, "total": found.followers}
        item["popularity"] = found.popularity
    return item


def _check_premium(tier: Tier) -> None:
    if tier == "no_premium":
        # Plain text, not JSON: clients that parse before they look at the status crash here.
        raise ApiError(403, "Active premium subscription required for the owner of the app.")


def _check_id(artist_id: str) -> None:
    if not _BASE62.fullmatch(artist_id):
        raise _error(400, "Invalid base62 id")


def _basic(authorization: str) -> tuple[str, str] | None:
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        client, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return client, secret


def _error(
    status: int, message: str, *, reason: str | None = None, retry_after: int | None = None
) -> ApiError:
    error: dict[str, Any] = {"status": status, "message": message}
    if reason:
        error["reason"] = reason
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    return ApiError(status, {"error": error}, headers)


def _oauth_error(error: str, description: str) -> ApiError:
    return ApiError(400, {"error": error, "error_description": description})


_LIMITED = "API rate limit exceeded"

#: Injected refusals. Spotify has no daily units, but a rolling day whose end it reports like a ban;
#: the 403 limits are YouTube's alone, so that nothing happens here.
FAULTS = {
    Fault.ERROR_500: partial(_error, 500, "Server error"),
    Fault.ERROR_503: partial(_error, 503, "Service unavailable"),
    Fault.TIMEOUT_408: partial(_error, 408, "Request timeout"),
    Fault.CONFLICT_409: partial(_error, 409, "Conflict"),
    Fault.BEARER_REFUSED: partial(_error, 400, "Only valid bearer authentication supported"),
    Fault.RATE_LIMITED: partial(_error, 429, _LIMITED, retry_after=RETRY_AFTER_S),
    Fault.RATE_LIMITED_BARE: partial(_error, 429, _LIMITED),
    Fault.BANNED: partial(_error, 429, _LIMITED, retry_after=LONG_RETRY_AFTER_S),
    Fault.QUOTA_EXCEEDED: partial(
        _error, 429, "API quota exceeded", reason="QUOTA_EXCEEDED", retry_after=LONG_RETRY_AFTER_S
    ),
}
