"""The sandbox's lifecycle: ports, latency, start and end."""

import asyncio
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection

import pytest
import requests

from spotyt_dagster.exceptions import SettingsError
from spotyt_dagster.sandbox.server import SANDBOX_KEY, SandboxServer

PARAMS = {"part": "id", "id": "v0000000020"}
KEY = {"X-Goog-Api-Key": SANDBOX_KEY}


def test_it_listens_on_loopback_and_on_nothing_after_its_end(world):
    before = set(threading.enumerate())
    with SandboxServer(world) as server:
        assert server.url.startswith("http://127.0.0.1:")
        assert requests.get(f"{server.url}/sandbox/stats").status_code == 200
    with pytest.raises(requests.ConnectionError):
        requests.get(f"{server.url}/sandbox/stats")
    # A pipeline's own sandbox of an earlier test lives on in this process, so only ours counts.
    assert "sandbox" not in [thread.name for thread in set(threading.enumerate()) - before]


def test_a_taken_port_is_reported_with_how_to_fix_it(world):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SettingsError, match=f"{port}.*another port"):
            SandboxServer(world, port=port).start()


def test_a_connection_serves_many_calls(server):
    connection = HTTPConnection(server.url.removeprefix("http://"))
    sockets = []
    for _ in range(5):
        connection.request("GET", "/sandbox/stats")
        assert connection.getresponse().read()
        sockets.append(connection.sock)
    connection.close()
    assert sockets[0] is not None
    assert len(set(sockets)) == 1


def test_calls_wait_out_their_latency_in_parallel(world):
    waits: list[float] = []
    # Of calls that were served one after the other, none would pass.
    all_waiting = asyncio.Barrier(8)

    async def sleep(seconds: float) -> None:
        waits.append(seconds)
        await all_waiting.wait()

    def get(url: str) -> int:
        return requests.get(url, params=PARAMS, headers=KEY, timeout=30).status_code

    with (
        SandboxServer(world, latency_s=0.2, sleep=sleep) as server,
        ThreadPoolExecutor(8) as pool,
    ):
        codes = list(pool.map(get, [f"{server.url}/youtube/v3/videos"] * 8))
    assert codes == [200] * 8
    assert waits == [0.2] * 8


def test_an_unknown_path_is_404(server):
    assert requests.get(f"{server.url}/youtube/v3/search").status_code == 404
