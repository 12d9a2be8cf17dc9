"""One call: paid before it is sent, retried only where that helps, kept at once."""

import logging
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise

import pytest
import requests

from spotyt_dagster.exceptions import SourceUnavailableError
from spotyt_dagster.sources import http
from spotyt_dagster.sources.crawl_store import EntityRecord
from spotyt_dagster.sources.http import (
    RequestRejectedError,
    RetryPolicy,
    TokenExpiredError,
    TransientError,
    call_with_retries,
    classify_transient,
    retry_after,
)
from spotyt_dagster.sources.ledger import Bucket, QuotaExhausted
from spotyt_dagster.sources.metered_client import MeteredClient
from spotyt_dagster.sources.session import Anonymous, HeaderAuth
from spotyt_dagster_tests.sandbox.small_table import NOON
from spotyt_dagster_tests.sources.conftest import QUICK
from spotyt_dagster_tests.sources.fake_server import Reply, Scripted

BUCKET = Bucket("test/units", 100)
RECORD = EntityRecord("video", "a", {"n": 1}, None, NOON)


def classify(response: requests.Response, clock) -> None:
    """The kinds of failure by status alone."""
    status = response.status_code
    if status == 401:
        raise TokenExpiredError("old")
    if status == 403:
        raise QuotaExhausted("the day is over", NOON + timedelta(hours=2))
    if status == 404:
        raise RequestRejectedError(404, "notFound", "no such thing")
    if status >= 400:
        raise classify_transient(f"answers {status}", response, clock)


@pytest.fixture
def call(session, store):
    return MeteredClient(session, store, classify, QUICK)


@pytest.fixture
def ask(call, scripted):
    """One call of the scripted server, answered with RECORD."""

    def ask(*script: Reply, on_rejection=None):
        scripted.script = list(script)
        key = HeaderAuth("X-Goog-Api-Key", "very-secret")
        url = f"{scripted.url}/v"
        return call.get(BUCKET, url, {"id": "a"}, key, lambda _: [RECORD], on_rejection)

    return ask


def units(store) -> tuple[int, int]:
    usage = store.ledger.usage(BUCKET)
    return usage.used, usage.answered


def test_an_answer_is_paid_for_and_kept(ask, store, scripted):
    assert ask(Reply({})) == [RECORD]
    assert store.cached("video", ["a"]) == {"a": RECORD}
    assert units(store) == (1, 1)
    assert scripted.asked[0].path == "/v?id=a"


def test_the_key_travels_in_a_header_and_gzip_is_asked_for(ask, scripted):
    ask(Reply({}))
    headers = scripted.asked[0].headers
    assert headers["X-Goog-Api-Key"] == "very-secret"
    assert "very-secret" not in scripted.asked[0].path
    assert headers["Accept-Encoding"] == "gzip"
    assert "gzip" in headers["User-Agent"]


@pytest.mark.parametrize(
    "bad", [Reply("", 500), Reply("", 429), Reply('{"items": [', 200), Reply("<html>", 200)]
)
def test_what_may_pass_is_asked_again_and_each_try_is_paid(ask, store, bad):
    assert ask(bad, bad, Reply({})) == [RECORD]
    assert units(store) == (3, 3)


def test_what_does_not_pass_is_given_up_after_the_last_try(ask, store, scripted):
    with pytest.raises(
        SourceUnavailableError, match=r"answers 503; still so after 3 tries.*is kept"
    ):
        ask(*[Reply("", 503)] * 5)
    assert len(scripted.asked) == 3
    assert units(store) == (3, 3)
    assert store.cached("video", ["a"]) == {}


@pytest.mark.parametrize(
    ("status", "error"), [(401, TokenExpiredError), (404, RequestRejectedError)]
)
def test_what_is_refused_is_not_asked_again(ask, store, scripted, status, error):
    with pytest.raises(error):
        ask(*[Reply({}, status)] * 5)
    assert len(scripted.asked) == 1
    assert units(store) == (1, 1)


def test_a_refusal_can_be_an_answer_and_is_kept_as_one(ask, store):
    gone = EntityRecord("video", "a", None, "not_found", NOON)
    assert ask(Reply({}, 404), on_rejection=lambda _: [gone]) == [gone]
    assert store.cached("video", ["a"]) == {"a": gone}


def test_a_days_end_told_by_the_service_stops_all_further_calls(ask, scripted):
    with pytest.raises(QuotaExhausted, match="the day is over") as spent:
        ask(*[Reply({}, 403)] * 5)
    assert spent.value.resumes_at == NOON + timedelta(hours=2)
    with pytest.raises(QuotaExhausted):
        ask(Reply({}))
    assert len(scripted.asked) == 1


