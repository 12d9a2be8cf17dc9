"""Today's numbers stand beside each track, read last, of one world; what is missing, and why."""

from datetime import timedelta

import pandas as pd
import pytest

from spotyt_dagster.sources.crawl_store import EntityRecord
from spotyt_dagster.sources.spotify import artists_table
from spotyt_dagster.sources.youtube import channels_table, videos_table
from spotyt_dagster.tables.crawled import crawl_errors, crawled_tracks
from spotyt_dagster_tests.tables.conftest import FIRST, LATER, as_one, read, take, unread


@pytest.fixture
def join(give, official, batches):
    """crawled_tracks of tables given as pandas; types that are left out were not crawled."""

    def run(videos=(), channels=(), artists=()) -> pd.DataFrame:
        crawl = {"videos": videos, "channels": channels, "artists": artists}
        return take(crawled_tracks(give(official), give(batches), as_one(crawl, give)))

    return run


def of_video(table: pd.DataFrame, video: str) -> pd.DataFrame:
    return table[table["video_id"] == video]


def test_every_official_track_is_there_once_with_its_batch_whatever_was_crawled(
    join, crawl, official, batches
):
    for tables in ({}, crawl, {"videos": crawl["videos"][:1]}):
        table = join(**tables)
        assert table["row"].tolist() == official["row"].tolist()
        assert table["batch"].tolist() == batches["batch"].tolist()


def test_numbers_of_video_channel_and_artist_stand_beside_the_track(join, official):
    video, artist = official.iloc[0][["video_id", "artist_id"]]
    channel = EntityRecord("channel", "UC1", {"statistics": {"subscriberCount": "5"}}, None, LATER)
    read_artist = EntityRecord("artist", artist, {"popularity": 61, "followers": 9}, None, LATER)
    table = join(
        [videos_table([read(video, views=123)], "sandbox")],
        [channels_table([channel], "sandbox")],
        [artists_table([read_artist], "sandbox")],
    )
    row = of_video(table, video).iloc[0]
    assert (row["viewCount"], row["likeCount"], row["commentCount"]) == (123, 10, 1)
    assert (row["channelId"], row["youtubeChannelSubscriber"]) == ("UC1", 5)
    assert (row["spotifyPopularity"], row["spotifyFollowers"]) == (61, 9)
    assert pd.Timestamp(row["fetched_at"]) == pd.Timestamp(FIRST).tz_localize(None)
    assert (row["api"], bool(row["madeForKids"])) == ("sandbox", False)
    assert pd.Timestamp(row["publishedAt"]) == pd.Timestamp("2015-06-07 08:09:10")


def test_a_batch_that_was_not_crawled_leaves_its_tracks_empty(join, crawl):
    table = join(crawl["videos"][1:], crawl["channels"][1:], crawl["artists"][1:])
    later = set(pd.concat(crawl["videos"][1:])["video_id"])
    missing = table[~table["video_id"].isin(later)]
    assert len(missing) > 30
    assert missing[["fetched_at", "viewCount", "video_missing_reason", "api"]].isna().all(axis=None)


def test_a_track_without_a_channel_is_not_joined_to_any(join, official):
    video = official["video_id"].iloc[0]
    nameless = EntityRecord("channel", "UC1", {"statistics": {"subscriberCount": "5"}}, None, FIRST)
    table = join(
        [videos_table([unread(video, "not_found")], "sandbox")],
        [channels_table([nameless], "sandbox")],
    )
    assert table["youtubeChannelSubscriber"].isna().all()
    assert len(table) == len(official)


def test_a_video_that_two_batches_share_counts_as_it_was_read_last(join, official):
    video = official["video_id"].iloc[0]
    old = videos_table([read(video, views=100, at=FIRST)], "sandbox")
    new = videos_table([read(video, views=200, at=LATER)], "sandbox")
    for order in ([old, new], [new, old]):
        assert set(of_video(join(order), video)["viewCount"]) == {200}


def test_the_same_reading_in_two_batches_stands_once(join, official):
    video = official["video_id"].iloc[0]
    reading = videos_table([read(video, views=100)], "sandbox")
    assert len(join([reading, reading])) == len(official)


