"""Spotify in every tier: the batch where it is allowed, singles where not, and what is withheld."""

import base64
import logging
from datetime import timedelta

import pandas as pd
import pytest

from spotyt_dagster.exceptions import (
    ApiAccessError,
    SettingsError,
    SourceUnavailableError,
)
from spotyt_dagster.sandbox.faults import Fault, Faults
from spotyt_dagster.sandbox.server import SandboxServer
from spotyt_dagster.sources.ledger import QuotaExhausted
from spotyt_dagster.sources.spotify import artists_table
from spotyt_dagster_tests.sandbox.small_table import NOON
from spotyt_dagster_tests.sources.fake_server import Reply

TOKEN = Reply({"access_token": "t0ken", "token_type": "Bearer", "expires_in": 3600})
UNKNOWN = "0" * 21 + "Z"
NO_ID = "not a base62 id"


@pytest.fixture
def development(world, clock):
    with SandboxServer(world, clock, tier="development") as server:
        yield server


def known(world, count: int) -> list[str]:
    return [id_ for id_ in world.artist_ids if world.artist(id_, NOON.date())][:count]


def reasons(answers) -> list[str | None]:
    return [answer.missing_reason for answer in answers]


def test_fifty_artists_come_in_one_call_with_popularity_and_followers(spotify, world, server):
    ids = known(world, 50)
    table = artists_table(spotify.artists(ids), "sandbox")
    assert server.stats()["calls"] == {"token": 1, "artists": 1}
    assert table["artist_id"].tolist() == ids
    day = NOON.date()
    assert table["spotifyPopularity"].tolist() == [world.artist(i, day).popularity for i in ids]
    assert table["spotifyFollowers"].tolist() == [world.artist(i, day).followers for i in ids]
    assert table["missing_reason"].isna().all()


def test_an_unknown_artist_is_not_found_and_its_neighbours_are_well(spotify, world):
    assert reasons(spotify.artists([UNKNOWN, *known(world, 2)])) == ["not_found", None, None]


def test_one_bad_id_among_fifty_is_told_alone(spotify, world, server):
    ids = [*known(world, 48), NO_ID, UNKNOWN]
    answers = spotify.artists(ids)
    assert reasons(answers) == [None] * 48 + ["invalid_id", "not_found"]
    assert server.stats()["calls"] == {"token": 1, "artists": 1, "artist": 50}
    assert reasons(spotify.artists(known(world, 50)[48:])) == [None, None]
    assert server.stats()["calls"]["artists"] == 2


def test_ids_with_odd_letters_do_not_leave_their_place_in_the_address(spotify, server):
    assert reasons(spotify.artists(["a?ids=b#c&d e%"])) == ["invalid_id"]
    assert server.stats()["calls"]["token"] == 1


def test_development_mode_is_asked_one_by_one_after_one_refusal(spotify_at, development, world):
    spotify = spotify_at(development.url)
    answers = [*spotify.artists(known(world, 3)), *spotify.artists([UNKNOWN])]
    assert reasons(answers) == ["not_provided_by_tier"] * 3 + ["not_found"]
    assert development.stats()["calls"] == {"token": 1, "artists": 1, "artist": 4}
    table = artists_table(answers, "sandbox")
    assert table[["spotifyPopularity", "spotifyFollowers"]].isna().all(axis=None)
    assert str(table["spotifyPopularity"].dtype) == "Int64"


@pytest.mark.parametrize(
    ("item", "reason", "popularity", "followers"),
    [
        ({"popularity": 61, "followers": {"total": 9}}, None, 61, 9),
        ({"popularity": 0, "followers": {"total": 0}}, None, 0, 0),
        ({"followers": {"total": 9}}, None, None, 9),
        ({"popularity": 61, "followers": None}, None, 61, None),
        ({"followers": {}}, "not_provided_by_tier", None, None),
        ({}, "not_provided_by_tier", None, None),
    ],
)
def test_each_field_is_optional(scripted, spotify_at, item, reason, popularity, followers):
    scripted.script = [TOKEN, Reply({"artists": [{"id": "a", **item}]})]
    answers = spotify_at(scripted.url).artists(["a"])
    row = artists_table(answers, "live").iloc[0]
    assert reasons(answers) == [reason]
    assert (None if pd.isna(row["spotifyPopularity"]) else row["spotifyPopularity"]) == popularity
    assert (None if pd.isna(row["spotifyFollowers"]) else row["spotifyFollowers"]) == followers


