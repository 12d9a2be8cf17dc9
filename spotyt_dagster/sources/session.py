"""HTTP sessions that take from the environment what belongs to the network, and no credentials.

Proxies and certificates (HTTPS_PROXY, NO_PROXY, REQUESTS_CA_BUNDLE) are the network's. Who we are,
the caller says in `auth`, never ~/.netrc: requests reads that for every request without `auth`, and
its password then replaced Spotify's.
"""

from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase

#: YouTube compresses only for a User-Agent that says "gzip".
HEADERS = {"User-Agent": "spotyt_dagster (gzip)", "Accept-Encoding": "gzip"}


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


def new_session(parallel_calls: int) -> requests.Session:
    """A session whose pool holds a connection for each parallel call; it retries nothing itself."""
    session = _Session()
    session.headers.update(HEADERS)
    adapter = _Adapter(pool_connections=4, pool_maxsize=parallel_calls, max_retries=0)
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
    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> Any:
        """Send a request, to this machine itself without a proxy: none can reach our loopback."""
        if is_loopback(str(request.url)):
            options["proxies"] = {}
        return super().send(request, *args, **options)