def test_a_reading_that_failed_later_does_not_take_an_earlier_one_away(join, official):
    video = official["video_id"].iloc[0]
    read_table = videos_table([read(video, views=100, at=FIRST)], "sandbox")
    failed = videos_table([unread(video, "error", LATER)], "sandbox")
    for order in ([read_table, failed], [failed, read_table]):
        row = of_video(join(order), video).iloc[0]
        assert pd.notna(row["viewCount"])
        assert row["viewCount"] == 100
        assert pd.isna(row["video_missing_reason"])


def test_a_video_that_was_deleted_later_is_gone(join, official):
    video = official["video_id"].iloc[0]
    there = videos_table([read(video, at=FIRST)], "sandbox")
    gone = videos_table([unread(video, "not_found", LATER)], "sandbox")
    row = of_video(join([there, gone]), video).iloc[0]
    assert row["video_missing_reason"] == "not_found"
    assert pd.isna(row["viewCount"])


def test_where_anything_was_read_live_no_simulated_number_is_left(join, official):
    first, second = official["video_id"].drop_duplicates().iloc[:2]
    live = videos_table([read(first, views=100, at=FIRST)], "live")
    simulated = videos_table(
        [read(first, views=200, at=LATER), read(second, views=300, at=LATER)], "sandbox"
    )
    table = join([simulated, live])
    assert of_video(table, first)["viewCount"].iloc[0] == 100
    assert of_video(table, second)["viewCount"].isna().all()
    assert set(table["api"].dropna()) == {"live"}


def test_a_live_video_is_not_joined_to_a_simulated_artist_or_channel(join, official):
    video, artist = official.iloc[0][["video_id", "artist_id"]]
    channel = EntityRecord("channel", "UC1", {"statistics": {"subscriberCount": "5"}}, None, LATER)
    popular = EntityRecord("artist", artist, {"popularity": 61, "followers": 9}, None, LATER)
    table = join(
        [videos_table([read(video)], "live")],
        [channels_table([channel], "sandbox")],
        [artists_table([popular], "sandbox")],
    )
    row = of_video(table, video).iloc[0]
    assert row["api"] == "live"
    unknown = ["youtubeChannelSubscriber", "spotifyPopularity", "spotifyFollowers"]
    assert row[unknown].isna().all()


def test_both_backends_agree(join, crawl, official, batches):
    expected = take(crawled_tracks(official, batches, as_one(crawl)))
    pd.testing.assert_frame_equal(join(**crawl), expected)


def test_errors_list_what_could_not_be_read_with_the_reason(give):
    videos = videos_table(
        [unread("v2", "not_found"), read("v1"), unread("v3", "error", LATER)], "sandbox"
    )
    channels = channels_table([unread("UC1", "not_found")], "sandbox")
    artists = artists_table(
        [
            unread("a1", "invalid_id"),
            EntityRecord("artist", "a2", {}, "not_provided_by_tier", FIRST),
        ],
        "sandbox",
    )
    crawl = {"videos": [videos], "channels": [channels], "artists": [artists]}
    errors = take(crawl_errors(as_one(crawl, give)))
    assert list(errors.columns) == [
        "kind", "entity_id", "reason", "retryable", "fetched_at", "api",
    ]  # fmt: skip
    told = errors[["kind", "entity_id", "reason", "retryable"]].to_numpy().tolist()
    assert told == [
        ["artist", "a1", "invalid_id", False],
        ["artist", "a2", "not_provided_by_tier", False],
        ["channel", "UC1", "not_found", False],
        ["video", "v2", "not_found", False],
        ["video", "v3", "error", True],
    ]
    assert errors["fetched_at"].iloc[4] - errors["fetched_at"].iloc[3] == timedelta(days=1)
    assert set(errors["api"]) == {"sandbox"}


def test_an_error_that_another_batch_made_good_is_none(give):
    videos = videos_table([unread("v1", "error", LATER), read("v1", at=FIRST)], "live")
    assert take(crawl_errors(as_one({"videos": [videos]}, give))).empty


def test_nothing_crawled_has_no_errors(give):
    assert take(crawl_errors(as_one({}, give))).empty


def test_both_backends_agree_on_errors(give, crawl):
    errors = take(crawl_errors(as_one(crawl, give)))
    pd.testing.assert_frame_equal(errors, take(crawl_errors(as_one(crawl))))
    assert len(errors) > 10
