"""Cuts the official tracks into the batches that a crawl takes one at a time."""

import narwhals as nw
import pandas as pd
from narwhals.typing import IntoFrameT

from spotyt_dagster.exceptions import UnknownBatchError

_DIGITS = 4


def batch_key(number: int) -> str:
    """The key of a batch by its number, from 1: sorts as it counts.

    >>> batch_key(1)
    'batch-0001'
    """
    return f"batch-{number:0{_DIGITS}d}"


def batch_keys(tracks: int, batch_rows: int) -> list[str]:
    """The keys for so many tracks; an exact multiple makes no empty last batch (the study's did).

    >>> batch_keys(9_000, 4_500)
    ['batch-0001', 'batch-0002']
    """
    return [batch_key(number) for number in range(1, -(-tracks // batch_rows) + 1)]


def crawl_batches(official: IntoFrameT, batch_rows: int) -> IntoFrameT:
    """Which batch each official track is crawled in, in order of `row`.

    Returns:
        row, batch, video_id, artist_id and Channel, one line a track.
    """
    number = nw.col("position") // batch_rows + 1
    return (
        nw.from_native(official)
        .with_row_index("position", order_by="row")
        .with_columns(
            batch=nw.concat_str(nw.lit("batch-"), number.cast(nw.String()).str.zfill(_DIGITS))
        )
        .select("row", "batch", "video_id", "artist_id", "Channel")
        .sort("row")
        .to_native()
    )


def rows_of(batches: pd.DataFrame, key: str) -> pd.DataFrame:
    """The lines of one batch.

    Raises:
        UnknownBatchError: the table has no such batch.
    """
    rows = batches[batches["batch"] == key]
    if rows.empty:
        listed = f"lists {_span(batches)}" if len(batches) else "lists none"
        raise UnknownBatchError(
            f"There is no batch {key} in ingest/crawl_batches, which {listed}: materialize one "
            "that it lists. A partition left by another table or storage can be deleted in the UI."
        )
    return rows


def _span(batches: pd.DataFrame) -> str:
    first, last = batches["batch"].min(), batches["batch"].max()
    return first if first == last else f"{first} to {last}"
