"""The simulated world: the same for every caller, growing from 2023, with some odd cases."""

import random
import time
from datetime import date

import numpy as np
import pandas as pd
import pytest

from spotyt_dagster.sandbox import growth, population
from spotyt_dagster.sandbox.population import channel_id
from spotyt_dagster.sandbox.world import World
from spotyt_dagster_tests.sandbox.small_table import CHILDRENS_CHANNEL, raw_table

IN_2023, IN_2024, IN_2026 = date(2023, 2, 7), date(2024, 11, 15), date(2026, 11, 25)


@pytest.fixture(scope="module")
def large_world() -> World:
    """20,710 rows: enough for shares of a few in a thousand."""
    return World(raw_table(artists=2_071), seed=1)


def by_video() -> pd.DataFrame:
    """The table's figures by video: where rows share one, the greatest."""
    table = raw_table().dropna(subset=["Url_youtube"])
    table = table.assign(video_id=table["Url_youtube"].str[-11:])
    counts = table.astype(dict.fromkeys(["Views", "Likes", "Comments"], "float64"))
    return counts.groupby("video_id")[["Views", "Likes", "Comments"]].max().reset_index()


def test_an_answer_does_not_depend_on_what_was_asked_before(world):
    asked = [(id_, day) for id_ in world.video_ids[:60] for day in (IN_2023, IN_2024, IN_2026)]
    first = {key: world.video(*key) for key in asked}
    random.Random(3).shuffle(asked)
    again = World(raw_table(), seed=42)
    assert {key: again.video(*key) for key in asked} == first


def test_the_order_of_the_tables_rows_changes_no_video(world):
    shuffled = World(raw_table().sample(frac=1, random_state=2), seed=42)
    assert all(shuffled.video(id_, IN_2024) == world.video(id_, IN_2024) for id_ in world.video_ids)


def test_another_seed_makes_other_numbers(world):
    other = World(raw_table(), seed=43)
    pairs = [(world.video(id_, IN_2024), other.video(id_, IN_2024)) for id_ in world.video_ids]
    assert np.mean([one != two for one, two in pairs]) > 0.9


def test_on_the_day_of_collection_the_figures_are_the_tables(world):
    for row in by_video().itertuples():
        video = world.video(row.video_id, IN_2023)
        assert video is not None
        assert video.views == row.Views
        assert video.likes is None or video.likes == row.Likes
        assert video.comments is None or video.comments == row.Comments


def test_counts_grow_with_the_date_and_only_spam_takes_them_below_2023(large_world):
    days = [IN_2023, IN_2024, IN_2026]
    history = [[large_world.video(id_, day) for day in days] for id_ in large_world.video_ids]
    there = [[video.views for video in videos] for videos in history if all(videos)]
    views = np.array(there, dtype=float)
    assert (np.diff(views[:, 1:]) >= 0).all()
    fallen = views[:, 1] < views[:, 0]
    assert 0 < fallen.mean() < 2 * growth.SPAM_SHARE
    assert (views[fallen, 1] >= np.floor(views[fallen, 0] * (1 - growth.SPAM_LOSS))).all()
    assert 1.05 < np.median(views[:, 1] / views[:, 0]) < 1.3


def test_likes_never_outgrow_views(large_world):
    videos = [large_world.video(id_, IN_2026) for id_ in large_world.video_ids]
    assert all(v.likes <= v.views for v in videos if v and v.likes is not None)


def test_videos_go_at_the_documented_rate_and_never_come_back(large_world):
    ids = large_world.video_ids
    gone = {
        day: {id_ for id_ in ids if large_world.video(id_, day) is None}
        for day in (IN_2023, IN_2024, IN_2026)
    }
    assert not gone[IN_2023]
    assert gone[IN_2024] <= gone[IN_2026]
    assert 0.004 < len(gone[IN_2024]) / len(ids) < 0.010
    assert 0.011 < len(gone[IN_2026]) / len(ids) < 0.019


def test_great_and_childrens_videos_never_go():
    table = raw_table(artists=400)
    world = World(table, seed=7)
    safe = table[
        (table["Views"] > population.NEVER_GONE_VIEWS) | (table["Channel"] == CHILDRENS_CHANNEL)
    ]
    far = date(2200, 1, 1)
    assert len(safe) > 100
    assert all(world.video(url[-11:], far) for url in safe["Url_youtube"])
    assert sum(world.video(id_, far) is None for id_ in world.video_ids) > 1_000


