"""Spotify's API as a client meets it: tokens, artists, tiers."""

import pytest
import requests

from spotyt_dagster.clock import quota_day
from spotyt_dagster.sandbox.server import SandboxServer
from spotyt_dagster.sandbox.world import World
from spotyt_dagster_tests.sandbox.small_table import NOON, raw_table

CREDENTIALS = ("sandbox-client", "sandbox-secret")
GRANT = {"grant_type": "client_credentials"}
KNOWN, UNKNOWN = f"{3:022d}", "9" * 22
DAY = quota_day(NOON)


def token_of(server: SandboxServer) -> str:
    answer = requests.post(f"{server.url}/api/token", data=GRANT, auth=CREDENTIALS)
    assert answer.status_code == 200
    return answer.json()["access_token"]


def get(server: SandboxServer, path: str, token: str | None = None) -> requests.Response:
    token = token or token_of(server)
    return requests.get(f"{server.url}/v1/{path}", headers={"Authorization": f"Bearer {token}"})


def test_a_token_is_given_for_client_credentials(server):
    answer = requests.post(f"{server.url}/api/token", data=GRANT, auth=CREDENTIALS).json()
    assert set(answer) == {"access_token", "token_type", "expires_in"}
    assert answer["token_type"] == "Bearer"
    assert answer["expires_in"] == 3600


def test_credentials_may_stand_in_the_form(server):
    form = GRANT | {"client_id": CREDENTIALS[0], "client_secret": CREDENTIALS[1]}
    assert requests.post(f"{server.url}/api/token", data=form).status_code == 200


@pytest.mark.parametrize(
    ("auth", "form", "error", "description"),
    [
        (("nobody", "x"), GRANT, "invalid_client", "Invalid client"),
        (("sandbox-client", "wrong"), GRANT, "invalid_client", "Invalid client secret"),
        (None, GRANT, "invalid_client", "Invalid client"),
        (CREDENTIALS, {"grant_type": "password"}, "unsupported_grant_type", None),
    ],
)
def test_bad_credentials_get_no_token(server, auth, form, error, description):
    answer = requests.post(f"{server.url}/api/token", data=form, auth=auth)
    assert answer.status_code == 400
    assert answer.json()["error"] == error
    assert description is None or answer.json()["error_description"] == description


def test_a_token_ends_after_an_hour_of_the_clock(server, clock):
    token = token_of(server)
    clock.advance(seconds=3599)
    assert get(server, f"artists/{KNOWN}", token).status_code == 200
    clock.advance(seconds=1)
    expired = get(server, f"artists/{KNOWN}", token)
    assert expired.status_code == 401
    assert expired.json() == {"error": {"status": 401, "message": "The access token expired"}}
    assert get(server, f"artists/{KNOWN}").status_code == 200


def test_no_token_and_a_made_up_one_are_refused(server):
    none = requests.get(f"{server.url}/v1/artists/{KNOWN}")
    assert none.status_code == 401
    assert none.json()["error"]["message"] == "No token provided"
    assert get(server, f"artists/{KNOWN}", "unknown").json()["error"]["message"] == (
        "Invalid access token"
    )


def test_an_artist_has_popularity_and_followers_in_the_extended_tier(server, world):
    answer = get(server, f"artists/{KNOWN}").json()
    artist = world.artist(KNOWN, DAY)
    assert answer["id"] == KNOWN
    assert answer["name"] == artist.name
    assert answer["popularity"] == artist.popularity
    assert answer["followers"] == {"href": None, "total": artist.followers}
    assert answer["type"] == "artist"


def test_an_unknown_id_is_404_alone_and_null_in_a_batch(server):
    assert get(server, f"artists/{UNKNOWN}").status_code == 404
    artists = get(server, f"artists?ids={KNOWN},{UNKNOWN}").json()["artists"]
    assert artists[0]["id"] == KNOWN
    assert artists[1] is None


def test_an_artist_that_spotify_forgot_is_unknown_though_the_table_has_it(clock):
    world = World(raw_table(artists=900), seed=42)
    forgotten = next(id_ for id_ in world.artist_ids if world.artist(id_, DAY) is None)
    with SandboxServer(world, clock) as server:
        assert get(server, f"artists/{forgotten}").status_code == 404


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("artists/short", "Invalid base62 id"),
        (f"artists?ids={KNOWN},{'-' * 22}", "Invalid base62 id"),
        ("artists?ids=" + ",".join([KNOWN] * 51), "Too many ids requested"),
        ("artists", "Missing required field: ids"),
    ],
)
def test_a_wrong_request_is_400(server, path, message):
    answer = get(server, path)
    assert answer.status_code == 400
    assert answer.json() == {"error": {"status": 400, "message": message}}


def test_the_development_tier_hides_both_fields_and_refuses_the_batch(world, clock):
    with SandboxServer(world, clock, tier="development") as server:
        single, batch = get(server, f"artists/{KNOWN}"), get(server, f"artists?ids={KNOWN}")
    assert single.status_code == 200
    assert not {"followers", "popularity"} & set(single.json())
    assert batch.status_code == 403
    assert batch.json() == {"error": {"status": 403, "message": "Forbidden"}}


def test_an_owner_without_premium_is_refused_in_plain_text(world, clock):
    with SandboxServer(world, clock, tier="no_premium") as server:
        answer = get(server, f"artists/{KNOWN}")
    assert answer.status_code == 403
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert "premium" in answer.text.lower()


def test_artists_are_counted_in_the_books(server):
    get(server, f"artists?ids={KNOWN},{UNKNOWN}")
    get(server, f"artists/{KNOWN}")
    stats = server.stats()
    assert stats["ids"]["artists"] == {"asked": 3, "distinct": 2}
    assert stats["repeated_ids"]["artists"] == [KNOWN]
    assert stats["calls"] == {"token": 2, "artists": 1, "artist": 1}