def test_no_call_is_sent_that_the_ledger_does_not_pay_for(call, scripted):
    with pytest.raises(QuotaExhausted):
        call.get(Bucket("empty", 0), scripted.url, {}, {}, lambda _: [])
    assert scripted.asked == []


def test_tries_stop_when_the_units_do(call, scripted):
    scripted.script = [Reply("", 500)] * 5
    with pytest.raises(QuotaExhausted):
        call.get(Bucket("two", 2), scripted.url, {}, {}, lambda _: [])
    assert len(scripted.asked) == 2


def test_a_short_wait_that_is_asked_for_is_waited_out(ask):
    started = time.monotonic()
    assert ask(Reply("", 429, {"Retry-After": "1"}), Reply({})) == [RECORD]
    assert 1 <= time.monotonic() - started < 5


@pytest.mark.parametrize("status", [429, 503])
def test_a_long_wait_that_is_asked_for_is_told_and_not_slept(ask, store, scripted, status):
    started = time.monotonic()
    with pytest.raises(QuotaExhausted, match="Retry-After") as spent:
        ask(Reply("", status, {"Retry-After": "10000"}), Reply({}))
    assert time.monotonic() - started < 5
    assert spent.value.resumes_at == NOON + timedelta(seconds=10_000)
    assert len(scripted.asked) == 1
    assert store.ledger.usage(BUCKET).resumes_at == spent.value.resumes_at


def test_a_port_where_nobody_listens_is_given_up_with_its_address_only(call, store):
    with Scripted() as gone:
        url = gone.url
    with pytest.raises(SourceUnavailableError) as failed:
        call.get(BUCKET, f"{url}/v", {"id": "a,b"}, Anonymous(), lambda _: [])
    assert f"{url}: no connection" in str(failed.value)
    assert "id=" not in str(failed.value)
    assert units(store) == (3, 3)


def test_a_redirect_is_not_followed_for_the_key_would_go_with_it(ask, scripted):
    with Scripted(Reply({"items": []})) as elsewhere, pytest.raises(SourceUnavailableError):
        ask(*[Reply("", 302, {"Location": f"{elsewhere.url}/login"})] * 3)
    assert elsewhere.asked == []
    assert len(scripted.asked) == 3


def test_tries_are_logged_without_the_key_or_the_query(ask, caplog):
    caplog.set_level(logging.DEBUG)
    ask(Reply("", 500), Reply({}))
    waits = [record for record in caplog.records if record.name == http.__name__]
    assert len(waits) == 1
    assert "answers 500" in waits[0].getMessage()
    assert "very-secret" not in caplog.text


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("30", 30),
        (" 0 ", 0),
        ("86400", 86_400),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("²", None),
        ("9" * 30, 10 * 365 * 86_400),
        (format_datetime(NOON + timedelta(seconds=90), usegmt=True), 90),
        (format_datetime(NOON - timedelta(seconds=90), usegmt=True), 0),
        ("Fri, 15 Nov 2024 20:00:30", 30),
        ("Fri, 15 Nov 2024 20:00:30 -0000", 30),
    ],
)
def test_retry_after_is_read_as_seconds_or_as_a_date(clock, value, seconds):
    response = requests.Response()
    response.headers["Retry-After"] = value
    wait = None if seconds is None else timedelta(seconds=seconds)
    assert retry_after(response, clock) == wait


def test_no_retry_after_is_no_wait_that_is_asked_for(clock):
    assert retry_after(requests.Response(), clock) is None


def test_waits_double_and_scatter():
    waits: list[float] = []

    def fail() -> None:
        waits.append(time.monotonic())
        raise TransientError("no")

    with pytest.raises(SourceUnavailableError, match="no; still so after 4 tries"):
        call_with_retries(fail, RetryPolicy(max_attempts=4, initial_backoff=0.04))
    gaps = [later - earlier for earlier, later in pairwise(waits)]
    assert [low <= gap for low, gap in zip((0.04, 0.08, 0.16), gaps, strict=True)] == [True] * 3
    assert gaps[2] < 0.16 + 0.04 + 1


def test_other_errors_pass_through_at_once():
    calls = []

    def fail() -> None:
        calls.append(1)
        raise KeyError("ours")

    with pytest.raises(KeyError):
        call_with_retries(fail, QUICK)
    assert len(calls) == 1


def test_a_time_stamp_of_the_clock_is_used_not_the_systems(clock):
    clock.moment = datetime(2030, 1, 1, tzinfo=UTC)
    response = requests.Response()
    response.headers["Retry-After"] = "Tue, 01 Jan 2030 00:00:10 GMT"
    assert retry_after(response, clock) == timedelta(seconds=10)
