"""A call ends in time and takes no more memory than an answer can need, whatever is sent."""

import gzip
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import requests

from spotyt_dagster.exceptions import SourceUnavailableError
from spotyt_dagster.sources import raw_table
from spotyt_dagster.sources.http import TransientError, parse_json, send
from spotyt_dagster.sources.raw_table import read_tracks
from spotyt_dagster.sources.session import Anonymous, Limits, TooLarge, TooSlow, new_session

LIMITS = Limits(silence=30.0, whole=0.5, body_bytes=100_000)

Answer = Callable[["Handler"], None]


class Handler(BaseHTTPRequestHandler):
    """Answers every request as the server's `answer` does."""

    protocol_version = "HTTP/1.1"
    answer: Answer
    over: threading.Event

    def do_GET(self) -> None:
        try:
            type(self).answer(self)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def drip(self) -> None:
        """A byte now and then, until the test is over."""
        while not self.over.wait(0.05):
            self.wfile.write(b" ")
            self.wfile.flush()


@contextmanager
def answering(answer: Answer) -> Iterator[str]:
    over = threading.Event()
    handler = type("OneHandler", (Handler,), {"answer": staticmethod(answer), "over": over})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/table.csv"
    finally:
        over.set()
        server.shutdown()
        thread.join()
        server.server_close()


def reply(handler: Handler, body: bytes, **headers: str) -> None:
    handler.send_response(200)
    for name, value in {"Content-Length": str(len(body)), **headers}.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    handler.wfile.write(body)


def dripping_body(handler: Handler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "1000000")
    handler.end_headers()
    handler.drip()


def dripping_body_without_length(handler: Handler) -> None:
    handler.send_response(200)
    handler.send_header("Connection", "close")
    handler.end_headers()
    handler.drip()


def dripping_headers(handler: Handler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    handler.drip()


def large(handler: Handler) -> None:
    reply(handler, b" " * 5_000_000)


def gzip_bomb(handler: Handler) -> None:
    reply(handler, gzip.compress(b" " * 50_000_000), Content_Encoding="gzip")


def deeply_nested(handler: Handler) -> None:
    reply(handler, b"[" * 90_000)


@pytest.mark.parametrize("answer", [dripping_body, dripping_body_without_length, dripping_headers])
def test_an_answer_that_drips_is_too_slow(answer: Answer):
    with answering(answer) as url, new_session(1, LIMITS) as session:
        with pytest.raises(TooSlow, match=r"no whole answer within 0\.5 s"):
            session.get(url)
        with pytest.raises(TransientError, match=r"no whole answer within 0\.5 s"):
            send(session, "GET", url, Anonymous())


@pytest.mark.parametrize("answer", [large, gzip_bomb])
def test_an_answer_larger_than_any_is_not_read_to_its_end(answer: Answer):
    with answering(answer) as url, new_session(1, LIMITS) as session:
        with pytest.raises(TooLarge, match="100,000 bytes"):
            session.get(url)
        with pytest.raises(TransientError, match="100,000 bytes"):
            send(session, "GET", url, Anonymous())


def test_an_answer_within_the_limits_is_read_whole_over_one_connection():
    bodies: list[bytes] = []

    def whole(handler: Handler) -> None:
        bodies.append(str(handler.client_address).encode())
        reply(handler, b"x" * 100_000)

    with answering(whole) as url, new_session(1, LIMITS) as session:
        assert [session.get(url).content for _ in range(3)] == [b"x" * 100_000] * 3
    assert len(set(bodies)) == 1


def test_a_session_can_be_used_after_a_call_was_cut_off():
    answers = iter([dripping_body, large, lambda handler: reply(handler, b"[]")])
    with (
        answering(lambda handler: next(answers)(handler)) as url,
        new_session(1, LIMITS) as session,
    ):
        for error in (TooSlow, TooLarge):
            with pytest.raises(error):
                session.get(url)
        assert session.get(url).json() == []


def test_an_answer_nested_without_end_is_no_answer():
    with (
        answering(deeply_nested) as url,
        new_session(1, LIMITS) as session,
        pytest.raises(TransientError, match="not whole JSON"),
    ):
        parse_json(session.get(url))


@pytest.mark.parametrize(
    ("answer", "why"), [(dripping_body, "no whole answer"), (large, "over 100,000 bytes")]
)
def test_a_download_of_the_table_has_limits_too(
    answer: Answer, why: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(raw_table, "_DOWNLOAD", LIMITS)
    with answering(answer) as url, pytest.raises(SourceUnavailableError, match=why):
        read_tracks(url, 42)


def test_connections_that_cannot_be_made_are_said_so():
    with new_session(1, LIMITS) as session, pytest.raises(requests.ConnectionError):
        session.get("http://127.0.0.1:9/")
