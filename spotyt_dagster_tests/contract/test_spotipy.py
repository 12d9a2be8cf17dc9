"""spotipy, the client most people use, against the sandbox."""

from collections.abc import Callable

import pytest
import spotipy
from spotipy.cache_handler import MemoryCacheHandler
from spotipy.exceptions import SpotifyException
from spotipy.oauth2 import SpotifyClientCredentials, SpotifyOauthError

from spotyt_dagster.clock import quota_day
from spotyt_dagster.sandbox.faults import Fault, Faults
from spotyt_dagster.sandbox.server import SandboxServer
from spotyt_dagster_tests.sandbox.small_table import NOON

DAY = quota_day(NOON)
IDS = [f"{number:022d}" for number in range(5)]
UNKNOWN = "9" * 22


@pytest.fixture
def connect(monkeypatch) -> Callable[..., spotipy.Spotify]:
    def connect(server: SandboxServer, secret: str = "sandbox-secret") -> spotipy.Spotify:
        monkeypatch.setattr(SpotifyClientCredentials, "OAUTH_TOKEN_URL", f"{server.url}/api/token")
        manager = SpotifyClientCredentials(
            "sandbox-client", secret, cache_handler=MemoryCacheHandler()
        )
        client = spotipy.Spotify(auth_manager=manager, retries=2, backoff_factor=0.01)
        client.prefix = f"{server.url}/v1/"
        return client

    return connect


def test_spotipy_reads_an_artist(connect, server, world):
    answer = connect(server).artist(IDS[0])
    artist = world.artist(IDS[0], DAY)
    assert answer["name"] == artist.name
    assert answer["popularity"] == artist.popularity
    assert answer["followers"]["total"] == artist.followers


def test_spotipy_reads_a_batch_with_null_for_an_unknown_id(connect, server):
    answer = connect(server).artists([*IDS, UNKNOWN])
    assert [artist and artist["id"] for artist in answer["artists"]] == [*IDS, None]


def test_spotipy_meets_the_development_tier(connect, world, clock):
    with SandboxServer(world, clock, tier="development") as server:
        client = connect(server)
        assert "popularity" not in client.artist(IDS[0])
        with pytest.raises(SpotifyException) as refusal:
            client.artists(IDS)
    assert refusal.value.http_status == 403
    assert "Forbidden" in refusal.value.msg


def test_spotipy_meets_an_unknown_artist(connect, server):
    with pytest.raises(SpotifyException) as refusal:
        connect(server).artist(UNKNOWN)
    assert refusal.value.http_status == 404


def test_spotipy_is_refused_with_a_wrong_secret(connect, server):
    with pytest.raises(SpotifyOauthError, match="invalid_client"):
        connect(server, secret="wrong").artist(IDS[0])


def test_spotipys_own_retries_outlast_a_short_rate_limit(connect, server):
    server.inject(Faults(script={"artist": [Fault.RATE_LIMITED]}))
    assert connect(server).artist(IDS[0])["id"] == IDS[0]
    assert server.stats()["calls"]["artist"] == 2
