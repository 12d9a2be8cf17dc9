"""YouTube as it refuses: every row of the failure table of docs, told for what it is."""

import logging
from datetime import timedelta

import pytest
import requests

from spotyt_dagster.clock import next_reset
from spotyt_dagster.exceptions import (
    ApiAccessError,
    SettingsError,
    SourceUnavailableError,
)
from spotyt_dagster.sandbox.faults import Fault, Faults
from spotyt_dagster.sandbox.server import SANDBOX_KEY
from spotyt_dagster.sources.http import LONGEST_WAIT, RequestRejectedError
from spotyt_dagster.sources.ledger import QuotaExhausted
from spotyt_dagster.sources.youtube import classify
from spotyt_dagster_tests.sandbox.small_table import NOON
from spotyt_dagster_tests.sources.fake_server import Reply
from spotyt_dagster_tests.sources.youtube_bodies import VIDEO, detail, error

NO_VIDEO = "no-such-vid"


@pytest.fixture
def refused(scripted, youtube_at):
    """Ask for a video of a server that answers so for ever; the client has 3 tries."""

    def ask(reply: Reply, key: str = "very-secret"):
        scripted.script = [reply] * 10
        return youtube_at(scripted.url, key).videos(["v0000000020"])

    return ask


@pytest.mark.parametrize("key", ["very secret", "very\nsecret", "ключ", "“secret”"])
def test_a_key_that_no_header_can_bear_is_refused_without_showing_it(youtube_at, key):
    with pytest.raises(SettingsError, match="SPOTYT_YOUTUBE_API_KEY holds a space") as told:
        youtube_at("http://127.0.0.1:1", key)
    assert key not in str(told.value)
    assert "secret" not in str(told.value)


@pytest.mark.parametrize(
    "reply",
    [
        error(403, "quotaExceeded", "You have exceeded your quota."),
        error(403, "dailyLimitExceeded", "Daily Limit Exceeded"),
        error(
            429,
            "rateLimitExceeded",
            status="RESOURCE_EXHAUSTED",
            details=[detail("RATE_LIMIT_EXCEEDED", quota_unit="1/d/{project}")],
        ),
        error(429, details=[{"@type": "other"}, detail("X", quota_unit="1/d/{project}")]),
        error(403, details=[detail("quotaExceeded")]),
    ],
    ids=["new", "old", "bucket", "details only", "reason in details"],
)
def test_a_days_end_stops_until_the_reset_and_is_never_retried(refused, scripted, reply):
    with pytest.raises(QuotaExhausted) as spent:
        refused(reply)
    assert spent.value.resumes_at == next_reset(NOON)
    with pytest.raises(QuotaExhausted):
        refused(Reply({"items": []}))
    assert len(scripted.asked) == 1


@pytest.mark.parametrize(
    "reply",
    [
        error(429, "rateLimitExceeded"),
        error(403, "rateLimitExceeded"),
        error(403, "userRateLimitExceeded"),
        error(429, details=[detail("RATE_LIMIT_EXCEEDED", quota_unit="1/min/{project}")]),
        error(403, details=[detail("RATE_LIMIT_EXCEEDED", quota_unit="1/min/{project}/{user}")]),
        error(500, "backendError"),
        error(503, "backendError"),
        Reply("<html>Bad Gateway</html>", 502),
        Reply('{"items": [{"id": "v00', 200),
    ],
)
def test_what_passes_is_tried_so_often_and_no_more(refused, scripted, reply):
    with pytest.raises(SourceUnavailableError, match="still so after 3 tries"):
        refused(reply)
    assert len(scripted.asked) == 3


@pytest.mark.parametrize(
    "reply",
    [
        error(400, "badRequest", "API key not valid. Please pass a valid API key.",
              details=[detail("API_KEY_INVALID")]),
        error(400, "keyInvalid", "Bad Request"),
        error(400, "badRequest", "API key expired. Please renew the API key."),
        error(403, "forbidden", "Method doesn't allow unregistered callers (callers without "
              "established identity).", status="PERMISSION_DENIED"),
    ],
)  # fmt: skip
def test_a_bad_key_stops_at_once_and_names_the_setting(refused, scripted, reply):
    with pytest.raises(ApiAccessError, match=r"not valid\. Set SPOTYT_YOUTUBE_API_KEY") as told:
        refused(reply)
    assert len(scripted.asked) == 1
    assert "very-secret" not in str(told.value)


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        (error(403, "forbidden", "Requests from referer <empty> are blocked.",
               details=[detail("API_KEY_HTTP_REFERRER_BLOCKED")]), "referer <empty> are blocked"),
        (error(403, "forbidden", "Requests to this API are blocked.",
               details=[detail("API_KEY_SERVICE_BLOCKED")]), "API_KEY_SERVICE_BLOCKED"),
        (error(403, "forbidden", "The provided API key has an IP address restriction.",
               details=[detail("API_KEY_IP_ADDRESS_BLOCKED")]), "IP address restriction"),
        (error(403, "accessNotConfigured", "YouTube Data API v3 has not been used in project 1."),
         "has not been used"),
        (Reply("<html>Forbidden</html>", 403), "403 Forbidden"),
    ],
)  # fmt: skip
def test_a_good_key_that_may_not_is_told_with_googles_words_and_where_to_look(refused, reply, told):
    with pytest.raises(
        ApiAccessError, match=r"Google Cloud console.*SPOTYT_YOUTUBE_API_KEY"
    ) as error:
        refused(reply)
    assert told in str(error.value)
    assert "not valid" not in str(error.value)


