"""Keys, passwords and signatures are planted everywhere, everything is run, and nothing shows them.

Runs succeed and fail as live ones, against services that quote what they are sent; then all that
was written is searched: Dagster's databases and logs at DEBUG, tables, stdout and stderr, and what
the UI is sent.
"""

import base64
import json
import os
import sqlite3
import subprocess
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import quote

import pandas as pd
import pytest
from dagster._core.remote_representation.external_data import RepositorySnap
from dagster_shared.serdes import serialize_value

from spotyt_dagster.definitions import build_definitions
from spotyt_dagster.sandbox.server import SandboxServer
from spotyt_dagster.sandbox.world import World
from spotyt_dagster.sources.raw_table import read_tracks
from spotyt_dagster_tests.conftest import SMALL_BATCH
from spotyt_dagster_tests.e2e.everything_written import everything_in, places_of
from spotyt_dagster_tests.live import LiveOnLoopback
from spotyt_dagster_tests.sources.fake_server import Reply, Scripted

KEY, CLIENT, SECRET = "AIza-pl4nted-key-0123456789", "pl4nted-client-012345", "pl4nted-s3cret-54321"
DB_PASSWORD, RAW_PASSWORD, SIGNATURE = (
    "pl4nted/db-passw0rd",
    "pl4nted+raw=passw0rd",
    "pl4ntedS1gn+/==",
)
TOKEN = "pl4nted-t0ken-of-spotify-0123456789"
SECRETS = (KEY, CLIENT, SECRET, DB_PASSWORD, RAW_PASSWORD, SIGNATURE, TOKEN)

#: Every line that any library logs goes into Dagster's event log.
LOG_ALL = """
telemetry:
  enabled: false
python_logs:
  python_log_level: DEBUG
  managed_python_loggers: [root]
"""

SPOTYT = Path(sys.executable).parent / "spotyt"


def forms() -> list[bytes]:
    """The secrets as they are, as URLs quote them and as headers encode them."""
    pairs = [f"{CLIENT}:{SECRET}", f"planted-user:{RAW_PASSWORD}"]
    texts = [*SECRETS, *(quote(one, safe="") for one in SECRETS)]
    coded = [base64.b64encode(one.encode()).decode() for one in (*SECRETS, *pairs)]
    return [one.rstrip("=").encode() for one in (*texts, *coded)]


@dataclass
class Place:
    """A folder with a Dagster home and a storage, and the environment of a live run in it."""

    folder: Path
    environment: dict[str, str]
    printed: list[tuple[str, bytes]] = field(default_factory=list)

    def spotyt(self, *arguments: str, **settings: str) -> tuple[int, str]:
        """Run the command line; exit code, and what it printed."""
        changed = {f"SPOTYT_{name.upper()}": value for name, value in settings.items()}
        done = subprocess.run(
            [SPOTYT, *arguments],
            cwd=self.folder,
            env=self.environment | changed,
            capture_output=True,
            timeout=200,
            check=False,
        )
        told = done.stdout + done.stderr
        self.printed.append((f"the terminal of {' '.join(arguments)}", told))
        return done.returncode, told.decode()

    def everything(self) -> Iterator[tuple[str, bytes]]:
        yield from self.printed
        yield from everything_in(self.folder)


@pytest.fixture
def place(tmp_path: Path, small_csv: Path) -> Iterator[Place]:
    tracks, _ = read_tracks(str(small_csv), 42)
    folder = tmp_path / "place"
    (folder / "home").mkdir(parents=True)
    (folder / "home/dagster.yaml").write_text(LOG_ALL)
    with (
        SandboxServer(
            World(tracks, 42), api_keys=(KEY,), spotify_credentials={CLIENT: SECRET}
        ) as services,
        LiveOnLoopback(services.url, tmp_path) as live,
        Scripted(*[Reply(small_csv.read_bytes())] * 10) as files,
    ):
        credentials = f"planted-user:{quote(RAW_PASSWORD, safe='')}"
        address = files.url.replace("://", f"://{credentials}@")
        yield Place(
            folder,
            {
                "PATH": os.environ["PATH"],
                "DAGSTER_HOME": str(folder / "home"),
                "SPOTYT_API": "live",
                "SPOTYT_BATCH_ROWS": str(SMALL_BATCH),
                "SPOTYT_YOUTUBE_API_KEY": KEY,
                "SPOTYT_SPOTIFY_CLIENT_ID": CLIENT,
                "SPOTYT_SPOTIFY_CLIENT_SECRET": SECRET,
                "SPOTYT_RAW": f"{address}/t.csv?X-Amz-Signature={quote(SIGNATURE, safe='')}",
                **live.environment,
            },
        )


