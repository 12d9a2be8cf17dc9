"""Only an answer of the documented shape is a fact about an id; nothing kept crashes a reader."""

from datetime import UTC, datetime
from functools import partial

import pandas as pd
import pytest
import sqlalchemy as sa

from spotyt_dagster.exceptions import ApiAccessError, SourceUnavailableError
from spotyt_dagster.sources import crawl_database as db
from spotyt_dagster.sources.crawl import crawl
from spotyt_dagster.sources.crawl_store import EntityRecord
from spotyt_dagster.sources.http import retry_after
from spotyt_dagster.sources.plan import plan_crawl
from spotyt_dagster.sources.spotify import ARTISTS, artists_table
from spotyt_dagster.sources.youtube import CHANNELS, VIDEOS, channels_table, videos_table
from spotyt_dagster_tests.sandbox.small_table import NOON
from spotyt_dagster_tests.sources.conftest import QUICK
from spotyt_dagster_tests.sources.factories import save
from spotyt_dagster_tests.sources.fake_server import Reply
from spotyt_dagster_tests.sources.youtube_bodies import VIDEO, error

TOKEN = Reply({"access_token": "t0ken"})
IDS = [f"v{number:010d}" for number in range(50)]

#: Bodies that came with 200 and are no answer, whichever service is asked.
NO_ANSWERS = [
    {"error": {"code": 503, "message": "try later"}},
    {"error": {"code": 503}, "items": [], "artists": []},
    {},
    "null",
    [],
    '"text"',
    "17",
    {"items": None, "artists": None},
    {"items": {}, "artists": {}},
    {"items": [None], "artists": ["text"]},
    {"items": [{}], "artists": [{}]},
    {"items": [{"id": 5}], "artists": [{"id": 5}]},
    "[" * 100_000,
    '{"items": [' + "9" * 5_000 + "]}",
    b"\xff\xfe{",
]

ODD_COUNTS = [
    *("1.2M", "9223372036854775808", "-3", "1.5", "", "٣"),
    *(2**63, -3, 1.5, True, None, [], {}),
]
ODD_VIDEOS = [
    *({"statistics": {"viewCount": value}} for value in ODD_COUNTS),
    {"statistics": None},
    {"statistics": []},
    {"status": {"madeForKids": "yes"}},
    {"status": {"madeForKids": 1}},
    {"status": None},
    {"snippet": {"publishedAt": "yesterday"}},
    {"snippet": {"publishedAt": "2019-03-04T05:06:07"}},
    {"snippet": {"publishedAt": "0001-01-01T00:00:00+14:00"}},
    {"snippet": {"publishedAt": "9999-12-31T23:59:59-14:00"}},
    {"snippet": {"publishedAt": 1_551_675_967}},
    {"snippet": {"channelId": 5}},
    {"snippet": {"channelId": "UCx,UCy"}},
    {"snippet": {"channelId": "\ud800"}},
]
ODD_ARTISTS = [
    *({"followers": {"total": value}} for value in ODD_COUNTS if value is not None),
    *({"popularity": value} for value in ("61", 101, -1, 1.5, True)),
    {"followers": 9},
    {"followers": []},
]


def reasons(answers) -> list[str | None]:
    return [one.missing_reason for one in answers]


@pytest.mark.parametrize("body", NO_ANSWERS)
@pytest.mark.parametrize(
    ("entity_type", "single"),
    [(VIDEOS, False), (CHANNELS, False), (ARTISTS, False), (ARTISTS, True)],
)
def test_no_answer_is_asked_for_again_and_then_is_no_fact(
    scripted, youtube_at, spotify_at, store, entity_type, single, body
):
    service = spotify_at if entity_type is ARTISTS else youtube_at
    fetch = partial(entity_type.fetch, service(scripted.url))
    before = [TOKEN] if entity_type is ARTISTS else []
    if single:
        before = [TOKEN, Reply({"error": {"status": 403, "message": "Forbidden"}}, 403)]
        # A tier without the batch call is known by its 403.
    scripted.script = [*before, *[Reply(body)] * 10]
    with pytest.raises(SourceUnavailableError, match="still so after 3 tries"):
        crawl(entity_type, IDS[:2], fetch, store, 1)
    assert len(scripted.asked) == len(before) + QUICK.max_attempts
    assert store.cached(entity_type.name, IDS[:2]) == {}


