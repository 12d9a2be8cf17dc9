"""The live services' addresses, answered on loopback: real HTTPS, with nothing sent outside.

A proxy, as many networks have one, takes the connections to youtube.googleapis.com, api.spotify.com
and accounts.spotify.com, presents certificates of its own authority for them, and forwards what it
reads to a loopback server. It needs two variables, HTTPS_PROXY and REQUESTS_CA_BUNDLE; nothing of
the product is changed for it.
"""

import socket
import ssl
from contextlib import AbstractContextManager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import trustme

HOSTS = ("youtube.googleapis.com", "api.spotify.com", "accounts.spotify.com")


class LiveOnLoopback(AbstractContextManager["LiveOnLoopback"]):
    """Such a proxy in a daemon thread.

    Args:
        server: address of the loopback server that answers for the live services.
        folder: where the authority's certificate is put.
    """

    def __init__(self, server: str, folder: Path):
        self._server = (urlsplit(server).hostname, urlsplit(server).port)
        authority = trustme.CA()
        self._bundle = folder / "authority.pem"
        authority.cert_pem.write_to_path(self._bundle)
        self._tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        authority.issue_cert(*HOSTS).configure_cert(self._tls)
        #: Host and port of every connection that was asked for.
        self.asked: list[str] = []

    @property
    def environment(self) -> dict[str, str]:
        """Variables with which a process finds the live services here."""
        return {
            "HTTPS_PROXY": f"http://127.0.0.1:{self._proxy.server_port}",
            "REQUESTS_CA_BUNDLE": str(self._bundle),
        }

    def __enter__(self) -> "LiveOnLoopback":
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_CONNECT(self) -> None:
                outer.asked.append(self.path)
                self.send_response(200)
                self.end_headers()
                self.close_connection = True
                with (
                    outer._tls.wrap_socket(self.connection, server_side=True) as client,
                    socket.create_connection(outer._server) as server,
                ):
                    back = Thread(target=_forward, args=(server, client), daemon=True)
                    back.start()
                    _forward(client, server)
                    back.join()

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._proxy = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._proxy.daemon_threads = True
        Thread(target=self._proxy.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._proxy.shutdown()
        self._proxy.server_close()


def _forward(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65_536):
            target.sendall(data)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)
