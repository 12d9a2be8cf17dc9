"""What each fault looks like from the client's side of a real connection, and what it costs."""

import pytest
import requests

from spotyt_dagster.sandbox.faults import Fault, Faults
from spotyt_dagster.sandbox.server import SandboxServer

VIDEO = "v0000000020"


@pytest.fixture
def ask(server, session):
    """Inject one fault into the next call of an endpoint and make it."""

    def ask(fault: Fault | None, method: str = "videos") -> requests.Response:
        if fault is not None:
            server.inject(Faults(script={method: [fault]}))
        params = {"part": "statistics,snippet", "id": VIDEO}
        return session.get(f"{server.url}/youtube/v3/{method}", params=params)

    return ask


@pytest.mark.parametrize(
    ("fault", "status", "reason", "retry_after"),
    [
        (Fault.ERROR_500, 500, "backendError", None),
        (Fault.ERROR_503, 503, "backendError", None),
        (Fault.RATE_LIMITED, 429, "rateLimitExceeded", "1"),
        (Fault.RATE_LIMITED_BARE, 429, "rateLimitExceeded", None),
        (Fault.BANNED, 429, "rateLimitExceeded", "10000"),
        (Fault.RATE_LIMIT_EXCEEDED, 403, "rateLimitExceeded", None),
        (Fault.USER_RATE_LIMIT_EXCEEDED, 403, "userRateLimitExceeded", None),
    ],
)
def test_a_passing_refusal_costs_a_unit_and_the_next_call_is_well(
    ask, server, fault, status, reason, retry_after
):
    refused = ask(fault)
    assert refused.status_code == status
    assert refused.json()["error"]["errors"][0]["reason"] == reason
    assert "1/d/" not in refused.text
    assert refused.headers.get("Retry-After") == retry_after
    assert ask(None).status_code == 200
    assert server.stats()["units_today"] == {"default": 2}
    assert server.stats()["repeated_ids"] == {"videos": []}


@pytest.mark.parametrize(
    ("fault", "reason", "domain"),
    [
        (Fault.QUOTA_EXCEEDED, "quotaExceeded", "youtube.quota"),
        (Fault.DAILY_LIMIT_EXCEEDED, "dailyLimitExceeded", "usageLimits"),
    ],
)
def test_quota_spent_elsewhere_stays_spent_until_the_reset(
    ask, server, clock, fault, reason, domain
):
    refused = ask(fault).json()["error"]
    assert (refused["code"], refused["errors"][0]["reason"]) == (403, reason)
    assert refused["errors"][0]["domain"] == domain
    assert ask(None).json()["error"]["errors"][0]["reason"] == "quotaExceeded"
    assert server.stats()["units_today"] == {}
    clock.advance(days=1)
    assert ask(None).status_code == 200


def test_the_newer_bucket_ends_early_in_its_own_form(ask):
    refused = ask(Fault.QUOTA_EXCEEDED, "videos:batchGetStats").json()["error"]
    assert refused["code"] == 429
    assert refused["details"][0]["metadata"]["quota_unit"] == "1/d/{project}"


def test_a_dropped_connection_gives_no_answer_at_all(ask, server):
    with pytest.raises(requests.ConnectionError):
        ask(Fault.DROPPED)
    assert ask(None).status_code == 200
    assert server.stats()["units_today"] == {"default": 2}
    assert server.stats()["repeated_ids"] == {"videos": []}


def test_truncated_json_cannot_be_parsed(ask, server):
    answer = ask(Fault.TRUNCATED)
    assert answer.status_code == 200
    with pytest.raises(requests.exceptions.JSONDecodeError):
        answer.json()
    assert server.stats()["ids"] == {}


def test_a_slow_answer_is_right_but_late(world, clock, session):
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    faults = Faults(script={"videos": [Fault.SLOW]}, slow_s=0.3)
    with SandboxServer(world, clock, faults=faults, sleep=sleep) as server:
        url = f"{server.url}/youtube/v3/videos"
        answers = [session.get(url, params={"part": "id", "id": VIDEO}) for _ in range(2)]
    assert [answer.json()["items"][0]["id"] for answer in answers] == [VIDEO] * 2
    assert waits == [0.3, 0]


@pytest.mark.parametrize(
    ("fault", "status", "retry_after", "reason"),
    [
        (Fault.ERROR_503, 503, None, None),
        (Fault.RATE_LIMITED, 429, "1", None),
        (Fault.RATE_LIMITED_BARE, 429, None, None),
        (Fault.BANNED, 429, "10000", None),
        (Fault.QUOTA_EXCEEDED, 429, "10000", "QUOTA_EXCEEDED"),
    ],
)
@pytest.mark.parametrize("endpoint", ["token", "artist", "artists"])
def test_spotify_words_its_faults_its_own_way(server, endpoint, fault, status, retry_after, reason):
    auth, grant = ("sandbox-client", "sandbox-secret"), {"grant_type": "client_credentials"}
    token_url = f"{server.url}/api/token"
    token = requests.post(token_url, data=grant, auth=auth).json()["access_token"]
    server.inject(Faults(script={endpoint: [fault]}))

    def ask() -> requests.Response:
        if endpoint == "token":
            return requests.post(token_url, data=grant, auth=auth)
        path = f"/{0:022d}" if endpoint == "artist" else f"?ids={0:022d}"
        headers = {"Authorization": f"Bearer {token}"}
        return requests.get(f"{server.url}/v1/artists{path}", headers=headers)

    refused = ask()
    assert refused.status_code == status
    assert refused.headers.get("Retry-After") == retry_after
    assert refused.json()["error"].get("reason") == reason
    assert ask().status_code == 200


def test_chance_hits_the_same_calls_of_two_servers(world, clock, session):
    faults = Faults(rates={"videos": {Fault.ERROR_503: 0.4}}, seed=9)

    def codes() -> list[int]:
        with SandboxServer(world, clock, faults=faults) as server:
            url = f"{server.url}/youtube/v3/videos"
            params = {"part": "id", "id": VIDEO}
            return [session.get(url, params=params).status_code for _ in range(40)]

    first = codes()
    assert first == codes()
    assert {200, 503} == set(first)
