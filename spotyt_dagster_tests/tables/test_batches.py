"""Tracks are cut into full batches and a rest, the same for the same file."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spotyt_dagster.sources.raw_table import read_tracks
from spotyt_dagster.tables.batches import batch_key, batch_keys, crawl_batches
from spotyt_dagster.tables.official import official_tracks
from spotyt_dagster_tests.tables.conftest import take


@given(st.integers(0, 100_000), st.integers(1, 20_000))
def test_batches_are_full_but_the_last_and_none_is_empty(tracks, rows):
    keys = batch_keys(tracks, rows)
    assert len(keys) * rows >= tracks
    assert (len(keys) - 1) * rows < tracks or not keys
    assert len(set(keys)) == len(keys)


@given(st.lists(st.integers(1, 9_999), min_size=2, unique=True))
def test_keys_sort_as_they_count(numbers):
    assert sorted(map(batch_key, numbers)) == [batch_key(number) for number in sorted(numbers)]


def test_no_track_makes_no_batch():
    assert batch_keys(0, 4_500) == []


@pytest.mark.parametrize("rows", [1, 7, 60, 229, 230, 231, 10_000])
def test_the_batches_of_the_tracks_are_those_that_are_registered(give, official, rows):
    batches = take(crawl_batches(give(official), rows))
    sizes = batches["batch"].value_counts().sort_index()
    assert list(sizes.index) == batch_keys(len(official), rows)
    assert (sizes.iloc[:-1] == rows).all()
    assert batches["row"].tolist() == official["row"].tolist()
    assert batches["batch"].is_monotonic_increasing
    assert list(batches.columns) == ["row", "batch", "video_id", "artist_id", "Channel"]


def test_the_order_of_the_rows_does_not_matter(give, official):
    shuffled = crawl_batches(give(official.sample(frac=1, random_state=3)), 60)
    pd.testing.assert_frame_equal(take(shuffled), take(crawl_batches(give(official), 60)))


def test_both_backends_agree(give, official, batches):
    pd.testing.assert_frame_equal(take(crawl_batches(give(official), 60)), take(batches))


def test_no_official_track_gives_an_empty_table(give, official):
    assert take(crawl_batches(give(official.head(0)), 60)).empty


@pytest.mark.real_data
def test_the_real_file_makes_four_batches(real_csv):
    batches = crawl_batches(official_tracks(read_tracks(real_csv, 1)[0]), 4_500)
    assert batches["batch"].value_counts().sort_index().to_dict() == {
        "batch-0001": 4_500, "batch-0002": 4_500, "batch-0003": 4_500, "batch-0004": 2_223,
    }  # fmt: skip
