"""Who is trained on and who is tested: the study's random split and the split by artist.

Splits are positions into a frame sorted by `row`, so they depend on the rows and the seed only,
never on the order in which rows arrived.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.model_selection import GroupKFold, GroupShuffleSplit, train_test_split

N_FOLDS = 5


@dataclass(frozen=True)
class Split:
    """Positions (int64 arrays) of training and test rows; `purged` training rows were dropped."""

    train: np.ndarray
    test: np.ndarray
    purged: int = 0


def random_split(frame: pd.DataFrame, test_size: float, seed: int) -> Split:
    """The study's split: rows drawn at random, whoever made them. `test_size` is a share."""
    train, test = train_test_split(np.arange(len(frame)), test_size=test_size, random_state=seed)
    return Split(np.sort(train), np.sort(test))


def random_split_name(test_size: float) -> str:
    """ "8:2 random" for a test share of 0.2."""
    return f"{10 * (1 - test_size):.3g}:{10 * test_size:.3g} random"


def grouped_splits_name(*, videos_apart: bool = True) -> str:
    """ "5-fold by artist", with a word where a video may stand on both sides."""
    return f"{N_FOLDS}-fold by artist" + ("" if videos_apart else ", videos shared")


def grouped_splits(frame: pd.DataFrame, seed: int, *, videos_apart: bool = True) -> list[Split]:
    """Five folds with neither artist nor, where `videos_apart`, video on both sides.

    scikit-learn's GroupKFold keeps artists together; two artists may still share a video (a
    duet), so training rows whose video is tested in the fold are left out (`purged`). Folds over
    whole groups of artists linked by videos would leave none out, but 29 % of the real rows hang
    together in one such group.
    """
    folds = GroupKFold(N_FOLDS, shuffle=True, random_state=seed)
    # as numbers: comparing 15,000 strings five times over takes 0.4 s a split
    artist, video = (pd.factorize(frame[name])[0] for name in ("Artist", "video_id"))
    splits = []
    for train, test in folds.split(frame, groups=artist):
        shared = np.isin(video[train], video[test]) & videos_apart
        splits.append(Split(train[~shared], test, int(shared.sum())))
    return splits


def validation_split(artists: pd.Series, share: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Positions to fit on and to validate on, cut from training rows by artist.

    For early stopping and tuning inside a fit: `artists` is the training rows' Artist column,
    `share` the share of artists held out.
    """
    splitter = GroupShuffleSplit(n_splits=1, test_size=share, random_state=seed)
    return next(splitter.split(artists, groups=artists))


def overlap(frame: pd.DataFrame, split: Split) -> dict[str, int]:
    """How much of the test part the training part has met: counts of rows, artists, videos."""
    counts = {"test_rows": len(split.test)}
    for name, column in (("artist", "Artist"), ("video", "video_id")):
        # as numbers: pandas compares Arrow strings one by one, 0.1 s a split
        codes, _ = pd.factorize(frame[column])
        shared = np.isin(codes[split.test], codes[split.train])
        counts[f"test_rows_with_{name}_in_training"] = int(shared.sum())
        counts[f"{name}s_on_both_sides"] = len(np.unique(codes[split.test][shared]))
    return counts