def test_a_healthy_service_heals_it_the_same_day(scripted, youtube_at, store):
    youtube = youtube_at(scripted.url)
    scripted.script = [Reply({})] * 3
    with pytest.raises(SourceUnavailableError):
        crawl(VIDEOS, IDS, youtube.videos, store, 1)
    scripted.script = [Reply({"items": [VIDEO | {"id": id_} for id_ in IDS]})]
    done = crawl(VIDEOS, IDS, youtube.videos, store, 1)
    assert reasons(done.records) == [None] * 50
    assert videos_table(done.records, "live")["viewCount"].tolist() == [12_345_678_901] * 50


@pytest.mark.parametrize("odd", ODD_VIDEOS)
def test_one_odd_video_is_an_error_and_the_other_49_keep_their_values(
    scripted, youtube_at, store, odd
):
    youtube = youtube_at(scripted.url)
    items = [VIDEO | {"id": id_} for id_ in IDS]
    scripted.script = [Reply({"items": [items[0] | odd, *items[1:]]}), Reply({"items": items[:1]})]
    done = crawl(VIDEOS, IDS, youtube.videos, store, 1)
    table = videos_table(done.records, "live")
    assert reasons(done.records) == ["error", *[None] * 49]
    assert table["viewCount"].isna().tolist() == [True, *[False] * 49]
    assert set(store.cached("video", IDS)) == set(IDS[1:])
    healed = crawl(VIDEOS, IDS, youtube.videos, store, 1)
    assert (reasons(healed.records), healed.pages) == ([None] * 50, 1)


@pytest.mark.parametrize("value", ODD_COUNTS)
def test_one_odd_channel_is_an_error_and_its_neighbour_is_well(scripted, youtube_at, value):
    def item(id_: str, count: object) -> dict:
        return {"id": id_, "statistics": {"subscriberCount": count}}

    scripted.script = [Reply({"items": [item("UC1", value), item("UC2", "7")]})]
    answers = youtube_at(scripted.url).channels(["UC1", "UC2"])
    assert reasons(answers) == ["error", None]
    assert channels_table(answers, "live")["youtubeChannelSubscriber"].tolist() == [pd.NA, 7]


@pytest.mark.parametrize("odd", ODD_ARTISTS)
def test_one_odd_artist_is_an_error_and_its_neighbour_is_well(scripted, spotify_at, store, odd):
    well = {"popularity": 61, "followers": {"total": 9}}
    scripted.script = [TOKEN, Reply({"artists": [{"id": "a", **well, **odd}, {"id": "b", **well}]})]
    answers = spotify_at(scripted.url).artists(["a", "b"])
    assert reasons(answers) == ["error", None]
    assert artists_table(answers, "live")["spotifyFollowers"].tolist() == [pd.NA, 9]
    assert set(store.cached("artist", ["a", "b"])) == {"b"}


def test_a_page_of_odd_values_alone_is_no_answer(scripted, youtube_at, store):
    items = [{"id": id_, "statistics": {"viewCount": "1.2M"}} for id_ in IDS]
    scripted.script = [Reply({"items": items})] * 3
    with pytest.raises(SourceUnavailableError, match="not its documented answer"):
        crawl(VIDEOS, IDS, youtube_at(scripted.url).videos, store, 1)
    assert store.cached("video", IDS) == {}


@pytest.mark.parametrize("token", [{}, {"nextPageToken": "again"}])
@pytest.mark.parametrize("items", [[{"id": "another"}], [{"id": "another"}, {"id": "third"}]])
@pytest.mark.parametrize("entity_type", [VIDEOS, CHANNELS])
def test_a_list_of_other_ids_says_nothing_of_those_asked(
    scripted, youtube_at, store, entity_type, items, token
):
    fetch = partial(entity_type.fetch, youtube_at(scripted.url))
    scripted.script = [Reply({"items": items, **token})] * 20
    with pytest.raises(SourceUnavailableError, match="nothing that was asked"):
        crawl(entity_type, ["a", "b"], fetch, store, 1)
    assert len(scripted.asked) == 1
    assert store.cached(entity_type.name, ["a", "b"]) == {}