def test_a_key_that_google_quotes_is_not_shown(refused):
    reply = error(403, "forbidden", "Consumer 'api_key:very-secret' has been suspended.")
    with pytest.raises(ApiAccessError, match="api_key:…' has been suspended") as told:
        refused(reply)
    assert "very-secret" not in str(told.value)


@pytest.mark.parametrize(
    "reply",
    [
        error(400, "invalidFilters", "The request specifies an invalid filter parameter."),
        error(400, "badRequest", 'Unknown name "keyword": Cannot bind query parameter.'),
        Reply("Not Found", 404),
        Reply("Method Not Allowed", 405),
    ],
)
def test_a_request_that_youtube_does_not_understand_is_told_once(refused, scripted, reply):
    with pytest.raises(ApiAccessError, match=f"refuses what videos asks.*{reply.status}") as told:
        refused(reply)
    assert len(scripted.asked) == 1
    assert "not valid" not in str(told.value)


@pytest.mark.parametrize("odd", ["[]", "null", '"text"', '{"error": "text"}', '{"error": null}'])
@pytest.mark.parametrize("status", [400, 403, 429, 500])
def test_a_refusal_in_any_other_form_is_still_told_as_one(refused, odd, status):
    with pytest.raises((ApiAccessError, SourceUnavailableError)):
        refused(Reply(odd, status))


def test_the_sandboxs_wrong_key_is_refused_with_the_mend(youtube_at, server):
    with pytest.raises(ApiAccessError, match="SPOTYT_YOUTUBE_API_KEY"):
        youtube_at(server.url, "wrong").videos(["v0000000020"])


@pytest.mark.parametrize("fault", [Fault.QUOTA_EXCEEDED, Fault.DAILY_LIMIT_EXCEEDED])
def test_quota_that_another_program_spent_is_back_after_the_reset(youtube, server, clock, fault):
    server.inject(Faults(script={"videos": [fault]}))
    for _ in range(3):
        with pytest.raises(QuotaExhausted):
            youtube.videos(["v0000000020"])
    assert server.stats()["calls"] == {"videos": 1}
    clock.moment = next_reset(clock())
    assert youtube.videos(["v0000000020"])[0].missing_reason is None


@pytest.mark.parametrize(
    "fault",
    [
        Fault.RATE_LIMITED_BARE,
        Fault.RATE_LIMIT_EXCEEDED,
        Fault.USER_RATE_LIMIT_EXCEEDED,
        Fault.ERROR_500,
        Fault.ERROR_503,
        Fault.DROPPED,
        Fault.TRUNCATED,
    ],
)
def test_what_passes_is_outlasted_and_asked_for_once(youtube, server, store, fault):
    server.inject(Faults(script={"videos": [fault, fault]}))
    assert youtube.videos(["v0000000020"])[0].payload is not None
    assert server.stats()["calls"] == {"videos": 3}
    assert server.stats()["repeated_ids"] == {"videos": []}
    assert store.ledger.usage(youtube.bucket).used == server.stats()["units_today"]["default"] == 3


def test_a_ban_of_hours_is_told_with_its_end_and_not_slept(youtube, server):
    server.inject(Faults(script={"videos": [Fault.BANNED]}))
    with pytest.raises(QuotaExhausted, match="resumes at 2024-11-15 22:46 UTC") as spent:
        youtube.videos(["v0000000020"])
    assert spent.value.resumes_at == NOON + timedelta(seconds=10_000)
    assert timedelta(seconds=10_000) > LONGEST_WAIT
    assert server.stats()["calls"] == {"videos": 1}


@pytest.mark.parametrize(
    ("video", "reason"), [("closed", "commentsDisabled"), (NO_VIDEO, "videoNotFound")]
)
def test_a_closed_comment_section_is_a_matter_of_this_video_alone(
    server, world, clock, video, reason
):
    if video == "closed":
        found = (world.video(id_, NOON.date()) for id_ in world.video_ids)
        video = next(one.id for one in found if one and one.comments is None)
    response = requests.get(
        f"{server.url}/youtube/v3/commentThreads",
        {"part": "snippet", "videoId": video},
        headers={"X-Goog-Api-Key": SANDBOX_KEY},
    )
    with pytest.raises(RequestRejectedError) as rejected:
        classify(response, clock)
    assert rejected.value.reason == reason


def test_no_log_bears_the_key(scripted, youtube_at, caplog):
    caplog.set_level(logging.DEBUG)
    scripted.script = [error(500), error(429), Reply({"items": [VIDEO]})]
    youtube_at(scripted.url, "very-secret").videos(["v0000000020"])
    assert "YouTube answers 429" in caplog.text
    assert "very-secret" not in caplog.text
