"""A person's environment lends the network's settings to a session, and no credentials."""

import base64
import os
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import requests

from spotyt_dagster.exceptions import SourceUnavailableError
from spotyt_dagster.sources.http import TransientError, send
from spotyt_dagster.sources.raw_table import read_raw
from spotyt_dagster.sources.session import Anonymous, HeaderAuth, is_loopback, new_session
from spotyt_dagster_tests.sources.fake_server import Reply, Scripted

NETRC_PASSWORD = "password-of-the-netrc"


class RecordingProxy:
    """A proxy on loopback that refuses everything and notes what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_CONNECT(self) -> None:
                outer.asked.append(f"{self.command} {self.path}")
                self.send_error(502)

            def do_GET(self) -> None:
                self.do_CONNECT()

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def proxy(monkeypatch: pytest.MonkeyPatch) -> Iterator[RecordingProxy]:
    """Every proxy variable there is points at it, and none makes an exception."""
    one = RecordingProxy()
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, one.url)
        monkeypatch.setenv(name.lower(), one.url)
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    yield one
    one.close()


@pytest.fixture
def netrc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A ~/.netrc with credentials for every host."""
    path = tmp_path / ".netrc"
    path.write_text(f"default login me password {NETRC_PASSWORD}\n")
    path.chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("NETRC", raising=False)
    requested = requests.utils.get_netrc_auth("http://127.0.0.1/")
    assert requested == ("me", NETRC_PASSWORD), "the file must be one that requests would use"


def sent(server: Scripted) -> list[str | None]:
    return [one.headers.get("Authorization") for one in server.asked]


@pytest.mark.usefixtures("netrc")
def test_spotifys_credentials_and_token_are_sent_whatever_the_netrc_says(scripted, spotify_at):
    scripted.script = [Reply({"access_token": "the-token"}), Reply({"artists": [{"id": "a"}]})]
    spotify_at(scripted.url, "client", "secret").artists(["a"])
    pair = base64.b64encode(b"client:secret").decode()
    assert sent(scripted) == [f"Basic {pair}", "Bearer the-token"]


@pytest.mark.usefixtures("netrc")
def test_youtube_gets_its_key_alone(scripted, youtube_at):
    scripted.script = [Reply({"items": []})]
    youtube_at(scripted.url, "the-key").videos(["a"])
    assert scripted.asked[0].headers["X-Goog-Api-Key"] == "the-key"
    assert sent(scripted) == [None]


@pytest.mark.usefixtures("netrc")
def test_an_address_of_the_raw_table_is_asked_with_its_own_credentials_only(scripted, small_csv):
    content = small_csv.read_bytes()
    scripted.script = [Reply(content), Reply(content)]
    read_raw(f"{scripted.url}/t.csv", 1)
    read_raw(f"{scripted.url.replace('://', '://user:p%40ss@')}/t.csv", 1)
    pair = base64.b64encode(b"user:p@ss").decode()
    assert sent(scripted) == [None, f"Basic {pair}"]


@pytest.mark.usefixtures("netrc")
def test_a_redirect_of_a_download_takes_no_credentials_along_and_finds_none(scripted, small_csv):
    with Scripted(Reply(small_csv.read_bytes())) as elsewhere:
        other_host = elsewhere.url.replace("127.0.0.1", "localhost")
        scripted.script = [Reply("", 302, {"Location": f"{other_host}/signed.csv"})]
        read_raw(f"{scripted.url.replace('://', '://user:pass@')}/t.csv", 1)
        assert sent(elsewhere) == [None]
    assert sent(scripted) == [f"Basic {base64.b64encode(b'user:pass').decode()}"]


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_the_loopback_is_reached_without_a_proxy(proxy, scripted, host):
    scripted.script = [Reply({"here": True})]
    url = f"{scripted.url.replace('127.0.0.1', host)}/v"
    with new_session(1) as session:
        assert send(session, "GET", url, Anonymous()).json() == {"here": True}
    assert scripted.asked[0].path == "/v"
    assert proxy.asked == []


def test_a_raw_table_on_loopback_is_reached_without_a_proxy(proxy, scripted, small_csv):
    scripted.script = [Reply(small_csv.read_bytes())]
    read_raw(f"{scripted.url}/t.csv", 1)
    assert proxy.asked == []


@pytest.mark.parametrize(
    ("url", "asked"),
    [
        ("https://youtube.googleapis.com/youtube/v3/videos", "CONNECT youtube.googleapis.com:443"),
        ("https://api.spotify.com/v1/artists", "CONNECT api.spotify.com:443"),
        ("https://accounts.spotify.com/api/token", "CONNECT accounts.spotify.com:443"),
    ],
)
def test_the_live_services_are_reached_through_the_proxy(proxy, url, asked):
    with new_session(1) as session, pytest.raises(TransientError):
        send(session, "GET", url, HeaderAuth("X-Goog-Api-Key", "key"))
    assert proxy.asked == [asked]


def test_a_download_goes_through_the_proxy_where_no_proxy_does_not_name_its_host(
    proxy, monkeypatch
):
    with pytest.raises(SourceUnavailableError):
        read_raw("http://example.invalid/t.csv", 1)
    assert proxy.asked == ["GET http://example.invalid/t.csv"]
    monkeypatch.setenv("no_proxy", "example.invalid")
    with pytest.raises(SourceUnavailableError):
        read_raw("http://example.invalid/t.csv", 1)
    assert len(proxy.asked) == 1


@pytest.mark.parametrize("name", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_the_networks_own_certificates_are_honoured(monkeypatch, tmp_path, name):
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
    monkeypatch.setenv(name, str(tmp_path / "company.pem"))
    with new_session(1) as session:
        url = "https://api.spotify.com"
        settings = session.merge_environment_settings(url, {}, None, None, None)
    assert settings["verify"] == os.environ[name]


@pytest.mark.parametrize(
    ("url", "here"),
    [
        ("http://127.0.0.1:8765/v", True),
        ("http://127.9.9.9", True),
        ("http://[::1]:80/", True),
        ("http://localhost/", True),
        ("http://a.localhost:1/", True),
        ("https://api.spotify.com/127.0.0.1", False),
        ("http://127.0.0.1.example.com/", False),
        ("http://10.0.0.1/", False),
    ],
)
def test_what_counts_as_loopback(url, here):
    assert is_loopback(url) is here


def test_a_session_retries_nothing_itself_and_pools_its_connections():
    with new_session(7) as session:
        adapter = session.get_adapter("https://youtube.googleapis.com/")
        assert adapter.max_retries.total == 0  # type: ignore[attr-defined]
        assert adapter._pool_maxsize == 7  # type: ignore[attr-defined]
