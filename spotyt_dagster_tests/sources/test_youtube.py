"""YouTube as it answers: absent fields, absent items, hidden counts, further pages."""

from datetime import UTC, datetime

import pandas as pd
import pytest

from spotyt_dagster.sources.crawl_store import EntityRecord
from spotyt_dagster.sources.youtube import channels_table, videos_table
from spotyt_dagster_tests.sandbox.small_table import NOON
from spotyt_dagster_tests.sources.fake_server import Reply
from spotyt_dagster_tests.sources.youtube_bodies import VIDEO

NO_VIDEO = "no-such-vid"


def test_videos_come_with_their_date_channel_counts_and_mark(youtube, world, server, store):
    ids = list(world.video_ids[:50])
    answers = youtube.videos(ids)
    assert [answer.entity_id for answer in answers] == ids
    assert server.stats()["units_today"] == {"default": 1}
    assert store.ledger.usage(youtube.bucket).used == 1
    video = next(one for id_ in ids if (one := world.video(id_, NOON.date())) and one.likes)
    table = videos_table(answers, "sandbox").set_index("video_id")
    row = table.loc[video.id]
    assert (row["viewCount"], row["likeCount"]) == (video.views, video.likes)
    assert row["channelId"] == video.channel_id
    assert row["publishedAt"] == video.published.replace(tzinfo=None, microsecond=0)
    assert row["madeForKids"] == video.made_for_kids
    assert row["fetched_at"] == NOON.replace(tzinfo=None)
    assert (row["api"], pd.isna(row["missing_reason"])) == ("sandbox", True)


def test_hidden_likes_and_closed_comments_are_missing_and_not_0(youtube, world):
    day = NOON.date()
    videos = [video for id_ in world.video_ids if (video := world.video(id_, day))]
    hidden = next(video for video in videos if video.likes is None)
    closed = next(video for video in videos if video.comments is None)
    table = videos_table(youtube.videos([hidden.id, closed.id]), "sandbox")
    assert pd.isna(table["likeCount"][0])
    assert pd.isna(table["commentCount"][1])
    assert table["viewCount"].notna().all()
    assert table["missing_reason"].isna().all()


def test_channels_come_fifty_a_unit_and_hidden_subscribers_are_missing(youtube, world, server):
    day = NOON.date()
    ids = list(
        dict.fromkeys(v.channel_id for id_ in world.video_ids if (v := world.video(id_, day)))
    )
    known = {id_: world.channel(id_, day) for id_ in ids[:50]}
    table = channels_table(youtube.channels(ids[:50]), "sandbox")
    assert server.stats()["units_today"] == {"default": 1}
    shown = {id_: None if one is None else one.subscribers for id_, one in known.items()}
    read = dict(zip(table["channelId"], table["youtubeChannelSubscriber"], strict=True))
    assert {id_: None if pd.isna(count) else count for id_, count in read.items()} == shown
    assert None in shown.values()


def test_a_deleted_video_is_answered_not_found_and_its_neighbours_are_well(youtube, world):
    answers = youtube.videos([NO_VIDEO, world.video_ids[0]])
    assert [answer.missing_reason for answer in answers] == ["not_found", None]
    table = videos_table(answers, "sandbox")
    gone = table.iloc[0]
    unread = ["channelId", "publishedAt", "viewCount", "likeCount", "commentCount", "madeForKids"]
    assert gone[unread].isna().all()
    assert gone["fetched_at"] == NOON.replace(tzinfo=None)


@pytest.mark.parametrize(
    "statistics",
    [{"hiddenSubscriberCount": True}, {"hiddenSubscriberCount": True, "subscriberCount": "0"}, {}],
)
def test_subscribers_that_are_hidden_in_any_form_are_missing(scripted, youtube_at, statistics):
    scripted.script = [Reply({"items": [{"id": "UCx", "statistics": statistics}]})]
    table = channels_table(youtube_at(scripted.url).channels(["UCx"]), "live")
    assert table["youtubeChannelSubscriber"].isna().all()
    assert table["missing_reason"].isna().all()