def test_another_artist_in_an_artists_place_is_an_error(scripted, spotify_at, store):
    well = {"popularity": 61, "followers": {"total": 9}}
    listed = [{"id": "another", **well}, None, {"id": "c", **well}]
    scripted.script = [TOKEN, Reply({"artists": listed})]
    answers = spotify_at(scripted.url).artists(["a", "b", "c"])
    assert reasons(answers) == ["error", "not_found", None]
    assert set(store.cached("artist", ["a", "b", "c"])) == {"b", "c"}


def test_so_it_is_where_artists_are_asked_one_by_one(scripted, spotify_at, store):
    well = {"popularity": 61, "followers": {"total": 9}}
    batch = Reply({"error": {"status": 403, "message": "Forbidden"}}, 403)
    singles = [Reply({"id": id_, **well}) for id_ in ("another", "b")]
    scripted.script = [TOKEN, batch, *singles]
    assert reasons(spotify_at(scripted.url).artists(["a", "b"])) == ["error", None]
    assert set(store.cached("artist", ["a", "b"])) == {"b"}


def test_a_crawl_of_singles_none_of_which_could_be_read_fails(scripted, spotify_at, store):
    batch = Reply({"error": {"status": 403, "message": "Forbidden"}}, 403)
    unknown = Reply({"error": {"status": 404, "message": "Resource not found"}}, 404)
    scripted.script = [TOKEN, batch, *[Reply({"id": "another"})] * 2, unknown]
    with pytest.raises(SourceUnavailableError, match="None of 3 ids"):
        crawl(ARTISTS, ["a", "b", "c"], spotify_at(scripted.url).artists, store, 1)
    assert len(scripted.asked) == 5


def test_paging_ends_also_behind_a_page_that_brought_something(scripted, youtube_at, store):
    first = {"items": [{"id": "UC1"}], "nextPageToken": "again"}
    scripted.script = [Reply(first)] * 20
    done = crawl(CHANNELS, ["UC1", "UC2"], youtube_at(scripted.url).channels, store, 1)
    assert reasons(done.records) == [None, "error"]
    assert len(scripted.asked) == 2


@pytest.mark.parametrize(
    "reply",
    [Reply("", 408), error(409, "conflict"), error(400, "processingFailure"), error(409)],
)
def test_what_passes_by_itself_is_asked_once_more(scripted, youtube_at, reply):
    scripted.script = [reply, Reply({"items": [VIDEO]})]
    assert reasons(youtube_at(scripted.url).videos([VIDEO["id"]])) == [None]


@pytest.mark.parametrize("status", [408, 409])
def test_so_is_what_passes_at_spotify(scripted, spotify_at, status):
    scripted.script = [TOKEN, Reply("", status), Reply({"artists": [None]})]
    assert reasons(spotify_at(scripted.url).artists(["a"])) == ["not_found"]


@pytest.mark.parametrize("singles", [False, True])
def test_a_400_that_refuses_every_call_makes_no_id_invalid(scripted, spotify_at, store, singles):
    refusal = {"error": {"status": 400, "message": "Only valid bearer authentication supported"}}
    batch = [Reply({"error": {"status": 403, "message": "Forbidden"}}, 403)] if singles else []
    scripted.script = [TOKEN, *batch, *[Reply(refusal, 400)] * 9]
    with pytest.raises(ApiAccessError, match=r"Only valid bearer.*whichever artist"):
        crawl(ARTISTS, ["a", "b"], spotify_at(scripted.url).artists, store, 1)
    assert len(scripted.asked) == 2 + singles
    assert store.cached("artist", ["a", "b"]) == {}


@pytest.mark.parametrize("token", [None, "", 5, "a\nb", "ünï", ["t"]])
def test_a_token_that_no_header_can_bear_is_no_token(scripted, spotify_at, token):
    scripted.script = [Reply({"access_token": token})] * 3
    with pytest.raises(SourceUnavailableError, match="token service"):
        spotify_at(scripted.url).artists(["a"])