@contextmanager
def echoing(token: str | None) -> Iterator[str]:
    """Address of a server that refuses every call and quotes all it was sent.

    Args:
        token: what its token service gives nevertheless.
    """

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(403, {"error": {"message": f"You sent {self.headers.as_string()}"}})

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            if token is None:
                self.do_GET()
            else:
                self._answer(200, {"access_token": token})

        def _answer(self, status: int, body: dict) -> None:
            content = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.mark.timeout(600)
def test_no_secret_is_found_in_anything_that_is_written(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    assert place.spotyt("run", "--select", "group:tables")[0] == 0
    tables = pd.read_parquet(next((place.folder / "data/crawl/youtube_videos").glob("*.parquet")))
    assert set(tables["api"]) == {"live"}
    for command in (["status"], ["quota"], ["crawl", "plan"]):
        assert place.spotyt(*command)[0] == 0

    for token in (TOKEN, None):
        with echoing(token) as server, LiveOnLoopback(server, tmp_path) as live:
            place.environment |= live.environment
            code, told = place.spotyt("crawl", crawl_db="sqlite:///data/other.db")
        assert code == 1
        assert "X-Goog-Api-Key: ***" in told
        assert f"Authorization: {'Bearer' if token else 'Basic'} ***" in told

    postgres = f"postgresql://me:{quote(DB_PASSWORD, safe='')}@127.0.0.1:1/db?sslpassword={SECRET}"
    assert place.spotyt("crawl", crawl_db=postgres)[0] != 0
    with Scripted(*[Reply(f"no {SIGNATURE}", 403)] * 9) as closed:
        refused = f"{closed.url}/t.csv?sig={quote(SIGNATURE, safe='')}"
        assert place.spotyt("run", raw=refused)[0] == 1
    assert place.spotyt("run", raw=f"HTTP://u:{RAW_PASSWORD}@127.0.0.1:1/t.xlsx")[0] == 1

    for name, value in (place.environment | {"SPOTYT_CRAWL_DB": f"mysql://{postgres}"}).items():
        monkeypatch.setenv(name, value)
    snapshot = serialize_value(RepositorySnap.from_def(build_definitions().get_repository_def()))
    place.printed.append(("what the UI is sent", snapshot.encode()))
    assert "SPOTYT_CRAWL_DB" in snapshot

    assert places_of(forms(), place.everything()) == []
    # The search reaches them: DEBUG lines of the downloads' connections, packed snapshots, tables.
    for known in (
        b"/t.csv?X-Amz-Signature=***",
        b"spotify_artists",
        b'"batch-0001"',
        b"'api': 'live'",
    ):
        assert places_of([known], place.everything()), known


def test_the_search_finds_what_is_packed(tmp_path: Path):
    secret = SECRET.encode()
    with sqlite3.connect(tmp_path / "a.db") as database:
        database.execute("CREATE TABLE t (plain TEXT, packed BLOB)")
        database.execute("INSERT INTO t VALUES ('x', ?)", (zlib.compress(b"a" + secret),))
    pd.DataFrame({"a": [SECRET]}).to_parquet(tmp_path / "a.parquet", compression="zstd")
    (tmp_path / "a.log").write_text(json.dumps({"a": SECRET}))
    found = places_of([secret], everything_in(tmp_path))
    assert {Path(one.split(" in ")[1].split()[0].strip(",")).suffix for one in found} == {
        ".db", ".parquet", ".log",
    }  # fmt: skip
