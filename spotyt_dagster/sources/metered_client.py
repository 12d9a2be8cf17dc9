"""Calls of one service as a crawl makes them: paid for first, retried, stored at once.

How a request is sent and retried is in `http.py`; how units are counted in `ledger.py`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import requests
from requests.auth import AuthBase

from spotyt_dagster.clock import Clock
from spotyt_dagster.sources.crawl_store import ERROR, CrawlStore, EntityRecord
from spotyt_dagster.sources.http import (
    RequestRejectedError,
    RetryPolicy,
    TransientError,
    call_with_retries,
    date_of,
    is_long,
    parse_json,
    send,
)
from spotyt_dagster.sources.ledger import Bucket, Ledger, QuotaExhausted


class MeteredClient:
    """Makes calls of one service: reserves a unit before each attempt, stores responses at once.

    Args:
        session: shared by the threads of a crawl.
        store: ledger and records.
        classify: raises what a response that is an error means: one of `http`'s exceptions,
            `QuotaExhausted` or `ApiAccessError`; returns for any other response.
        policy: how transient failures are retried.
    """

    def __init__(
        self,
        session: requests.Session,
        store: CrawlStore,
        classify: Callable[[requests.Response, Clock], None],
        policy: RetryPolicy,
    ):
        self._session = session
        self._store = store
        self._classify = classify
        self._policy = policy

    def get(
        self,
        bucket: Bucket,
        url: str,
        params: Mapping[str, str],
        auth: AuthBase,
        read: Callable[[Any], Sequence[EntityRecord]],
        on_rejection: Callable[[RequestRejectedError], Sequence[EntityRecord]] | None = None,
    ) -> Sequence[EntityRecord]:
        """GET an address and store what its response says.

        Args:
            bucket: what each attempt draws on.
            url: without a query.
            params: the query.
            auth: the credentials.
            read: makes records of the response's JSON.
            on_rejection: makes records of a rejection; where None, a rejection is raised.

        Returns:
            The records, stored but for those with `missing_reason` `error`: what could not be read
            is asked for again by the next run.

        Raises:
            QuotaExhausted: no unit is left, or the service says so; the ledger has noted it.
            ApiAccessError: the key, app or account is not accepted.
            SourceUnavailableError: still failing after the last attempt.
            RequestRejectedError: the service rejects the request, and there is no `on_rejection`.
            TokenExpiredError: the access token is no longer accepted.
        """

        def attempt() -> Sequence[EntityRecord]:
            with noting_pauses(self._store.ledger, bucket):
                paid_on = self._store.ledger.reserve(bucket)
                try:
                    records = self._records(url, params, auth, read, on_rejection)
                except Exception:
                    self._store.save_response(bucket, paid_on, ())
                    raise
                readable = [one for one in records if one.missing_reason != ERROR]
                self._store.save_response(bucket, paid_on, readable)
                return records

        return call_with_retries(attempt, self._policy)

    def _records(
        self,
        url: str,
        params: Mapping[str, str],
        auth: AuthBase,
        read: Callable[[Any], Sequence[EntityRecord]],
        on_rejection: Callable[[RequestRejectedError], Sequence[EntityRecord]] | None,
    ) -> Sequence[EntityRecord]:
        response = send(self._session, "GET", url, auth, params=params)
        try:
            self._classify(response, self._store.clock)
        except RequestRejectedError as error:
            if on_rejection is None:
                raise
            return on_rejection(error)
        self._store.ledger.require_time_of(date_of(response))
        return read(parse_json(response))


@contextmanager
def noting_pauses(ledger: Ledger, bucket: Bucket) -> Iterator[None]:
    """Note in the ledger when a service wants no more calls, so that no process sends any.

    That is a quota which the service says is exhausted, or a Retry-After too long to be slept.

    Args:
        ledger: where the pause is noted.
        bucket: what is paused.

    Yields:
        To the calls.

    Raises:
        QuotaExhausted: the pause, as it was noted.
    """
    try:
        yield
    except QuotaExhausted as error:
        if error.bucket is not None:
            raise  # the ledger's own
        resumes_at, reason = error.resumes_at, error.reason
    except TransientError as error:
        if not is_long(error.retry_after):
            raise
        resumes_at = ledger.clock() + error.retry_after
        reason = f"{error} with a long Retry-After"
    else:
        return
    until = ledger.pause(bucket, resumes_at, reason)
    raise QuotaExhausted(reason, until, bucket.name) from None
