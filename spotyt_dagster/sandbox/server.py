"""The sandbox on a loopback port, in a thread of its user's process.

What goes over the wire is `app.py`'s.
"""

import asyncio
import socket
from collections.abc import Collection, Mapping
from contextlib import AbstractContextManager
from threading import Event, Thread
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from spotyt_dagster.clock import Clock, system_clock
from spotyt_dagster.exceptions import SettingsError
from spotyt_dagster.sandbox.app import TRANSPORT, Service, Sleep
from spotyt_dagster.sandbox.faults import Faults
from spotyt_dagster.sandbox.spotify_api import Tier
from spotyt_dagster.sandbox.world import World
from spotyt_dagster.settings import SECRETS, SPOTIFY_ID, SPOTIFY_SECRET, YOUTUBE_KEY

HOST = "127.0.0.1"
SANDBOX_KEY = "sandbox-key"
SANDBOX_CREDENTIALS = {"sandbox-client": "sandbox-secret"}
#: What stands in the sandbox for each credential of the live services, by environment variable.
SANDBOX_SECRETS = dict.fromkeys(SECRETS, "sandbox") | {
    YOUTUBE_KEY: SANDBOX_KEY,
    SPOTIFY_ID: "sandbox-client",
    SPOTIFY_SECRET: SANDBOX_CREDENTIALS["sandbox-client"],
}

#: uvicorn's own 5 s would close a pooled connection under a client that pauses to compute.
KEEP_ALIVE_S = 75
#: Starting takes some 50 ms; a machine that needs longer than this has another problem.
START_WITHIN_S = 30


class SandboxServer(AbstractContextManager["SandboxServer"]):
    """Both APIs on one loopback port, in a daemon thread from `start` to `close`, or in a `with`.

    YouTube is at `url` + "/youtube/v3", Spotify's API at "/v1", its token service at "/api/token",
    the usage so far at "/sandbox/stats". Every YouTube call with a valid key costs a unit, failed
    ones too, but for those refused because no unit was left.

    Args:
        world: what there is to answer.
        clock: current time; days of quota, expiry of tokens and the world's numbers follow it.
        port: 0 for any free one.
        tier: see `spotify_api.Tier`.
        youtube_daily_units: limit of each of YouTube's two buckets ("default", "batchGetStats").
        latency_s: seconds that every API call takes at least; calls wait in parallel.
        faults: what goes wrong.
        api_keys: valid YouTube keys; each has its own quota.
        spotify_credentials: client secrets by client id.
        sleep: awaited for latency and slow answers, with the seconds to wait.

    Raises:
        ValueError: `faults` names an unknown endpoint.
    """

    def __init__(
        self,
        world: World,
        clock: Clock = system_clock,
        *,
        port: int = 0,
        tier: Tier = "extended",
        youtube_daily_units: int = 10_000,
        latency_s: float = 0.0,
        faults: Faults | None = None,
        api_keys: Collection[str] = (SANDBOX_KEY,),
        spotify_credentials: Mapping[str, str] = SANDBOX_CREDENTIALS,
        sleep: Sleep = asyncio.sleep,
    ):
        self._port = port
        self._service = Service(
            world,
            clock,
            tier,
            youtube_daily_units,
            latency_s,
            api_keys,
            spotify_credentials,
            sleep,
        )
        self.inject(faults or Faults())

    @property
    def url(self) -> str:
        """Root of all paths, without a slash at its end; final once started."""
        return f"http://{HOST}:{self._port}"

    def stats(self) -> dict[str, Any]:
        """Usage so far, as /sandbox/stats has it: see `quota.Usage.stats`."""
        return self._service.stats()

    def inject(self, faults: Faults) -> None:
        """Replace the faults from the next call on; calls are counted anew."""
        self._service.inject(faults)

    def start(self) -> None:
        """Answer until `close`, or until the process ends.

        Raises:
            SettingsError: the port is taken.
        """
        listening = _bind(self._port)
        self._port = listening.getsockname()[1]
        self._server = _Server(
            uvicorn.Config(
                self._service.app(),
                http=_Protocol,
                ws="none",
                lifespan="off",
                log_config=None,
                log_level="critical",
                access_log=False,
                timeout_keep_alive=KEEP_ALIVE_S,
                timeout_graceful_shutdown=1,
            )
        )
        self._thread = Thread(
            target=self._server.run, args=([listening],), name="sandbox", daemon=True
        )
        self._thread.start()
        if not self._server.ready.wait(START_WITHIN_S):
            raise RuntimeError(f"the sandbox did not start within {START_WITHIN_S} s")

    def close(self) -> None:
        """Stop listening and end the thread."""
        self._server.should_exit = True
        self._thread.join()

    def __enter__(self) -> "SandboxServer":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Server(uvicorn.Server):
    """A server that signals when it is ready, so that nobody has to poll."""

    def __init__(self, config: uvicorn.Config):
        super().__init__(config)
        self.ready = Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()


class _Protocol(HttpToolsProtocol):
    """HTTP whose handlers can reach their own connection, for which ASGI has no message."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope[TRANSPORT] = self.transport  # type: ignore[typeddict-unknown-key]


def _bind(port: int) -> socket.socket:
    try:
        return socket.create_server((HOST, port))
    except OSError as error:
        raise SettingsError(
            f"The sandbox cannot listen on {HOST}:{port}: {error.strerror}. Choose another port, "
            "or 0 for any free one."
        ) from None
