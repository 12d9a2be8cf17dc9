"""Who is trained on and who is tested: the study's random split and the split by artist.

Splits are positions into a frame sorted by `row`, so they depend on the rows and the seed only,
never on the order in which rows arrived. The splitters are scikit-learn's with a purge; all folds
and validation parts, those inside a fit too, are theirs.
"""

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from sklearn.model_selection import (
    GroupKFold,
    GroupShuffleSplit,
    StratifiedGroupKFold,
    train_test_split,
)

N_FOLDS = 5


class _Purged:
    """A splitter of scikit-learn's that keeps `groups` apart, and their `linked` values too.

    Training rows whose `linked` value is tested are dropped. Groups alone cannot do it: of the
    artists linked by videos, directly or over others, one component holds 29 % of the real rows,
    and folds over whole components range from 1,854 to 7,398 rows. Metadata routing hands on both
    (routed by default, so that GridSearchCV, LassoCV and the like pass them without a request).
    """

    __metadata_request__split = {"groups": True, "linked": True}  # noqa: RUF012

    def split(
        self, X: Any, y: Any = None, groups: Any = None, linked: Any = None
    ) -> Generator[tuple[np.ndarray, np.ndarray], Any, None]:
        """Positions of training and test rows, split by split.

        Args:
            X: The rows to split, (rows, columns); only their number matters.
            y: The target, (rows,), where the splitter stratifies by it.
            groups: What must be on one side only, (rows,): the artist.
            linked: What must be on one side only as well, (rows,), though it crosses groups: the
                video. Codes; comparing strings takes ten times as long.

        Yields:
            Two int64 arrays, training positions first.

        Raises:
            ValueError: `groups` or `linked` is missing.

        """
        if linked is None:
            raise ValueError("The 'linked' parameter should not be None.")
        codes = np.unique(np.asarray(linked), return_inverse=True)[1]
        for train, test in super().split(X, y, groups):  # pyright: ignore[reportAttributeAccessIssue]
            yield train[~np.isin(codes[train], codes[test])], test

    def get_n_splits(
        self,
        X: Any = None,
        y: Any = None,
        groups: Any = None,
        linked: Any = None,  # noqa: ARG002
    ) -> int:
        """The number of splits; searches call it with all metadata that they route to split()."""
        return super().get_n_splits(X, y, groups)  # pyright: ignore[reportAttributeAccessIssue]


class PurgedGroupKFold(_Purged, GroupKFold):
    """GroupKFold with neither group nor linked value on both sides.

    Args:
        n_splits: Number of folds, int, default 5.
        shuffle: Whether groups are drawn at random rather than by size, bool, default False.
        random_state: Of the shuffle, int or None, default None.
    """


class PurgedStratifiedGroupKFold(_Purged, StratifiedGroupKFold):
    """StratifiedGroupKFold with neither group nor linked value on both sides.

    Args:
        n_splits: Number of folds, int, default 5.
        shuffle: Whether groups are drawn at random, bool, default False.
        random_state: Of the shuffle, int or None, default None.
    """


class PurgedGroupShuffleSplit(_Purged, GroupShuffleSplit):
    """GroupShuffleSplit with neither group nor linked value on both sides.

    Args:
        n_splits: Number of draws, int, default 5.
        test_size: Share of the groups to test, float, default None (0.2).
        train_size: Share of the groups to train on, float, default None (the others).
        random_state: Of the draw, int or None, default None.
    """


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
    """What rows of a random split say: "8:2 random" for a test share of 0.2."""
    return f"{10 * (1 - test_size):.3g}:{10 * test_size:.3g} random"


def grouped_splits_name(*, videos_apart: bool = True) -> str:
    """What rows of folds say: "5-fold by artist", and where a video may stand on both sides."""
    return f"{N_FOLDS}-fold by artist" + ("" if videos_apart else ", videos shared")


def grouped_splits(frame: pd.DataFrame, seed: int, *, videos_apart: bool = True) -> list[Split]:
    """Five folds with neither artist nor, where `videos_apart`, video on both sides.

    Training rows whose video another artist's row tests (a duet) are dropped: `purged`.
    """
    kind = PurgedGroupKFold if videos_apart else GroupKFold
    folds = kind(N_FOLDS, shuffle=True, random_state=seed)
    # as numbers, in order of appearance: other labels would be shuffled into other folds
    artist, video = (pd.factorize(frame[name])[0] for name in ("Artist", "video_id"))
    metadata = {"linked": video} if videos_apart else {}
    return [
        Split(train, test, len(frame) - len(train) - len(test))
        for train, test in folds.split(frame, groups=artist, **metadata)
    ]


def inner_folds() -> PurgedGroupKFold:
    """Folds of the training rows, by which a model chooses a penalty, a K or its features."""
    return PurgedGroupKFold(3)


def inner_folds_by_class() -> PurgedStratifiedGroupKFold:
    """The same for a classifier whose every fold needs both classes."""
    return PurgedStratifiedGroupKFold(3)


def kept_apart(frame: pd.DataFrame) -> dict[str, np.ndarray]:
    """What folds and validation parts inside a fit keep apart, as metadata to route.

    Args:
        frame: Artist and video_id, a row a track.

    Returns:
        groups: int64 codes of the artists, (rows,), in the order of their names: unshuffled folds
            depend on it.
        linked: int64 codes of the videos, (rows,).
    """
    return {
        "groups": pd.factorize(frame["Artist"], sort=True)[0],
        "linked": pd.factorize(frame["video_id"])[0],
    }


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
