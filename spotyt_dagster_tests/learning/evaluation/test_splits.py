"""Who meets whom in the two splits."""

import numpy as np
import pytest

from spotyt_dagster.learning.evaluation.splits import (
    grouped_splits,
    kept_apart,
    overlap,
    random_split,
    random_split_name,
)
from spotyt_dagster.learning.evaluation.task import regression_problem


def test_grouped_folds_share_neither_artist_nor_video(tracks) -> None:
    splits = grouped_splits(tracks, seed=42)
    for split in splits:
        train, test = tracks.iloc[split.train], tracks.iloc[split.test]
        assert set(train["Artist"]).isdisjoint(test["Artist"])
        assert set(train["video_id"]).isdisjoint(test["video_id"])
        assert len(train) + len(test) + split.purged == len(tracks)
    assert sum(split.purged for split in splits) > 0  # the table has duets to purge
    tested = np.sort(np.concatenate([split.test for split in splits]))
    assert (tested == np.arange(len(tracks))).all()


def test_a_random_split_puts_artists_and_videos_on_both_sides_and_says_so(tracks) -> None:
    split = random_split(tracks, 0.2, seed=42)
    counts = overlap(tracks, split)
    train, test = tracks.iloc[split.train], tracks.iloc[split.test]
    assert counts["test_rows"] == 180
    assert counts["artists_on_both_sides"] == len(set(train["Artist"]) & set(test["Artist"]))
    assert counts["videos_on_both_sides"] == len(set(train["video_id"]) & set(test["video_id"]))
    assert counts["test_rows_with_artist_in_training"] > 150


def test_splits_do_not_depend_on_the_order_of_rows(tracks) -> None:
    shuffled = tracks.sample(frac=1, random_state=0)
    a, b = regression_problem(tracks).frame, regression_problem(shuffled).frame
    assert (a.index == b.index).all()
    for one, other in zip(grouped_splits(a, 42), grouped_splits(b, 42), strict=True):
        assert (one.test == other.test).all()


def test_what_is_kept_apart_is_told_by_codes_in_the_order_of_names(tracks) -> None:
    some = tracks.sample(frac=1, random_state=0).tail(300)
    kept = kept_apart(some)
    assert kept["groups"].tolist() == np.unique(some["Artist"], return_inverse=True)[1].tolist()
    pairs = set(zip(kept["linked"], some["video_id"], strict=True))
    assert len(pairs) == some["video_id"].nunique() == len(set(kept["linked"]))


@pytest.mark.parametrize(("size", "name"), [(0.2, "8:2"), (0.1, "9:1"), (0.3, "7:3")])
def test_splits_bear_the_studys_names(size: float, name: str) -> None:
    assert random_split_name(size) == f"{name} random"