def test_made_for_kids_is_exactly_the_childrens_channel_and_its_comments_are_off(world):
    table = raw_table().dropna(subset=["Url_youtube"])
    kids = set(table.loc[table["Channel"] == CHILDRENS_CHANNEL, "Url_youtube"].str[-11:])
    videos = [video for id_ in world.video_ids if (video := world.video(id_, IN_2024))]
    assert {video.id for video in videos if video.made_for_kids} == kids
    assert len(kids) == 10
    assert all(video.comments is None for video in videos if video.made_for_kids)


def test_what_was_hidden_in_2023_is_hidden_now(world):
    table = by_video()
    likes, comments = (table[table[name].isna()]["video_id"] for name in ("Likes", "Comments"))
    assert len(likes) > 5
    assert len(comments) > 5
    assert all(world.video(id_, IN_2023).likes is None for id_ in likes)
    assert all(world.video(id_, IN_2023).comments is None for id_ in comments)


def test_a_few_more_hide_likes_and_close_comments(large_world):
    table = raw_table(artists=2_071).dropna(subset=["Likes", "Comments"])
    table = table[table["Channel"] != CHILDRENS_CHANNEL]
    videos = [large_world.video(url[-11:], IN_2023) for url in table["Url_youtube"]]
    hidden = np.mean([video.likes is None for video in videos if video])
    closed = np.mean([video.comments is None for video in videos if video])
    assert 0 < hidden < 3 * population.LIKES_HIDDEN_SHARE
    assert 0.003 < closed < 0.008


def test_no_comments_under_many_views_means_the_section_is_closed():
    table = raw_table().dropna(subset=["Url_youtube"]).iloc[20:22].copy()
    table["Comments"] = 0
    table["Views"] = [population.COMMENTS_OFF_VIEWS + 1, population.COMMENTS_OFF_VIEWS]
    world = World(table, seed=42)
    closed, quiet = (world.video(url[-11:], IN_2023) for url in table["Url_youtube"])
    assert closed is not None
    assert closed.comments is None
    assert quiet is not None
    assert quiet.comments == 0


def test_rows_of_one_channel_name_share_one_channel(world):
    videos = [video for id_ in world.video_ids if (video := world.video(id_, IN_2024))]
    assert all(video.channel_id == channel_id(video.channel_title) for video in videos)
    assert all(len(video.channel_id) == 24 for video in videos)
    channel = world.channel(videos[0].channel_id, IN_2024)
    assert channel is not None
    assert channel.title == videos[0].channel_title
    assert channel.published <= videos[0].published


def test_subscribers_have_three_digits_follow_views_and_are_hidden_by_few(large_world):
    titles = raw_table(artists=2_071)["Channel"].dropna().unique()
    channels = [large_world.channel(channel_id(title), IN_2024) for title in titles]
    shown = [c for c in channels if c and c.subscribers is not None]
    assert all(str(c.subscribers)[3:].strip("0") == "" for c in shown)
    logs = np.log10([[c.subscribers + 1, c.views + 1] for c in shown])
    assert np.corrcoef(logs.T)[0, 1] > 0.6
    assert 0.003 < 1 - len(shown) / len(channels) < 0.02


def test_fame_on_spotify_follows_streams_and_a_few_artists_are_unknown(large_world):
    streams = raw_table(artists=2_071).groupby("Url_spotify")["Stream"].sum()
    artists = [large_world.artist(url[-22:], IN_2024) for url in streams.index]
    known = [
        (a.popularity, np.log10(a.followers + 1), np.log10(s))
        for a, s in zip(artists, streams, strict=True)
        if a
    ]
    popularity, followers, streamed = np.array(known, dtype=float).T
    assert popularity.min() >= 0
    assert popularity.max() <= 100
    assert np.corrcoef(popularity, streamed)[0, 1] > 0.8
    assert np.corrcoef(followers, streamed)[0, 1] > 0.8
    assert 0.001 < 1 - len(known) / len(artists) < 0.012


def test_what_is_not_in_the_table_does_not_exist(world):
    assert world.video("unknown-one", IN_2024) is None
    assert world.channel("UC" + "0" * 22, IN_2024) is None
    assert world.artist("9" * 22, IN_2024) is None
    assert world.comment_threads("unknown-one", IN_2024) is None


def test_a_table_of_the_real_size_is_ready_at_once():
    table = raw_table(artists=2_071)
    started = time.process_time()
    World(table, seed=42).video("v0000000020", IN_2024)
    assert time.process_time() - started < 0.5


def test_a_table_without_a_single_video_is_a_world_too():
    table = raw_table().iloc[[16]].assign(Stream=pd.array([pd.NA], dtype="Int64"))
    world = World(table, seed=42)
    assert len(world.video_ids) == 0
    (artist,) = world.artist_ids
    assert world.artist(artist, IN_2024) is not None
    assert len(World(table.iloc[:0], seed=42).artist_ids) == 0