@pytest.mark.parametrize("pages", [1, 2])
def test_a_crawl_no_page_of_which_was_answered_fails(scripted, youtube_at, store, pages):
    ids = [f"v{number:010d}" for number in range(50 * pages)]
    scripted.script = [Reply("", 503)] * 20
    with pytest.raises(SourceUnavailableError, match="answers 503"):
        crawl(VIDEOS, ids, youtube_at(scripted.url).videos, store, 1)


@pytest.mark.parametrize(
    "told",
    [
        {"errors": None, "details": None},
        {"errors": 5, "details": "text"},
        {"errors": [{"reason": ["odd"]}], "details": [{"metadata": None}, {"reason": {}}]},
        {"errors": {"reason": "x"}, "message": None},
    ],
)
@pytest.mark.parametrize("status", [400, 403, 429, 503])
def test_a_refusal_with_odd_parts_is_still_one(scripted, youtube_at, told, status):
    scripted.script = [Reply({"error": told}, status)] * 3
    with pytest.raises((ApiAccessError, SourceUnavailableError)):
        youtube_at(scripted.url).videos(["a"])


@pytest.mark.parametrize("body", ["[" * 100_000, "9" * 5_000, b"\xff\xfe{"])
@pytest.mark.parametrize("status", [400, 503])
def test_so_is_one_whose_body_no_parser_takes(scripted, youtube_at, spotify_at, body, status):
    scripted.script = [Reply(body, status)] * 3
    with pytest.raises((ApiAccessError, SourceUnavailableError)):
        youtube_at(scripted.url).videos(["a"])
    scripted.script = [TOKEN, *[Reply(body, status)] * 3]
    with pytest.raises((ApiAccessError, SourceUnavailableError)):
        spotify_at(scripted.url).artists(["a"])


@pytest.mark.parametrize("payload", [*ODD_VIDEOS, {"items": 5}])
def test_what_older_versions_kept_crashes_no_reader(store, youtube, payload):
    save(store, EntityRecord("video", "v0000000020", payload, None, NOON))
    row = {"batch": "batch-0001", "video_id": "v0000000020", "artist_id": "a", "Channel": "c"}
    plan = plan_crawl(pd.DataFrame([row]), store)
    assert (plan[0].tracks, plan[0].ids["videos"]) == (1, 0)
    done = crawl(VIDEOS, ["v0000000020"], youtube.videos, store, 1)
    table = videos_table(done.records, "live")
    assert table["video_id"].tolist() == ["v0000000020"]
    assert str(table["viewCount"].dtype) == "Int64"


@pytest.mark.parametrize(
    "damage",
    [{"payload": "{"}, {"payload": "[]"}, {"payload": "[" * 100_000}, {"fetched_at": "yesterday"}],
)
def test_a_damaged_row_is_asked_for_again(store, youtube, damage):
    save(store, EntityRecord("video", "v0000000020", VIDEO, None, NOON))
    with store._engine.begin() as connection:
        connection.execute(sa.update(db.answers).values(**damage))
    done = crawl(VIDEOS, ["v0000000020"], youtube.videos, store, 1)
    assert (done.pages, reasons(done.records)) == (1, [None])


def test_a_wait_of_more_digits_than_a_number_may_have_is_a_long_one(scripted, session, clock):
    scripted.script = [Reply("", 429, {"Retry-After": "9" * 5_000})]
    wait = retry_after(session.get(scripted.url), clock)
    assert wait is not None
    assert wait.days > 1_000


def test_readers_take_moments_in_every_form_that_is_checked():
    forms = ["2019-W10-1T05:06:07Z", "20190304T050607+00:00", "2019-03-04 07:06:07+02:00"]
    answers = [
        EntityRecord("video", str(number), {"snippet": {"publishedAt": form}}, None, NOON)
        for number, form in enumerate(forms)
    ]
    at = datetime(2019, 3, 4, 5, 6, 7, tzinfo=UTC).replace(tzinfo=None)
    assert videos_table(answers, "live")["publishedAt"].tolist() == [pd.Timestamp(at)] * 3
