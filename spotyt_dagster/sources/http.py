"""HTTP requests and what is retried: the one place that decides what is asked again, and how often.

Which status or body means what is each service's own knowledge (`youtube.py`, `spotify.py`); what
every HTTP service shares is here, `RETRYABLE_STATUSES` first of all. Paying for a call and storing
its response belong in `metered_client.py`. Nothing above this module retries.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, TypeGuard, TypeVar

import requests
import tenacity
from requests.auth import AuthBase

from spotyt_dagster.clock import Clock
from spotyt_dagster.exceptions import SettingsError, SourceUnavailableError
from spotyt_dagster.masking import keep_secret, masked_logger
from spotyt_dagster.sources.session import TooLarge, what_failed

T = TypeVar("T")

log = masked_logger(__name__)

#: Statuses below 500 that may be gone a moment later: timeout, conflict, too many requests. Every
#: status from 500 on is retried as well.
RETRYABLE_STATUSES = frozenset({408, 409, 429})

#: A longer Retry-After is an order to go away, not to sleep: Spotify sends up to 86,400 s, and
#: crawlers that slept it out silently are what their users complain of most.
LONGEST_WAIT = timedelta(seconds=60)

#: Seconds beyond which a wait makes no difference (and no date).
_FOR_EVER = 10 * 365 * 86_400

#: What reading JSON raises: text that is none, a number of 5,000 digits, brackets 100,000 deep.
NO_JSON = (ValueError, RecursionError)


class TransientError(Exception):
    """May succeed when asked again: a rate limit, a server's error, a broken connection.

    Attributes:
        retry_after: the wait that the service asked for; None where it named none.
    """

    def __init__(self, message: str, retry_after: timedelta | None = None):
        super().__init__(message)
        self.retry_after = retry_after


class RequestRejectedError(Exception):
    """This request is wrong or what it asks for is not there; others may still succeed.

    Attributes:
        status: of the response.
        reason: the service's code for why; empty where it gave none.
    """

    def __init__(self, status: int, reason: str, message: str):
        super().__init__(
            ": ".join(part for part in (f"{status} {reason}".strip(), message) if part)
        )
        self.status = status
        self.reason = reason


class TokenExpiredError(Exception):
    """The access token is no longer accepted; with a new one the same request may be."""


@dataclass(frozen=True)
class RetryPolicy:
    """How often a call is made and how long the waits between are.

    Five attempts from half a second outlast the short rate limits of both services (seconds); more
    would only spend units, since each attempt is paid for.

    Attributes:
        max_attempts: calls made at most, the first one included.
        initial_backoff: seconds before the second attempt; each later wait doubles, with jitter.
        max_backoff: seconds that no wait exceeds.
    """

    max_attempts: int = 5
    initial_backoff: float = 0.5
    max_backoff: float = LONGEST_WAIT.total_seconds()


def is_retryable(status: int) -> bool:
    """Whether a response of this status may be another one when asked again.

    Args:
        status: of an HTTP response.

    Returns:
        True for `RETRYABLE_STATUSES` and for every status from 500 on.

    >>> is_retryable(503), is_retryable(404)
    (True, False)
    """
    return status in RETRYABLE_STATUSES or status >= 500


def is_long(wait: timedelta | None) -> TypeGuard[timedelta]:
    """Whether a wait is too long to be slept.

    Args:
        wait: that a service asks for; None where it asks for none.

    Returns:
        True beyond `LONGEST_WAIT`.
    """
    return wait is not None and wait > LONGEST_WAIT


def send(
    session: requests.Session, method: str, url: str, auth: AuthBase, **options: Any
) -> requests.Response:
    """Send one request.

    Redirects are not followed: neither service sends any, and a hotel's log-in page would be sent
    the key.

    Args:
        session: from `session.new_session`.
        method: `GET` or `POST`.
        url: without credentials.
        auth: the credentials.
        **options: as `requests.Session.request` takes them, such as `params`.

    Returns:
        The response, whatever its status.

    Raises:
        TransientError: no response arrived, it broke off, it exceeds a limit of the session, or it
            is a redirect.
    """
    try:
        response = session.request(method, url, auth=auth, allow_redirects=False, **options)
    except (
        requests.ConnectionError,
        requests.Timeout,
        requests.exceptions.ChunkedEncodingError,
        requests.exceptions.ContentDecodingError,
        TooLarge,
    ) as error:
        raise TransientError(f"{origin(url)}: {what_failed(error)}") from error
    if response.is_redirect:
        raise TransientError(f"{origin(url)}: a redirect instead of an answer")
    return response


def parse_json(response: requests.Response) -> Any:
    """Read a response's JSON.

    Args:
        response: of any service.

    Returns:
        What it holds, as Python's types.

    Raises:
        TransientError: it is not whole JSON, as when it broke off.
    """
    try:
        return response.json()
    except NO_JSON as error:
        raise TransientError(f"{origin(response.url)}: an answer that is not whole JSON") from error


def clean_secret(value: str, setting: str) -> str:
    """Make a secret fit for a header: without the line break that copying often adds.

    From now on it is masked in messages and logs.

    Args:
        value: as the setting has it.
        setting: name of the environment variable, for the message.

    Returns:
        The secret without surrounding whitespace.

    Raises:
        SettingsError: it holds what no secret has. requests would say so too, and quote the secret.
    """
    bare = value.strip()
    if not bare.isascii() or not bare.isprintable() or " " in bare:
        raise SettingsError(
            f"{setting} holds a space, a line break or a letter that is not ASCII, as no key does. "
            "Copy the key again."
        )
    keep_secret(bare)
    return bare


def origin(url: str) -> str:
    """Scheme and host of an address: what may stand in a log, unlike a query with ids or keys.

    Args:
        url: an absolute address.

    Returns:
        It without path and query.

    >>> origin("https://api.spotify.com/v1/artists?ids=a,b")
    'https://api.spotify.com'
    """
    return "/".join(url.split("/")[:3])


def classify_transient(message: str, response: requests.Response, clock: Clock) -> TransientError:
    """Make the error for a response that may be another one when asked again.

    Args:
        message: what failed, for people.
        response: whose Retry-After counts.
        clock: what a Retry-After that is a date is compared with.

    Returns:
        The error to raise, with the wait that the service asks for.
    """
    return TransientError(message, retry_after(response, clock))


def retry_after(response: requests.Response, clock: Clock) -> timedelta | None:
    """Read a response's Retry-After.

    Args:
        response: of any service.
        clock: what a date is compared with.

    Returns:
        The wait (0 to ten years), from seconds or from an HTTP date; None where there is no such
        header or it can be read as neither.
    """
    value = response.headers.get("Retry-After", "").strip()
    if value.isdecimal():
        # Python refuses to read a number of more than 4,300 digits.
        long = len(value.lstrip("0")) > len(str(_FOR_EVER))
        return timedelta(seconds=_FOR_EVER if long else min(int(value), _FOR_EVER))
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    return min(max(_in_utc(moment) - clock(), timedelta(0)), timedelta(seconds=_FOR_EVER))


def date_of(response: requests.Response) -> datetime | None:
    """Read what time a server says it is.

    Args:
        response: of any service.

    Returns:
        Its Date (aware, UTC); None where it has none that can be read.
    """
    try:
        return _in_utc(parsedate_to_datetime(response.headers.get("Date", "")))
    except ValueError:
        return None


def _in_utc(moment: datetime) -> datetime:
    # A date without a zone is in UTC, as all of HTTP's are.
    return moment.replace(tzinfo=moment.tzinfo or UTC)


def call_with_retries(call: Callable[[], T], policy: RetryPolicy) -> T:
    """Call until it does not raise `TransientError`.

    Waits as the service asks, or exponentially with jitter where it names no wait.

    Args:
        call: makes one attempt.
        policy: how often and how patiently.

    Returns:
        What the first successful attempt returned.

    Raises:
        SourceUnavailableError: the last attempt failed too, or the service asks for a wait that is
            longer than `LONGEST_WAIT`.
    """
    backoff = tenacity.wait_exponential_jitter(
        multiplier=policy.initial_backoff, max=policy.max_backoff, jitter=policy.initial_backoff
    )

    def is_retried(error: BaseException) -> bool:
        return isinstance(error, TransientError) and not is_long(error.retry_after)

    def wait(state: tenacity.RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        asked = error.retry_after if isinstance(error, TransientError) else None
        return backoff(state) if asked is None else asked.total_seconds()

    try:
        return tenacity.Retrying(
            retry=tenacity.retry_if_exception(is_retried),
            stop=tenacity.stop_after_attempt(policy.max_attempts),
            wait=wait,
            before_sleep=tenacity.before_sleep_log(log, logging.INFO),
            reraise=True,
        )(call)
    except TransientError as error:
        end = (
            f"a wait of {error.retry_after} is asked for"
            if is_long(error.retry_after)
            else f"still so after {policy.max_attempts} tries"
        )
        raise SourceUnavailableError(
            f"{error}; {end}. What was answered is kept: run again later to resume from there."
        ) from error