@pytest.mark.parametrize("body", [{"kind": "youtube#channelListResponse"}, {"items": []}])
def test_a_page_without_items_means_that_none_is_there(scripted, youtube_at, body):
    scripted.script = [Reply(body)]
    answers = youtube_at(scripted.url).channels(["UCx", "UCy"])
    assert [answer.missing_reason for answer in answers] == ["not_found", "not_found"]


def test_every_part_of_a_video_may_be_absent(scripted, youtube_at):
    scripted.script = [Reply({"items": [{"id": "v0000000020"}]})]
    table = videos_table(youtube_at(scripted.url).videos(["v0000000020"]), "live")
    assert table["viewCount"].isna().all()
    assert table["missing_reason"].isna().all()


def test_counts_beyond_32_bits_are_read_exactly(scripted, youtube_at):
    scripted.script = [Reply({"items": [VIDEO]})]
    table = videos_table(youtube_at(scripted.url).videos(["v0000000020"]), "live")
    assert table["viewCount"].tolist() == [12_345_678_901]
    assert table["commentCount"].tolist() == [0]
    assert str(table["viewCount"].dtype) == "Int64"


def test_further_pages_are_read_and_what_no_page_holds_is_not_found(scripted, youtube_at, store):
    def page(*ids: str, **more: str) -> Reply:
        items = [{"id": id_, "statistics": {"subscriberCount": "5"}} for id_ in ids]
        return Reply({"items": items, **more})

    scripted.script = [page("UC2", "UC1", nextPageToken="CAUQAA"), page("UC4")]
    client = youtube_at(scripted.url)
    answers = {one.entity_id: one for one in client.channels(["UC1", "UC2", "UC3", "UC4"])}
    reasons = {id_: answer.missing_reason for id_, answer in answers.items()}
    assert reasons == {"UC1": None, "UC2": None, "UC3": "not_found", "UC4": None}
    assert "pageToken" not in scripted.asked[0].path
    assert "pageToken=CAUQAA" in scripted.asked[1].path
    assert store.ledger.usage(client.bucket).used == 2
    assert set(store.cached("channel", answers)) == set(answers)


def test_a_page_token_that_leads_nowhere_ends_the_call(scripted, youtube_at):
    scripted.script = [Reply({"kind": "youtube#channelListResponse", "nextPageToken": "again"})] * 5
    assert youtube_at(scripted.url).channels(["UC1"])[0].missing_reason == "not_found"
    assert len(scripted.asked) == 1


def test_more_than_fifty_ids_are_never_sent(youtube, server):
    with pytest.raises(ValueError, match="at most 50 ids per request, got 51"):
        youtube.videos([f"{number:011d}" for number in range(51)])
    assert server.stats()["calls"] == {}


def test_the_key_stands_in_a_header_only(scripted, youtube_at):
    scripted.script = [Reply({"items": [VIDEO]})]
    youtube_at(scripted.url, "very-secret").videos(["v0000000020"])
    (asked,) = scripted.asked
    assert asked.headers["X-Goog-Api-Key"] == "very-secret"
    assert "very-secret" not in asked.path
    assert "key=" not in asked.path


def test_a_line_break_behind_a_copied_key_is_taken_off(scripted, youtube_at):
    scripted.script = [Reply({"items": [VIDEO]})]
    youtube_at(scripted.url, " very-secret\r\n").videos(["v0000000020"])
    assert scripted.asked[0].headers["X-Goog-Api-Key"] == "very-secret"


def test_no_answers_make_a_table_with_the_same_columns_and_types():
    answer = EntityRecord("video", "v0000000020", VIDEO, None, datetime(2024, 1, 1, tzinfo=UTC))
    full, empty = videos_table([answer], "live"), videos_table((), "live")
    assert len(empty) == 0
    pd.testing.assert_series_equal(full.dtypes, empty.dtypes)
    pd.testing.assert_series_equal(
        channels_table([answer], "live").dtypes, channels_table((), "live").dtypes
    )
    assert str(full["fetched_at"].dtype) == "datetime64[us]"
    assert (full.dtypes["madeForKids"], full.dtypes["likeCount"]) == ("boolean", "Int64")


def test_a_table_of_deleted_videos_alone_keeps_its_types():
    gone = EntityRecord("video", "v0000000020", None, "not_found", NOON)
    pd.testing.assert_series_equal(
        videos_table([gone], "live").dtypes, videos_table((), "live").dtypes
    )
