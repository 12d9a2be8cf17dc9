"""No row is dropped without a reason, and children's music is told as documented."""

from typing import Any

import pandas as pd
import pytest

from spotyt_dagster.sources.raw_table import read_tracks
from spotyt_dagster.tables.children import is_childrens_channel
from spotyt_dagster.tables.clean import (
    NO_AUDIO,
    NO_COUNTS,
    NO_STREAM,
    NOT_CRAWLED,
    VIDEO_GONE,
    VIDEO_UNREAD,
    baseline_tracks,
    clean_tracks,
    counts_by_reason,
    dropped_rows,
)
from spotyt_dagster.tables.crawled import crawled_tracks
from spotyt_dagster.tables.official import official_tracks
from spotyt_dagster.tables.schema import AUDIO, COUNTS
from spotyt_dagster_tests.tables.conftest import as_one, take


@pytest.fixture(scope="module")
def crawled(official, batches, crawl) -> pd.DataFrame:
    """Complete in 2023 but for what a test takes away; the last batch was not crawled."""
    filled = official.copy()
    for column in (*AUDIO, *COUNTS):
        filled[column] = filled[column].fillna(1)
    but_the_last = {kind: tables[:-1] for kind, tables in crawl.items()}
    return crawled_tracks(filled, batches, as_one(but_the_last))


def reason_of(give, crawled: pd.DataFrame, **cells: Any) -> str | None:
    """Why the first track that could be worked with is dropped once it has these cells."""
    good = clean_tracks(crawled)["row"].iloc[0]
    changed = crawled.copy()
    for column, value in cells.items():
        changed.loc[changed["row"] == good, column] = value
    dropped = take(dropped_rows(give(changed)))
    reasons = dropped.loc[dropped["row"] == good, "reason"].tolist()
    kept = take(clean_tracks(give(changed)))["row"].tolist()
    assert (good in kept) == (not reasons)
    return reasons[0] if reasons else None


def test_every_row_is_clean_or_dropped_and_none_is_both(give, crawled):
    clean, dropped = take(clean_tracks(give(crawled))), take(dropped_rows(give(crawled)))
    assert sorted([*clean["row"], *dropped["row"]]) == crawled["row"].tolist()
    assert dropped["reason"].notna().all()
    assert set(dropped["reason"]) == {NOT_CRAWLED, VIDEO_GONE, VIDEO_UNREAD}
    assert list(dropped.columns) == ["row", "batch", "Artist", "Track", "video_id", "reason"]


def test_rows_incomplete_in_2023_are_dropped_under_their_own_reasons(
    give, official, batches, crawl
):
    table = crawled_tracks(official, batches, as_one(crawl))
    clean, dropped = take(clean_tracks(give(table))), take(dropped_rows(give(table)))
    assert len(clean) + len(dropped) == len(official)
    incomplete = official[[*AUDIO, *COUNTS]].isna().any(axis=1).sum()
    of_2023 = dropped["reason"].isin([NO_AUDIO, NO_STREAM, NO_COUNTS])
    assert of_2023.sum() == incomplete > 0


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({}, None),
        ({"Tempo": None}, NO_AUDIO),
        ({"Duration_ms": None}, NO_AUDIO),
        ({"Stream": None}, NO_STREAM),
        ({"Views": None}, NO_COUNTS),
        ({"Likes": None}, NO_COUNTS),
        ({"Comments": None}, NO_COUNTS),
        ({"Tempo": None, "Stream": None, "Likes": None}, NO_AUDIO),
        ({"Stream": None, "viewCount": None, "video_missing_reason": "not_found"}, NO_STREAM),
        ({"fetched_at": None, "viewCount": None}, NOT_CRAWLED),
        ({"viewCount": None, "video_missing_reason": "not_found"}, VIDEO_GONE),
        ({"viewCount": None, "video_missing_reason": "error"}, VIDEO_UNREAD),
        ({"viewCount": None}, VIDEO_UNREAD),
        ({"likeCount": None, "commentCount": None}, None),
        ({"youtubeChannelSubscriber": None, "spotifyPopularity": None}, None),
        ({"spotifyFollowers": None, "publishedAt": None, "channelId": None}, None),
        ({"Description": None, "Title": None, "Channel": None, "Licensed": None}, None),
        ({"Likes": 0, "Comments": 0, "viewCount": 0}, None),
    ],
)
def test_the_first_reason_that_holds_is_told_and_what_is_hidden_is_none(
    give, crawled, cells, reason
):
    assert reason_of(give, crawled, **cells) == reason


def test_hidden_counts_stay_missing(give, crawled):
    clean = take(clean_tracks(give(crawled)))
    assert clean["likeCount"].isna().any()
    assert clean["commentCount"].isna().any()
    assert clean["viewCount"].notna().all()


@pytest.mark.parametrize(
    ("made_for_kids", "channel", "is_children"),
    [
        (True, "Any Band", True),
        (False, "Cocomelon - Nursery Rhymes", False),
        (None, "Cocomelon - NURSERY RHYMES", True),
        (None, "Any Band", False),
        (None, None, False),
        (True, None, True),
    ],
)
def test_youtubes_mark_decides_and_the_channels_name_where_there_is_none(
    give, crawled, made_for_kids, channel, is_children
):
    marked = crawled.assign(Channel=channel)
    marked["Channel"] = marked["Channel"].astype(crawled["Channel"].dtype)
    marked["madeForKids"] = pd.array([made_for_kids] * len(crawled), dtype="boolean")
    assert set(take(clean_tracks(give(marked)))["is_children"]) == {is_children}
    if made_for_kids is None:
        assert is_childrens_channel(channel) is is_children
        assert set(take(baseline_tracks(give(marked)))["is_children"]) == {is_children}


def test_what_only_cleaning_needs_does_not_stay(give, crawled):
    clean = take(clean_tracks(give(crawled)))
    assert {"madeForKids", "video_missing_reason"}.isdisjoint(clean.columns)
    assert clean["row"].is_monotonic_increasing


def test_both_backends_agree(give, crawled):
    for step in (clean_tracks, dropped_rows):
        pd.testing.assert_frame_equal(take(step(give(crawled))), take(step(crawled)))


def test_the_baseline_is_complete_in_2023_and_holds_nothing_crawled(give, official):
    baseline = take(baseline_tracks(give(official)))
    complete = official.dropna(subset=[*AUDIO, *COUNTS])
    assert baseline["row"].tolist() == complete["row"].tolist()
    assert set(baseline["api"]) == {"none"}
    assert set(baseline.columns) - set(official.columns) == {"is_children", "api"}
    pd.testing.assert_frame_equal(baseline, take(baseline_tracks(official)))


def test_reasons_are_counted_most_first(crawled):
    counts = counts_by_reason(dropped_rows(crawled))
    assert sum(counts.values()) == len(dropped_rows(crawled))
    assert list(counts.values()) == sorted(counts.values(), reverse=True)
    assert counts_by_reason(dropped_rows(crawled.head(0))) == {}


@pytest.mark.real_data
def test_the_real_file_has_15_260_complete_tracks_and_ten_of_childrens_music(real_csv):
    official = official_tracks(read_tracks(real_csv, 1)[0])
    baseline = baseline_tracks(official)
    assert len(baseline) == 15_260
    assert official["Channel"].map(is_childrens_channel).sum() == 10
    children = baseline[baseline["is_children"]]
    assert set(children["Artist"]) == {"CoComelon"}
    assert len(children) == 10
