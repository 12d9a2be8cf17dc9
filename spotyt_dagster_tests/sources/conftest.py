"""What crawls are tested on: the sandbox over HTTP, a SQLite file, a server that says anything."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest
import requests

from spotyt_dagster.sandbox.server import SANDBOX_CREDENTIALS, SANDBOX_KEY, SandboxServer
from spotyt_dagster.sources.crawl import CrawlStoppedByQuota, Fetch, crawl
from spotyt_dagster.sources.crawl_store import CrawlStore, open_store
from spotyt_dagster.sources.entity_type import EntityType
from spotyt_dagster.sources.http import RetryPolicy
from spotyt_dagster.sources.session import new_session
from spotyt_dagster.sources.spotify import Spotify
from spotyt_dagster.sources.youtube import YouTube
from spotyt_dagster_tests.sandbox.conftest import clock, server, world
from spotyt_dagster_tests.sandbox.small_table import SetClock
from spotyt_dagster_tests.sources.fake_server import Scripted

__all__ = ["clock", "server", "world"]

#: Retries that a test can wait for.
QUICK = RetryPolicy(max_attempts=3, initial_backoff=0.01)


def crawl_until_stopped(
    entity_type: EntityType,
    ids: Iterable[str],
    fetch: Fetch,
    store: CrawlStore,
    parallel_calls: int,
) -> CrawlStoppedByQuota:
    """Crawl what a quota does not pay for; what stopped it, with what was reached."""
    with pytest.raises(CrawlStoppedByQuota) as stopped:
        crawl(entity_type, ids, fetch, store, parallel_calls)
    return stopped.value


@pytest.fixture
def scripted() -> Iterator[Scripted]:
    with Scripted() as server:
        yield server


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/crawl.db"


@pytest.fixture
def store(url: str, clock: SetClock) -> Iterator[CrawlStore]:
    with open_store(url, "sandbox", clock) as store:
        yield store


@pytest.fixture
def session() -> Iterator[requests.Session]:
    with new_session(8) as session:
        yield session


@pytest.fixture
def youtube_at(session: requests.Session, store: CrawlStore) -> Callable[..., YouTube]:
    """A YouTube client for the address of a server (its root)."""

    def make(url: str, key: str = SANDBOX_KEY, daily_units: int = 10_000) -> YouTube:
        return YouTube(f"{url}/youtube/v3", key, daily_units, session, store, QUICK)

    return make


@pytest.fixture
def spotify_at(session: requests.Session, store: CrawlStore) -> Callable[..., Spotify]:
    """A Spotify client for the address of a server (its root)."""
    ((good_client, good_secret),) = SANDBOX_CREDENTIALS.items()

    def make(url: str, client: str = good_client, secret: str = good_secret) -> Spotify:
        return Spotify(url, url, client, secret, session, store, QUICK)

    return make


@pytest.fixture
def youtube(server: SandboxServer, youtube_at: Callable[..., YouTube]) -> YouTube:
    return youtube_at(server.url)


@pytest.fixture
def spotify(server: SandboxServer, spotify_at: Callable[..., Spotify]) -> Spotify:
    return spotify_at(server.url)
