"""The sandbox's leak-free features leak no row's own target."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression

from spotyt_dagster.sandbox.population import FAME_TRACKS
from spotyt_dagster.sandbox.world import World
from spotyt_dagster_tests.sandbox.small_table import raw_table

DAY = date(2026, 11, 25)
COUNTS = ["Views", "Likes", "Comments"]
CONTEXT = ["published", "subscribers", "popularity", "followers"]


def crawled(table: pd.DataFrame) -> pd.DataFrame:
    """The tracks whose video, channel and artist are there, with CONTEXT and `viewCount`."""
    world = World(table, seed=42)
    rows = {}
    for index, url, artist_url in table[["Url_youtube", "Url_spotify"]].itertuples():
        video = None if pd.isna(url) else world.video(url[-11:], DAY)
        channel = video and world.channel(video.channel_id, DAY)
        artist = world.artist(artist_url[-22:], DAY)
        if video and channel and artist:
            context = (video.published, channel.subscribers, artist.popularity, artist.followers)
            rows[index] = (*context, video.views)
    return table.join(pd.DataFrame.from_dict(rows, "index", columns=[*CONTEXT, "viewCount"]))


def gain(frame: pd.DataFrame) -> float:
    """R² of log10 views that subscribers add to the row's other columns and to what the table says
    of its artist: of a line on half of the rows, measured on the other half."""
    middle = frame.groupby("Url_spotify")["Stream"].transform("median")
    frame = frame.assign(artists_streams=middle, year=frame["published"].dt.year)
    counts = ["subscribers", "followers", "Stream", "artists_streams"]
    others = ["followers", "Stream", "artists_streams", "popularity", "year"]
    frame = frame.dropna(subset=["subscribers", *others, "viewCount"]).astype(
        dict.fromkeys([*counts, "viewCount"], "float64")
    )
    logs = frame.assign(**{name: np.log10(1 + frame[name]) for name in counts})
    y = np.log10(1 + frame["viewCount"])
    with_them, without = (
        LinearRegression().fit(logs[X][::2], y[::2]).score(logs[X][1::2], y[1::2])
        for X in ([*others, "subscribers"], others)
    )
    return with_them - without


def test_a_videos_own_counts_move_nothing_that_stands_beside_it() -> None:
    table = raw_table()
    factor = 10 ** np.random.default_rng(1).uniform(-3, 0, len(table))
    moved = table.copy()
    videos = pd.factorize(table["Url_youtube"])[0]
    for name in COUNTS:
        moved[name] = (table[name].astype("Float64") * factor[videos]).round().astype("Int64")
    before, after = crawled(table), crawled(moved)
    both_there = before["viewCount"].notna() & after["viewCount"].notna()
    assert both_there.sum() > 500
    before, after = before[both_there], after[both_there]
    assert (before["viewCount"] != after["viewCount"]).mean() > 0.9
    pd.testing.assert_frame_equal(before[CONTEXT], after[CONTEXT])


def test_a_one_video_channels_subscribers_say_no_more_of_its_views_than_its_other_columns() -> None:
    table = raw_table(artists=400)
    table["Channel"] = table["Title"]  # a channel for each video
    frame = crawled(table)
    assert gain(frame) < 0.002
    ranks = frame[["subscribers", "viewCount"]].astype("float64").dropna().rank()
    assert np.corrcoef(ranks.T)[0, 1] > 0.4  # of use all the same


def test_no_single_tracks_streams_tell_its_artists_fame() -> None:
    table = raw_table()
    greatest = table.groupby("Url_spotify")["Stream"].idxmax()
    moved = table.copy()
    moved.loc[greatest, "Stream"] *= 1_000
    names = ["popularity", "followers"]
    pd.testing.assert_frame_equal(crawled(moved)[names], crawled(table)[names])

    few = table.groupby("Url_spotify").head(FAME_TRACKS - 1)
    doubled = few.assign(Stream=few["Stream"] * 1_000)
    pd.testing.assert_frame_equal(crawled(doubled)[names], crawled(few)[names])


@pytest.mark.real_data
def test_subscribers_leak_no_views_of_the_real_files_one_video_channels(real_csv: str) -> None:
    table = pd.read_csv(real_csv)
    frame = crawled(table)
    videos = table.drop_duplicates("Url_youtube").groupby("Channel").size()
    of_one = frame[frame["Channel"].map(videos).eq(1) & frame["viewCount"].notna()]
    assert len(of_one) > 2_000
    assert gain(of_one) < 0.002