def test_the_app_of_an_owner_without_premium_is_told_so(world, clock, spotify_at):
    with SandboxServer(world, clock, tier="no_premium") as server:
        with pytest.raises(ApiAccessError, match="Active premium subscription required") as told:
            spotify_at(server.url).artists(known(world, 1))
        assert "SPOTYT_SPOTIFY_CLIENT_ID" in str(told.value)
        assert server.stats()["calls"] == {"token": 1, "artists": 1}


def test_the_secret_and_the_token_travel_in_headers(scripted, spotify_at):
    scripted.script = [TOKEN, Reply({"artists": [None]})]
    spotify_at(scripted.url, "an-id\n", "very-secret ").artists(["a"])
    token, artists = scripted.asked
    pair = base64.b64encode(b"an-id:very-secret").decode()
    assert (token.path, token.headers["Authorization"]) == ("/api/token", f"Basic {pair}")
    assert artists.headers["Authorization"] == "Bearer t0ken"
    assert artists.path == "/v1/artists?ids=a"


@pytest.mark.parametrize(("client", "secret"), [("an id", "s"), ("i", "very secret")])
def test_credentials_that_no_header_can_bear_are_refused_unshown(spotify_at, client, secret):
    with pytest.raises(SettingsError, match="SPOTYT_SPOTIFY_CLIENT") as told:
        spotify_at("http://127.0.0.1:1", client, secret)
    assert "an id" not in str(told.value)
    assert "very secret" not in str(told.value)


@pytest.mark.parametrize(("client", "secret"), [("wrong", "x"), ("sandbox-client", "wrong")])
def test_wrong_credentials_stop_at_once_and_name_the_settings(spotify_at, server, client, secret):
    with pytest.raises(
        ApiAccessError, match="SPOTYT_SPOTIFY_CLIENT_ID and SPOTYT_SPOTIFY_CLIENT_SECR"
    ):
        spotify_at(server.url, client, secret).artists([UNKNOWN])
    assert server.stats()["calls"] == {"token": 1}


@pytest.mark.parametrize(
    "reply", [Reply({"error": {"status": 403, "message": "Forbidden"}}, 403), Reply("No", 404)]
)
def test_a_token_service_that_refuses_otherwise_is_told_too(scripted, spotify_at, reply):
    scripted.script = [reply] * 5
    with pytest.raises(
        ApiAccessError, match="token service refuses the app of SPOTYT_SPOTIFY_CLIENT"
    ):
        spotify_at(scripted.url).artists(["a"])
    assert len(scripted.asked) == 1


def test_a_token_that_expired_is_renewed_once_and_the_crawl_goes_on(spotify, world, server, clock):
    first, second = known(world, 2)
    spotify.artists([first])
    clock.advance(seconds=3600)
    assert reasons(spotify.artists([second])) == [None]
    assert server.stats()["calls"] == {"token": 2, "artists": 3}
    assert server.stats()["repeated_ids"] == {"artists": []}


def test_a_token_that_is_never_taken_stops_after_one_new_one(scripted, spotify_at):
    expired = Reply({"error": {"status": 401, "message": "The access token expired"}}, 401)
    scripted.script = [TOKEN, expired, Reply({"access_token": "other"}), expired, expired]
    with pytest.raises(ApiAccessError, match="neither the old access token nor a new one"):
        spotify_at(scripted.url).artists(["a"])
    assert [one.headers["Authorization"][:6] for one in scripted.asked] == [
        "Basic ", "Bearer", "Basic ", "Bearer",
    ]  # fmt: skip


def test_one_token_serves_many_calls(spotify, world, server):
    for id_ in known(world, 4):
        spotify.artists([id_])
    assert server.stats()["calls"]["token"] == 1


@pytest.mark.parametrize("endpoint", ["token", "artists"])
@pytest.mark.parametrize(
    "fault", [Fault.RATE_LIMITED_BARE, Fault.ERROR_500, Fault.DROPPED, Fault.TRUNCATED]
)
def test_what_passes_is_outlasted(spotify, world, server, endpoint, fault):
    server.inject(Faults(script={endpoint: [fault, fault]}))
    assert reasons(spotify.artists(known(world, 1))) == [None]
    assert server.stats()["calls"][endpoint] == 3


