"""Whether the honest protocol is honest on the rows at hand."""

import pandas as pd

from spotyt_dagster.tables.quality import CheckOutcome


def folds_share_nothing(frame: pd.DataFrame, seed: int) -> CheckOutcome:
    """No fold of the grouped protocol has an artist or a video on both sides.

    Args:
        frame: Artist and video_id, a row a track; too few artists for the folds count as not held.
        seed: Of the folds.
    """
    from spotyt_dagster.learning.evaluation.splits import grouped_splits, overlap

    try:
        splits = grouped_splits(frame, seed)
    except ValueError:
        return CheckOutcome(False, {"artists": int(frame["Artist"].nunique())})
    overlaps = [overlap(frame, split) for split in splits]
    shared = {
        name: sum(one[name] for one in overlaps)
        for name in ("artists_on_both_sides", "videos_on_both_sides")
    }
    return CheckOutcome(not any(shared.values()), {"folds": len(splits), **shared})
