"""YouTube's API as a client meets it: answers, refusals, quota."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
import requests

from spotyt_dagster.clock import quota_day
from spotyt_dagster.sandbox.population import channel_id
from spotyt_dagster.sandbox.server import SANDBOX_KEY, SandboxServer
from spotyt_dagster.sandbox.world import World
from spotyt_dagster_tests.sandbox.small_table import NOON, raw_table

DAY = quota_day(NOON)


@pytest.fixture
def get(server, session):
    def get(method: str, headers=None, **params) -> requests.Response:
        return session.get(f"{server.url}/youtube/v3/{method}", params=params, headers=headers)

    return get


def existing(world: World, n: int) -> list[str]:
    return [id_ for id_ in world.video_ids if world.video(id_, DAY)][:n]


def gone_world() -> tuple[World, str]:
    """A world large enough to have lost a video, and that video."""
    world = World(raw_table(artists=200), seed=42)
    return world, next(id_ for id_ in world.video_ids if world.video(id_, DAY) is None)


def error_of(response: requests.Response) -> tuple[int, str]:
    error = response.json()["error"]
    assert error["code"] == response.status_code
    return response.status_code, error["errors"][0]["reason"]


def test_fifty_videos_come_in_one_call_in_the_order_asked(get, world):
    ids = existing(world, 50)
    answer = get("videos", part="snippet,statistics,status", id=",".join(ids)).json()
    assert [item["id"] for item in answer["items"]] == ids
    assert answer["pageInfo"] == {"totalResults": 50, "resultsPerPage": 50}
    for item in answer["items"]:
        video = world.video(item["id"], DAY)
        assert item["statistics"]["viewCount"] == str(video.views)
        assert item["statistics"].get("likeCount") == (
            None if video.likes is None else str(video.likes)
        )
        assert item["snippet"]["channelId"] == video.channel_id
        assert item["snippet"]["publishedAt"] == video.published.strftime("%Y-%m-%dT%H:%M:%SZ")
        assert item["status"]["madeForKids"] is video.made_for_kids


def test_hidden_likes_and_closed_comments_are_absent_not_zero(get, world):
    videos = [world.video(id_, DAY) for id_ in existing(world, 600)]
    no_likes = next(v.id for v in videos if v.likes is None)
    no_comments = next(v.id for v in videos if v.comments is None)
    items = get("videos", part="statistics", id=f"{no_likes},{no_comments}").json()["items"]
    assert "likeCount" not in items[0]["statistics"]
    assert "commentCount" not in items[1]["statistics"]


def test_gone_and_unknown_videos_are_silently_absent(clock, session):
    world, gone = gone_world()
    with SandboxServer(world, clock) as server:
        answer = session.get(
            f"{server.url}/youtube/v3/videos", params={"part": "id", "id": f"{gone},no-such-one"}
        )
    assert answer.status_code == 200
    assert answer.json()["items"] == []


def test_parts_are_honoured(get, world):
    (id_,) = existing(world, 1)
    assert set(get("videos", part="status", id=id_).json()["items"][0]) == {
        "kind",
        "etag",
        "id",
        "status",
    }


def test_fields_choose_what_is_sent(get, world):
    (id_,) = existing(world, 1)
    answer = get(
        "videos", part="statistics", id=id_, fields="items(id,statistics/viewCount)"
    ).json()
    views = str(world.video(id_, DAY).views)
    assert answer == {"items": [{"id": id_, "statistics": {"viewCount": views}}]}


@pytest.mark.parametrize(
    ("method", "params", "expected"),
    [
        ("videos", {"id": "a"}, (400, "required")),
        ("videos", {"part": "id"}, (400, "missingRequiredParameter")),
        ("videos", {"part": "statistic", "id": "a"}, (400, "unknownPart")),
        ("videos", {"part": "id", "id": ",".join("a" * 51)}, (400, "invalidFilters")),
        ("videos", {"part": "id", "id": "a", "maxResults": 50}, (400, "incompatibleParameters")),
        ("videos", {"part": "id", "id": "a", "idd": "b"}, (400, "badRequest")),
        ("videos", {"part": "id", "id": "a", "fields": "items("}, (400, "invalidParameter")),
        ("videos:batchGetStats", {"part": "status", "id": "a"}, (400, "unknownPart")),
        ("channels", {"part": "id", "id": "a", "maxResults": 51}, (400, "invalidParameter")),
        ("channels", {"part": "id", "id": "a", "pageToken": "x"}, (400, "invalidPageToken")),
        ("channels", {"part": "id", "id": "a", "pageToken": "é"}, (400, "invalidPageToken")),
        ("commentThreads", {"part": "id"}, (400, "missingRequiredParameter")),
        (
            "commentThreads",
            {"part": "id", "videoId": "a", "maxResults": 0},
            (400, "invalidParameter"),
        ),
        (
            "commentThreads",
            {"part": "id", "videoId": "a", "order": "best"},
            (400, "invalidParameter"),
        ),
        ("commentThreads", {"part": "id", "videoId": "no-such-one"}, (404, "videoNotFound")),
    ],
)
def test_a_wrong_request_is_refused_with_its_reason_and_costs_a_unit(
    get, server, method, params, expected
):
    assert error_of(get(method, **params)) == expected
    assert sum(server.stats()["units_today"].values()) == 1


def test_stats_of_known_videos_have_their_own_shape_and_bucket(get, server, world):
    (id_,) = existing(world, 1)
    answer = get("videos:batchGetStats", part="id,snippet,statistics", id=id_).json()
    video = world.video(id_, DAY)
    (item,) = answer["items"]
    assert item["kind"] == "youtube#videoStats"
    assert item["snippet"] == {"publishTime": video.published.strftime("%Y-%m-%dT%H:%M:%SZ")}
    assert item["statistics"]["viewCount"] == str(video.views)
    assert "pageInfo" not in answer
    assert server.stats()["units_today"] == {"batchGetStats": 1}


def test_channels_come_five_a_page_unless_asked_otherwise(get, world):
    ids = list(dict.fromkeys(world.video(i, DAY).channel_id for i in existing(world, 200)))[:12]
    pages, token = [], None
    while True:
        more = {"pageToken": token} if token else {}
        answer = get("channels", part="statistics", id=",".join(ids), **more).json()
        pages.append([item["id"] for item in answer["items"]])
        token = answer.get("nextPageToken")
        if token is None:
            break
    assert [len(page) for page in pages] == [5, 5, 2]
    assert [id_ for page in pages for id_ in page] == ids
    assert len(get("channels", part="id", id=",".join(ids), maxResults=50).json()["items"]) == 12


def test_further_pages_of_channels_ask_for_no_id_twice(get, server, world):
    ids = list(dict.fromkeys(world.video(i, DAY).channel_id for i in existing(world, 200)))[:12]
    first = get("channels", part="id", id=",".join(ids)).json()
    get("channels", part="id", id=",".join(ids), pageToken=first["nextPageToken"])
    assert server.stats()["ids"]["channels"] == {"asked": 12, "distinct": 12}
    assert server.stats()["units_today"] == {"default": 2}


def test_without_a_hit_channels_have_no_items_at_all(get):
    answer = get("channels", part="id", id="UC" + "0" * 22).json()
    assert "items" not in answer
    assert answer["pageInfo"]["totalResults"] == 0


def test_hidden_subscribers_have_no_count(clock, session):
    world = World(raw_table(artists=300), seed=42)
    titles = raw_table(artists=300)["Channel"].dropna().unique()
    channels = [world.channel(channel_id(title), DAY) for title in titles]
    hidden = next(c.id for c in channels if c and c.subscribers is None)
    with SandboxServer(world, clock) as server:
        answer = session.get(
            f"{server.url}/youtube/v3/channels", params={"part": "statistics", "id": hidden}
        ).json()
    statistics = answer["items"][0]["statistics"]
    assert statistics["hiddenSubscriberCount"] is True
    assert "subscriberCount" not in statistics


def test_comments_are_read_page_by_page_to_the_end(get, world):
    videos = [world.video(id_, DAY) for id_ in existing(world, 600)]
    video = next(v for v in videos if v.comments and 200 < v.comments < 1_000)
    found, token = [], None
    while True:
        more = {"pageToken": token} if token else {}
        answer = get(
            "commentThreads",
            part="snippet,replies",
            videoId=video.id,
            order="relevance",
            maxResults=100,
            **more,
        ).json()
        found += answer["items"]
        token = answer.get("nextPageToken")
        if token is None:
            break
    assert len({item["id"] for item in found}) == len(found) > 100
    snippet = found[0]["snippet"]
    assert isinstance(snippet["totalReplyCount"], int)
    assert isinstance(snippet["topLevelComment"]["snippet"]["likeCount"], int)
    assert any("replies" in item for item in found)
    assert any("<br>" in i["snippet"]["topLevelComment"]["snippet"]["textDisplay"] for i in found)


def test_a_page_token_is_good_for_its_own_list_only(get, world):
    videos = [world.video(id_, DAY) for id_ in existing(world, 600)]
    one, other = [v.id for v in videos if v.comments and v.comments > 100][:2]
    token = get("commentThreads", part="id", videoId=one).json()["nextPageToken"]
    answer = get("commentThreads", part="id", videoId=other, pageToken=token)
    assert error_of(answer) == (400, "invalidPageToken")


def test_closed_comments_are_refused_as_such(get, world):
    video = next(
        v for i in existing(world, 600) if (v := world.video(i, DAY)) and v.comments is None
    )
    answer = get("commentThreads", part="snippet", videoId=video.id)
    assert error_of(answer) == (403, "commentsDisabled")


def test_a_key_may_stand_in_the_query_and_must_be_good(server):
    url = f"{server.url}/youtube/v3/videos"
    params = {"part": "id", "id": "a"}
    assert requests.get(url, params=params | {"key": SANDBOX_KEY}).status_code == 200
    none, bad = requests.get(url, params=params), requests.get(url, params=params | {"key": "x"})
    assert error_of(none) == (403, "forbidden")
    assert none.json()["error"]["status"] == "PERMISSION_DENIED"
    assert error_of(bad) == (400, "badRequest")
    assert bad.json()["error"]["details"][0]["reason"] == "API_KEY_INVALID"
    assert server.stats()["units_today"] == {"default": 1}


def test_the_days_units_end_and_come_back_at_midnight_in_los_angeles(world, clock, session):
    clock.moment = datetime(2024, 11, 16, 7, 59, tzinfo=UTC)
    with SandboxServer(world, clock, youtube_daily_units=2) as server:
        url, params = f"{server.url}/youtube/v3/videos", {"part": "id", "id": "a"}
        codes = [session.get(url, params=params).status_code for _ in range(3)]
        refused = session.get(url, params=params)
        clock.advance(minutes=1)
        after = session.get(url, params=params)
        stats = server.stats()
    assert codes == [200, 200, 403]
    assert error_of(refused) == (403, "quotaExceeded")
    assert refused.json()["error"]["errors"][0]["domain"] == "youtube.quota"
    assert after.status_code == 200
    assert stats["units"] == {SANDBOX_KEY: {"default": {"2024-11-15": 2, "2024-11-16": 1}}}


def test_the_newer_bucket_ends_in_its_own_words_and_leaves_the_classic_one_alone(
    world, clock, session
):
    with SandboxServer(world, clock, youtube_daily_units=1) as server:
        params = {"part": "id", "id": "a"}
        stats, videos = (
            f"{server.url}/youtube/v3/{name}" for name in ("videos:batchGetStats", "videos")
        )
        assert session.get(stats, params=params).status_code == 200
        refused = session.get(stats, params=params)
        assert session.get(videos, params=params).status_code == 200
    assert error_of(refused) == (429, "rateLimitExceeded")
    error = refused.json()["error"]
    assert error["status"] == "RESOURCE_EXHAUSTED"
    assert error["details"][0]["metadata"]["quota_unit"] == "1/d/{project}"


def test_many_connections_at_once_never_pass_the_limit(world, clock):
    with SandboxServer(world, clock, youtube_daily_units=40) as server:

        def one(_: int) -> int:
            url, key = f"{server.url}/youtube/v3/videos", {"X-Goog-Api-Key": SANDBOX_KEY}
            return requests.get(url, params={"part": "id", "id": "a"}, headers=key).status_code

        with ThreadPoolExecutor(8) as pool:
            codes = list(pool.map(one, range(100)))
    assert codes.count(200) == 40
    assert codes.count(403) == 60


def test_the_books_name_ids_asked_for_twice(get, server, session, world):
    one, two, three = existing(world, 3)
    get("videos", part="id", id=f"{one},{two}")
    get("videos", part="id", id=f"{two},{three}")
    usage = session.get(f"{server.url}/sandbox/stats").json()
    assert usage == server.stats()
    assert usage["ids"]["videos"] == {"asked": 4, "distinct": 3}
    assert usage["repeated_ids"] == {"videos": [two]}
    assert usage["calls"] == {"videos": 2}


def test_an_unchanged_answer_is_not_sent_again_but_costs(get, server, world, clock):
    (id_,) = existing(world, 1)
    first = get("videos", part="statistics", id=id_)
    again = get(
        "videos", part="statistics", id=id_, headers={"If-None-Match": first.headers["ETag"]}
    )
    assert again.status_code == 304
    assert not again.content
    assert server.stats()["units_today"] == {"default": 2}
    clock.advance(days=1)
    later = get(
        "videos", part="statistics", id=id_, headers={"If-None-Match": first.headers["ETag"]}
    )
    assert later.status_code == 200


def test_answers_are_compressed_only_for_an_agent_that_says_gzip(get, world):
    params = {"part": "snippet", "id": ",".join(existing(world, 20))}
    plain = get("videos", **params)
    packed = get("videos", headers={"User-Agent": "something (gzip)"}, **params)
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert packed.json() == plain.json()
