"""One HTTP call as a crawler makes it: paid for first, retried with patience, kept at once.

The kinds of failure are named here; which answer is which is the service's own knowledge
(`youtube.py`, `spotify.py`). Nothing above this module retries.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar

import requests
import tenacity
from requests.auth import AuthBase

from spotyt_dagster.clock import Clock
from spotyt_dagster.exceptions import SettingsError, SourceUnavailableError
from spotyt_dagster.masking import keep_secret, masked_logger
from spotyt_dagster.sources.crawl_store import Answer, CrawlStore
from spotyt_dagster.sources.ledger import Bucket
from spotyt_dagster.sources.session import TooLarge, what_failed

T = TypeVar("T")

log = masked_logger(__name__)

#: A longer Retry-After is an order to go away, not to sleep: Spotify sends up to 86,400 s, and
#: crawlers that slept it out silently are what their users complain of most.
LONGEST_WAIT = timedelta(seconds=60)

#: Seconds beyond which a wait makes no difference (and no date).
_FOR_EVER = 10 * 365 * 86_400

#: Both services take at most so many ids a call (YouTube answers more with invalidFilters).
MAX_IDS_PER_REQUEST = 50


#: What reading JSON raises: text that is none, a number of 5,000 digits, brackets 100,000 deep.
NO_JSON = (ValueError, RecursionError)


class TransientError(Exception):
    """May succeed when asked again: a rate limit, a server's error, a broken connection."""

    def __init__(self, message: str, retry_after: timedelta | None = None):
        super().__init__(message)
        self.retry_after = retry_after


class DayIsOver(Exception):  # noqa: N818 (no error: a day has its end)
    """The service wants no call before `resumes_at`: its quota is gone, or it bans us for long."""

    def __init__(self, message: str, resumes_at: datetime):
        super().__init__(message)
        self.resumes_at = resumes_at


class RequestRejectedError(Exception):
    """This request is wrong or what it asks for is not there; others may still succeed."""

    def __init__(self, status: int, reason: str, message: str):
        super().__init__(f"{status} {reason}: {message}")
        self.status = status
        self.reason = reason


class TokenExpiredError(Exception):
    """The access token is no longer taken; with a new one the same request may be."""


@dataclass(frozen=True)
class RetryPolicy:
    """How often one call is tried and how long the first wait is (s); waits double, with jitter.

    Five tries from half a second outlast the short rate limits of both services (seconds); more
    would only spend units, since each try is paid for.
    """

    attempts: int = 5
    initial_backoff: float = 0.5
    max_backoff: float = LONGEST_WAIT.total_seconds()


class MeteredClient:
    """Makes calls of one service: reserves a unit before each try, keeps answers at once.

    Args:
        session: shared by the threads of a crawl.
        store: ledger and answers.
        classify: raises what an answer means that is an error: one of this module's classes, or
            `errors.ApiAccessError`.
        retries: patience with transient failures.
    """

    def __init__(
        self,
        session: requests.Session,
        store: CrawlStore,
        classify: Callable[[requests.Response, Clock], None],
        retries: RetryPolicy,
    ):
        self._session = session
        self._store = store
        self._classify = classify
        self._retries = retries

    def get(
        self,
        bucket: Bucket,
        url: str,
        params: Mapping[str, str],
        auth: AuthBase,
        read: Callable[[Any], Sequence[Answer]],
        without: Callable[[RequestRejectedError], Sequence[Answer]] | None = None,
    ) -> Sequence[Answer]:
        """GET `url` and keep what `read` makes of its JSON, or `without` of a rejection.

        Raises:
            QuotaSpent: no unit is left, or the service says so.
            ApiAccessError: the key, app or account is not accepted.
            SourceUnavailableError: still failing after the last try.
            RequestRejectedError, TokenExpiredError: as classified.
        """

        def one_try() -> Sequence[Answer]:
            paid_on = self._store.reserve(bucket)
            try:
                answers = self._answers(url, params, auth, read, without)
            except Exception:
                self._store.keep(bucket, paid_on, ())
                raise
            # What could not be read is no fact: the next run asks again.
            facts = [answer for answer in answers if answer.missing_reason != "error"]
            self._store.keep(bucket, paid_on, facts)
            return answers

        def try_and_note_the_end() -> Sequence[Answer]:
            try:
                return one_try()
            except DayIsOver as error:
                raise self._store.pause(bucket, error.resumes_at, str(error)) from None

        return call_with_retries(try_and_note_the_end, self._retries)

    def _answers(
        self,
        url: str,
        params: Mapping[str, str],
        auth: AuthBase,
        read: Callable[[Any], Sequence[Answer]],
        without: Callable[[RequestRejectedError], Sequence[Answer]] | None,
    ) -> Sequence[Answer]:
        response = send(self._session, "GET", url, auth, params=params)
        try:
            self._classify(response, self._store.clock)
        except RequestRejectedError as error:
            if without is None:
                raise
            return without(error)
        self._store.require_time_of(date_of(response))
        return read(parse_json(response))


def send(
    session: requests.Session, method: str, url: str, auth: AuthBase, **options: Any
) -> requests.Response:
    """Send one request.

    `TransientError` if it fails, breaks off, passes a limit or leads elsewhere.

    Redirects are not followed: neither service sends any, and a hotel's log-in page would be sent
    the key.
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
    """The JSON of an answer; one that breaks off half-way is `TransientError`."""
    try:
        return response.json()
    except NO_JSON as error:
        raise TransientError(f"{origin(response.url)}: an answer that is not whole JSON") from error


def clean_secret(value: str, setting: str) -> str:
    """A secret as a header can bear it, without the line break that copying often adds.

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
    """Scheme and host of an address: what may stand in a log, unlike a query with ids or keys."""
    return "/".join(url.split("/")[:3])


def classify_transient(
    message: str, response: requests.Response, clock: Clock
) -> TransientError | DayIsOver:
    """What a failure that passes means: another try, or a stop if the wait it asks for is long."""
    wait = retry_after(response, clock)
    if wait is None or wait <= LONGEST_WAIT:
        return TransientError(message, wait)
    return DayIsOver(f"{message} with a long Retry-After", clock() + wait)


def retry_after(response: requests.Response, clock: Clock) -> timedelta | None:
    """The wait that an answer's Retry-After asks for (seconds or an HTTP date), if any."""
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
    """What time a server says it is, if it does."""
    try:
        return _in_utc(parsedate_to_datetime(response.headers.get("Date", "")))
    except ValueError:
        return None


def _in_utc(moment: datetime) -> datetime:
    # A date without a zone is in UTC, as all of HTTP's are.
    return moment.replace(tzinfo=moment.tzinfo or UTC)


def call_with_retries(call: Callable[[], T], retries: RetryPolicy) -> T:
    """Call until it does not raise `TransientError`, waiting as told or exponentially with jitter.

    Raises:
        SourceUnavailableError: the last try was transient too.
    """
    backoff = tenacity.wait_exponential_jitter(
        multiplier=retries.initial_backoff, max=retries.max_backoff, jitter=retries.initial_backoff
    )

    def wait(state: tenacity.RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        asked = error.retry_after if isinstance(error, TransientError) else None
        return backoff(state) if asked is None else asked.total_seconds()

    try:
        return tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(TransientError),
            stop=tenacity.stop_after_attempt(retries.attempts),
            wait=wait,
            before_sleep=tenacity.before_sleep_log(log, logging.INFO),
            reraise=True,
        )(call)
    except TransientError as error:
        raise SourceUnavailableError(
            f"{error}; still so after {retries.attempts} tries. What was answered is kept: run "
            "again later and it goes on from there."
        ) from error
