"""A world of 600 rows, a server on it, and a session with a valid key."""

from collections.abc import Iterator

import pytest
import requests

from spotyt_dagster.sandbox.server import SANDBOX_KEY, SandboxServer
from spotyt_dagster.sandbox.world import World
from spotyt_dagster_tests.sandbox.small_table import SetClock, raw_table


@pytest.fixture(scope="session")
def world() -> World:
    return World(raw_table(), seed=42)


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def server(world: World, clock: SetClock) -> Iterator[SandboxServer]:
    with SandboxServer(world, clock) as server:
        yield server


@pytest.fixture
def session() -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.headers["X-Goog-Api-Key"] = SANDBOX_KEY
        yield session
