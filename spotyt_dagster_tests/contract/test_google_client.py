"""Google's own client against the sandbox, and every field we send against Google's document.

The discovery document is the one inside google-api-python-client, so nothing is fetched.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from googleapiclient.discovery import build
from googleapiclient.discovery_cache import get_static_doc
from googleapiclient.errors import HttpError

from spotyt_dagster.clock import quota_day
from spotyt_dagster.sandbox.server import SANDBOX_KEY
from spotyt_dagster_tests.sandbox.small_table import NOON

DAY = quota_day(NOON)
#: JSON types by discovery type; integers of 64 bits travel as text and are declared "string".
TYPES = {"string": str, "boolean": bool, "integer": int, "object": dict, "array": list}


@pytest.fixture
def youtube(server) -> Iterator[Any]:
    with build(
        "youtube",
        "v3",
        developerKey=SANDBOX_KEY,
        static_discovery=True,
        client_options={"api_endpoint": server.url},
    ) as client:
        yield client


@pytest.fixture(scope="module")
def schemas() -> dict[str, Any]:
    document = get_static_doc("youtube", "v3")
    assert document is not None
    return json.loads(document)["schemas"]


@pytest.fixture(scope="module")
def videos(world) -> list:
    return [video for id_ in world.video_ids if (video := world.video(id_, DAY))]


def check(value, schema: dict[str, Any], schemas: dict[str, Any], where: str) -> None:
    """Fail where a JSON value has a field or a type that Google's document does not declare."""
    if "$ref" in schema:
        where, schema = f"{where}<{schema['$ref']}>", schemas[schema["$ref"]]
    assert type(value) is TYPES[schema["type"]], f"{where} is {value!r}"
    if schema["type"] == "array":
        for element in value:
            check(element, schema["items"], schemas, f"{where}[]")
    if schema["type"] == "object":
        for name, inner in value.items():
            declared = schema.get("properties", {})
            assert name in declared, f"{where}.{name} is not in Google's document"
            check(inner, declared[name], schemas, f"{where}.{name}")
    if schema.get("format") in ("uint64", "int64"):
        assert value.isdecimal(), f"{where} is {value!r}"
    if schema.get("format") == "uint32":
        assert 0 <= value < 2**32, where


def test_the_check_itself_finds_a_field_that_is_not_declared(schemas):
    with pytest.raises(AssertionError, match="viewsCount is not in Google's document"):
        check({"statistics": {"viewsCount": "1"}}, {"$ref": "Video"}, schemas, "video")
    with pytest.raises(AssertionError, match="viewCount is 1"):
        check({"statistics": {"viewCount": 1}}, {"$ref": "Video"}, schemas, "video")


def test_every_field_of_a_video_list_is_googles(youtube, schemas, videos):
    ids = [video.id for video in videos[:50]]
    answer = youtube.videos().list(part="id,snippet,statistics,status", id=",".join(ids)).execute()
    assert [item["id"] for item in answer["items"]] == ids
    check(answer, {"$ref": "VideoListResponse"}, schemas, "answer")


def test_every_field_of_batched_stats_is_googles(youtube, schemas, videos):
    ids = [video.id for video in videos[:50]]
    request = youtube.videos().batchGetStats(part="id,snippet,statistics", id=ids)
    answer = request.execute()
    assert [item["id"] for item in answer["items"]] == ids
    assert answer["kind"] == schemas["BatchGetStatsResponse"]["properties"]["kind"]["default"]
    check(answer, {"$ref": "BatchGetStatsResponse"}, schemas, "answer")


def test_every_field_of_a_channel_list_is_googles(youtube, schemas, videos):
    ids = list(dict.fromkeys(video.channel_id for video in videos))[:50]
    answer = youtube.channels().list(part="id,snippet,statistics", id=ids, maxResults=50).execute()
    assert [item["id"] for item in answer["items"]] == ids
    check(answer, {"$ref": "ChannelListResponse"}, schemas, "answer")


def test_every_field_of_comment_threads_is_googles(youtube, schemas, videos):
    video = max((v for v in videos if v.comments), key=lambda v: v.comments)
    answer = (
        youtube.commentThreads()
        .list(part="id,snippet,replies", videoId=video.id, maxResults=100, order="relevance")
        .execute()
    )
    assert len(answer["items"]) == 100
    assert any("replies" in item for item in answer["items"])
    check(answer, {"$ref": "CommentThreadListResponse"}, schemas, "answer")


def test_googles_client_pages_through_channels(youtube, videos):
    ids = list(dict.fromkeys(video.channel_id for video in videos))[:12]
    request, found = youtube.channels().list(part="id", id=",".join(ids)), []
    while request is not None:
        answer = request.execute()
        found += [item["id"] for item in answer["items"]]
        request = youtube.channels().list_next(request, answer)
    assert found == ids


def test_googles_client_pages_through_comments(youtube, videos):
    video = next(v for v in videos if v.comments and 200 < v.comments < 1_000)
    request = youtube.commentThreads().list(part="snippet", videoId=video.id, maxResults=100)
    pages = []
    while request is not None:
        answer = request.execute()
        pages.append([item["id"] for item in answer["items"]])
        request = youtube.commentThreads().list_next(request, answer)
    assert len(pages) > 1
    ids = [id_ for page in pages for id_ in page]
    assert len(set(ids)) == len(ids)


def test_googles_client_reads_our_refusals(youtube, videos):
    closed = next(video for video in videos if video.comments is None)
    with pytest.raises(HttpError) as refusal:
        youtube.commentThreads().list(part="snippet", videoId=closed.id).execute()
    assert refusal.value.status_code == 403
    assert "commentsDisabled" in str(refusal.value.error_details)


def test_googles_client_with_a_wrong_key_is_told_so(server):
    with (
        build(
            "youtube",
            "v3",
            developerKey="wrong",
            static_discovery=True,
            client_options={"api_endpoint": server.url},
        ) as client,
        pytest.raises(HttpError, match="API key not valid"),
    ):
        client.videos().list(part="id", id="a").execute()
