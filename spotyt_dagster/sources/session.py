"""HTTP sessions: bounded in time and size, and with no credentials from the environment.

Proxies and certificates (HTTPS_PROXY, NO_PROXY, REQUESTS_CA_BUNDLE) are the network's. Who we are,
the caller says in `auth`, never ~/.netrc: requests reads that for every request without `auth`, and
its password then replaced Spotify's.
"""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from spotyt_dagster.masking import masked_logger

#: YouTube compresses only for a User-Agent that says "gzip".
HEADERS = {"User-Agent": "spotyt_dagster (gzip)", "Accept-Encoding": "gzip"}


#: They log every address with its query, in which a download's signature stands.
_LOGS_OF_ADDRESSES = ("urllib3.connectionpool", "urllib3.util.retry")


class HeaderAuth(AuthBase):
    """Credentials as the value of one header."""

    def __init__(self, header: str, value: str):
        self._header = header
        self._value = value

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Put the header on a request."""
        request.headers[self._header] = self._value
        return request


class Anonymous(AuthBase):
    """No credentials, said explicitly: without any, requests looks into ~/.netrc."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Leave a request as it is."""
        return request


@dataclass(frozen=True)
class Limits:
    """What one call may take.

    Args:
        connect: seconds until there is a connection.
        silence: seconds between two bytes of the answer.
        whole: seconds for the whole answer. A body that came a byte a second hung a crawl for ever,
            since no byte was ever late.
        body_bytes: size of the body once unpacked. The largest page of the services is under a
            megabyte; 200 MB of JSON took 2.1 GB of memory, a bomb of gzip 5.4 GB.
    """

    connect: float = 5.0
    silence: float = 30.0
    whole: float = 60.0
    body_bytes: int = 32 * 2**20


class TooSlow(requests.Timeout):
    """The answer was not there in time."""


class TooLarge(requests.RequestException):
    """The body is larger than any answer of the service."""


def what_failed(error: requests.RequestException) -> str:
    """A failed call in words that may be shown: requests' own quote the address with its query."""
    if isinstance(error, TooSlow | TooLarge):
        return str(error)
    if isinstance(error, requests.ConnectionError):
        return "no connection"
    if isinstance(error, requests.Timeout):
        return "no answer in time"
    return "an answer that broke off"


def new_session(parallel_calls: int, limits: Limits | None = None) -> requests.Session:
    """A session whose pool holds a connection for each parallel call; it retries nothing itself.

    Args:
        parallel_calls: calls at a time.
        limits: what each call may take; default: those of `Limits`.

    Returns:
        The session. Its calls raise `TooSlow` and `TooLarge` beside what requests raises.
    """
    for name in _LOGS_OF_ADDRESSES:
        masked_logger(name)
    session = _Session()
    session.headers.update(HEADERS)
    adapter = _Adapter(parallel_calls, limits or Limits())
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


def is_loopback(url: str) -> bool:
    """Whether an address is this machine itself."""
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


class _Session(requests.Session):
    def __init__(self) -> None:
        super().__init__()
        self.auth = Anonymous()

    def rebuild_auth(
        self, prepared_request: requests.PreparedRequest, response: requests.Response
    ) -> None:
        """Drop credentials where a redirect leads to another host; requests reads ~/.netrc here."""
        target = str(prepared_request.url)
        if self.should_strip_auth(str(response.request.url), target):
            prepared_request.headers.pop("Authorization", None)


class _Adapter(HTTPAdapter):
    def __init__(self, parallel_calls: int, limits: Limits):
        self._limits = limits
        super().__init__(pool_connections=4, pool_maxsize=parallel_calls, max_retries=0)

    def init_poolmanager(self, *args: Any, **options: Any) -> Any:
        """Make the connections ones that can be cut off."""
        super().init_poolmanager(*args, **options)
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, *args: Any, **options: Any) -> Any:
        """The same for connections through a proxy."""
        manager = super().proxy_manager_for(*args, **options)
        manager.pool_classes_by_scheme = _POOLS
        return manager

    def send(  # pyright: ignore[reportIncompatibleMethodOverride]
        self, request: requests.PreparedRequest, **options: Any
    ) -> requests.Response:
        """Send a request and read its answer within the limits.

        To this machine itself without a proxy: none can reach our loopback.
        """
        if is_loopback(str(request.url)):
            options["proxies"] = {}
        options |= {"stream": True, "timeout": (self._limits.connect, self._limits.silence)}
        with _deadline(self._limits.whole):
            response = super().send(request, **options)
            response._content = self._read(response)
        return response

    def _read(self, response: requests.Response) -> bytes:
        body = bytearray()
        for chunk in response.iter_content(65_536):
            body += chunk
            if len(body) > self._limits.body_bytes:
                response.close()
                raise TooLarge(f"an answer of over {self._limits.body_bytes:,} bytes")
        return bytes(body)


class _Call:
    """The socket of a call, which a clock may cut off from its own thread."""

    def __init__(self) -> None:
        self.socket: socket.socket | None = None
        self.late = False
        self._over = False
        self._lock = threading.Lock()

    def cut_off(self) -> None:
        """End the call; whoever reads from its socket finds the end of the stream."""
        with self._lock:
            if self._over:
                return
            self.late = True
            if self.socket is not None:
                with suppress(OSError):
                    # Past TLS, whose own shutdown is not for another thread.
                    socket.socket.shutdown(self.socket, socket.SHUT_RDWR)

    def end(self) -> None:
        """From now on the socket may belong to another call."""
        with self._lock:
            self._over = True


_current = threading.local()


@contextmanager
def _deadline(seconds: float) -> Iterator[None]:
    """Cut off what this thread sends and reads inside after so many seconds.

    Raises:
        TooSlow: it was cut off.
    """
    call = _current.call = _Call()
    clock = threading.Timer(seconds, call.cut_off)
    clock.daemon = True
    clock.start()
    try:
        yield
    except (requests.RequestException, OSError) as error:
        if call.late:
            raise TooSlow(f"no whole answer within {seconds:g} s") from error
        raise
    finally:
        call.end()
        clock.cancel()
        _current.call = None
    if call.late:
        raise TooSlow(f"no whole answer within {seconds:g} s")


class _Noted:
    """A connection that tells the call under way which socket it uses."""

    sock: Any

    def request(self, *args: Any, **options: Any) -> None:
        """Connect where need be, and send."""
        super().request(*args, **options)  # pyright: ignore[reportAttributeAccessIssue]
        if (call := getattr(_current, "call", None)) is not None:
            call.socket = self.sock


class _Connection(_Noted, HTTPConnection):
    """Over plain HTTP."""


class _TlsConnection(_Noted, HTTPSConnection):
    """Over TLS."""


class _Pool(HTTPConnectionPool):
    ConnectionCls: Any = _Connection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls: Any = _TlsConnection


_POOLS = {"http": _Pool, "https": _TlsPool}