@pytest.mark.parametrize("endpoint", ["token", "artists"])
def test_what_does_not_pass_is_given_up(spotify, world, server, endpoint):
    server.inject(Faults(rates={endpoint: {Fault.ERROR_503: 1.0}}))
    with pytest.raises(SourceUnavailableError, match="Spotify answers 503; still so after 3 tries"):
        spotify.artists(known(world, 1))
    assert server.stats()["calls"][endpoint] == 3


@pytest.mark.parametrize("endpoint", ["token", "artists"])
@pytest.mark.parametrize("fault", [Fault.BANNED, Fault.QUOTA_EXCEEDED])
def test_a_ban_stops_every_call_also_for_tokens_until_its_end(
    spotify, spotify_at, world, server, clock, store, endpoint, fault
):
    server.inject(Faults(script={endpoint: [fault]}))
    ids = known(world, 1)
    with pytest.raises(QuotaExhausted) as spent:
        spotify.artists(ids)
    assert spent.value.resumes_at == NOON + timedelta(seconds=10_000)
    calls = server.stats()["calls"]
    with pytest.raises(QuotaExhausted):
        spotify_at(server.url).artists(ids)
    assert server.stats()["calls"] == calls
    assert store.ledger.usage(spotify.bucket).resumes_at == spent.value.resumes_at
    clock.advance(seconds=10_000)
    assert reasons(spotify_at(server.url).artists(ids)) == [None]


@pytest.mark.parametrize(
    "body",
    [
        {"error": {"status": 429, "message": "API quota exceeded", "reason": "QUOTA_EXCEEDED"}},
        {"error": {"status": 429}, "reason": "QUOTA_EXCEEDED"},
        {"error": "quota", "reason": "QUOTA_EXCEEDED"},
    ],
)
def test_a_rolling_day_without_a_time_is_taken_for_a_day(scripted, spotify_at, body):
    scripted.script = [TOKEN, Reply(body, 429)]
    with pytest.raises(QuotaExhausted) as spent:
        spotify_at(scripted.url).artists(["a"])
    assert spent.value.resumes_at == NOON + timedelta(days=1)


def test_singles_that_are_refused_too_stop_with_the_mend(scripted, spotify_at):
    forbidden = Reply({"error": {"status": 403, "message": "Forbidden"}}, 403)
    scripted.script = [TOKEN, forbidden, forbidden, forbidden]
    with pytest.raises(
        ApiAccessError, match=r"refuses the artist look-up.*SPOTYT_SPOTIFY_CLIENT_ID"
    ):
        spotify_at(scripted.url).artists(["a", "b"])
    assert len(scripted.asked) == 3


def test_a_server_that_is_not_spotify_does_not_make_all_artists_unknown(scripted, spotify_at):
    scripted.script = [TOKEN, Reply("Not Found", 404), Reply("Not Found", 404)]
    with pytest.raises(ApiAccessError, match="404"):
        spotify_at(scripted.url).artists(["a"])


def test_more_than_fifty_ids_are_never_sent(spotify, server):
    with pytest.raises(ValueError, match="at most 50 ids per request, got 51"):
        spotify.artists(["a"] * 51)
    assert server.stats()["calls"] == {}


def test_no_log_bears_the_secret_or_the_token(scripted, spotify_at, caplog):
    caplog.set_level(logging.DEBUG)
    scripted.script = [Reply("", 500), TOKEN, Reply("", 429), Reply({"artists": [None]})]
    spotify_at(scripted.url, "an-id", "very-secret").artists(["a"])
    encoded = base64.b64encode(b"an-id:very-secret").decode()
    assert "Spotify answers 429" in caplog.text
    for secret in ("very-secret", encoded, "t0ken"):
        assert secret not in caplog.text


def test_calls_are_counted_without_a_bound(spotify, world, store):
    spotify.artists(known(world, 1))
    usage = store.ledger.usage(spotify.bucket)
    assert (usage.used, usage.answered, usage.left) == (1, 1, None)


def test_no_answers_make_a_table_with_the_same_columns_and_types(spotify, world):
    full = artists_table(spotify.artists(known(world, 1)), "live")
    pd.testing.assert_series_equal(full.dtypes, artists_table((), "live").dtypes)
