"""A service in which every call stalls, to stop the crawler in the middle of one."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal

Stall = Literal["silent", "dripping", "retry_after"]

#: Seconds; short enough for the crawler to sleep, not to stop.
RETRY_AFTER = 50


class Stalling:
    """A stalling service.

    Attributes:
        url: its address.
        called: set once a call is being stalled.
    """

    def __init__(self, url: str):
        self.url = url
        self.called = threading.Event()


@contextmanager
def stalling(how: Stall) -> Iterator[Stalling]:
    """Answer for YouTube and Spotify on loopback.

    Args:
        how: with nothing, with a byte a second, or with a Retry-After.
    """
    over = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            service.called.set()
            if how == "silent":
                over.wait()
            elif how == "dripping":
                self.send_response(200)
                self.send_header("Content-Length", "1000")
                self.end_headers()
                while not over.wait(1.0):
                    self.wfile.write(b" ")
            else:
                self.send_response(503)
                self.send_header("Retry-After", str(RETRY_AFTER))
                self.send_header("Content-Length", "0")
                self.end_headers()

        def do_POST(self) -> None:
            self.do_GET()

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    service = Stalling(f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield service
    finally:
        over.set()
        server.shutdown()
        thread.join()
        server.server_close()
