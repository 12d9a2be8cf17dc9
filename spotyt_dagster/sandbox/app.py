"""The two APIs as one web application: keys, quota, latency and faults around the answers.

Answers are `youtube_api.py`'s and `spotify_api.py`'s; sockets and threads `server.py`'s.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping
from datetime import date, datetime
from typing import Any
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from spotyt_dagster.clock import Clock, quota_day
from spotyt_dagster.sandbox import spotify_api, youtube_api, youtube_errors
from spotyt_dagster.sandbox.api_error import ApiError
from spotyt_dagster.sandbox.faults import Fault, FaultPlan, Faults
from spotyt_dagster.sandbox.malformed import DRIP_S, MALFORMING, malformed
from spotyt_dagster.sandbox.quota import Usage
from spotyt_dagster.sandbox.spotify_api import Tier
from spotyt_dagster.sandbox.world import World

#: Names of the endpoints in `Faults` and in the usage.
ENDPOINTS = (*youtube_api.METHODS, "token", "artist", "artists")

#: Where `server.py` puts a request's connection, for faults for which ASGI has no message.
TRANSPORT = "spotyt.transport"

GZIP_FROM_BYTES = 500
#: The fastest: on loopback nothing is gained by a smaller answer.
GZIP_LEVEL = 1

#: Faults under which the answer is made and does not arrive as it was.
_ON_THE_WAY = frozenset({Fault.DROPPED, Fault.DRIPPING_HEADERS, *MALFORMING})

#: Waits so many seconds.
Sleep = Callable[[float], Awaitable[object]]

_Work = Callable[[Request, Fault | None], Awaitable[Response]]


class Service:
    """State and handlers of one sandbox; the arguments are those of `server.SandboxServer`."""

    def __init__(
        self,
        world: World,
        clock: Clock,
        tier: Tier,
        daily_units: int,
        latency_s: float,
        api_keys: Collection[str],
        credentials: Mapping[str, str],
        sleep: Sleep,
    ):
        self._world = world
        self._clock = clock
        self._tier: Tier = tier
        self._latency_s = latency_s
        self._sleep = sleep
        self._api_keys = frozenset(api_keys)
        self._tokens = spotify_api.Tokens(credentials)
        self._usage = Usage(daily_units)
        self.inject(Faults())

    def inject(self, faults: Faults) -> None:
        """Replace the faults from the next call on; calls are counted anew."""
        self._plan = FaultPlan(faults, ENDPOINTS)

    def stats(self) -> dict[str, Any]:
        """See `quota.Usage.stats`."""
        return self._usage.stats(quota_day(self._clock()))

    def app(self) -> Starlette:
        """The ASGI application."""

        async def stats(_: Request) -> Response:
            return JSONResponse(self.stats())

        youtube = [
            Route(f"/youtube/v3/{name}", self._endpoint(name, self._youtube(method)))
            for name, method in youtube_api.METHODS.items()
        ]
        artists = self._endpoint("artists", self._artists)
        spotify = [
            Route("/api/token", self._endpoint("token", self._token), methods=["POST"]),
            Route("/v1/artists/{id}", self._endpoint("artist", self._artist)),
            # spotipy asks with a slash before the question mark; Spotify takes both.
            *(Route(path, artists) for path in ("/v1/artists", "/v1/artists/")),
        ]
        return Starlette(
            routes=[*youtube, *spotify, Route("/sandbox/stats", stats)],
            middleware=[Middleware(_Gzip)],
        )

    def _endpoint(self, name: str, work: _Work) -> Callable[[Request], Awaitable[Response]]:
        async def handle(request: Request) -> Response:
            self._usage.count_call(name)
            plan = self._plan
            fault = plan.next(name)
            await self._sleep(self._latency_s + (plan.slow_s if fault is Fault.SLOW else 0))
            try:
                response = await work(request, fault)
            except ApiError as error:
                response = _refusal(error)
            if fault is Fault.DROPPED:
                await _hang_up(request)
            if fault is Fault.DRIPPING_HEADERS:
                await _drip_headers(request)
            return malformed(fault, response)

        return handle

    def _youtube(self, method: youtube_api.Method) -> _Work:
        async def work(request: Request, fault: Fault | None) -> Response:
            query = youtube_api.Query(request.query_params.multi_items())
            day = quota_day(self._clock())
            self._charge(method, self._key(request, query), day, fault)
            _raise_if_in(youtube_errors.TRANSIENT, fault)
            answer = youtube_api.call(method, self._world, day, query)
            self._count(method.kind, answer.asked, day, fault)
            headers = {"ETag": answer.etag}
            if request.headers.get("if-none-match") == answer.etag:
                return Response(status_code=304, headers=headers)
            return JSONResponse(answer.body, headers=headers)

        return work

    def _key(self, request: Request, query: youtube_api.Query) -> str:
        key = request.headers.get("x-goog-api-key") or query.text("key")
        if not key:
            raise youtube_errors.no_key()
        if key not in self._api_keys:
            raise youtube_errors.bad_key()
        return key

    def _charge(self, method: youtube_api.Method, key: str, day: date, fault: Fault | None) -> None:
        if fault in (Fault.QUOTA_EXCEEDED, Fault.DAILY_LIMIT_EXCEEDED):
            self._usage.spend_elsewhere(key, method.bucket, day)
        if self._usage.charge(key, method.bucket, day):
            return
        if fault is Fault.DAILY_LIMIT_EXCEEDED:
            raise youtube_errors.daily_limit_exceeded()
        if method.bucket == youtube_api.CLASSIC_BUCKET:
            raise youtube_errors.quota_exceeded()
        raise youtube_errors.bucket_exceeded(method.bucket, self._usage.daily_units)

    async def _token(self, request: Request, fault: Fault | None) -> Response:
        _raise_if_in(spotify_api.FAULTS, fault)
        form = dict(parse_qsl((await request.body()).decode()))
        authorization = request.headers.get("authorization", "")
        return JSONResponse(self._tokens.issue(authorization, form, self._clock()))

    async def _artist(self, request: Request, fault: Fault | None) -> Response:
        day = self._admit_to_spotify(request, fault)
        artist_id = request.path_params["id"]
        body = spotify_api.artist(self._world, day, artist_id, self._tier)
        self._count("artists", [artist_id], day, fault)
        return JSONResponse(body)

    async def _artists(self, request: Request, fault: Fault | None) -> Response:
        day = self._admit_to_spotify(request, fault)
        ids = [one for one in request.query_params.get("ids", "").split(",") if one]
        body = spotify_api.artists(self._world, day, ids, self._tier)
        self._count("artists", ids, day, fault)
        return JSONResponse(body)

    def _admit_to_spotify(self, request: Request, fault: Fault | None) -> date:
        now: datetime = self._clock()
        _raise_if_in(spotify_api.FAULTS, fault)
        self._tokens.check(request.headers.get("authorization", ""), now)
        return quota_day(now)

    def _count(self, kind: str, asked: list[str], day: date, fault: Fault | None) -> None:
        if fault not in _ON_THE_WAY:
            self._usage.count_answered(kind, asked, day)


class _Gzip(GZipMiddleware):
    """Compression as the services do it: YouTube only for a User-Agent that says "gzip"."""

    def __init__(self, app: Any):
        super().__init__(app, minimum_size=GZIP_FROM_BYTES, compresslevel=GZIP_LEVEL)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        agent = next((value for name, value in scope["headers"] if name == b"user-agent"), b"")
        if scope["path"].startswith("/youtube/") and b"gzip" not in agent:
            await self.app(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


def _raise_if_in(refusals: Mapping[Fault, Callable[[], ApiError]], fault: Fault | None) -> None:
    if fault is not None and fault in refusals:
        raise refusals[fault]()


def _refusal(error: ApiError) -> Response:
    kind = PlainTextResponse if isinstance(error.body, str) else JSONResponse
    return kind(error.body, error.status, error.headers)


async def _hang_up(request: Request) -> None:
    """Close the connection and wait until the server knows, so that it sends nothing more."""
    request.scope[TRANSPORT].close()
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def _drip_headers(request: Request) -> None:
    """Send the beginning of a header without end, until the client hangs up."""
    connection = request.scope[TRANSPORT]
    connection.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    while not connection.is_closing():
        connection.write(b".")
        await asyncio.sleep(DRIP_S)
