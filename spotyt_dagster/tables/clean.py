"""Which rows can be worked with, and why the others cannot: nothing is dropped without a reason."""

import narwhals as nw
import pandas as pd
from narwhals.typing import IntoFrameT

from spotyt_dagster.tables.children import CHILDRENS_WORDS
from spotyt_dagster.tables.schema import AUDIO

#: Reasons for which a row is dropped, in the order in which they are looked at.
NO_AUDIO = "no audio features"
NO_STREAM = "no Stream in 2023"
NO_COUNTS = "no Views, Likes or Comments in 2023"
NOT_CRAWLED = "not crawled yet"
VIDEO_GONE = "video deleted or private"
VIDEO_UNREAD = "video could not be read"


def baseline_tracks(official: IntoFrameT) -> IntoFrameT:
    """The official tracks that are complete in the 2023 columns: nothing crawled, so nothing new.

    15,260 of the real file's 15,723. `is_children` is told by the channel's name.
    """
    frame = nw.from_native(official)
    return (
        frame.filter(_gap_of_2023().is_null())
        .with_columns(is_children=_named_for_children(), api=nw.lit("none"))
        .sort("row")
        .to_native()
    )


def clean_tracks(crawled: IntoFrameT) -> IntoFrameT:
    """The crawled tracks without those that `dropped_rows` names; adds `is_children`.

    A hidden like or comment count, subscribers or followers that are not given stay null: later
    steps run on what there is.
    """
    frame = nw.from_native(crawled)
    return (
        frame.filter(_reason_to_drop().is_null())
        .with_columns(is_children=nw.coalesce(nw.col("madeForKids"), _named_for_children()))
        .drop("video_missing_reason", "madeForKids")
        .sort("row")
        .to_native()
    )


def dropped_rows(crawled: IntoFrameT) -> IntoFrameT:
    """The rows that `clean_tracks` leaves out: row, batch, Artist, Track, video_id, reason."""
    return (
        nw.from_native(crawled)
        .with_columns(reason=_reason_to_drop())
        .filter(~nw.col("reason").is_null())
        .select("row", "batch", "Artist", "Track", "video_id", "reason")
        .sort("row")
        .to_native()
    )


def counts_by_reason(dropped: pd.DataFrame) -> dict[str, int]:
    """How many rows each reason took, most first."""
    return {str(reason): int(n) for reason, n in dropped["reason"].value_counts().items()}


def _gap_of_2023() -> nw.Expr:
    counts = ("Views", "Likes", "Comments")
    return (
        nw.when(nw.any_horizontal(*(nw.col(c).is_null() for c in AUDIO), ignore_nulls=False))
        .then(nw.lit(NO_AUDIO))
        .when(nw.col("Stream").is_null())
        .then(nw.lit(NO_STREAM))
        .when(nw.any_horizontal(*(nw.col(c).is_null() for c in counts), ignore_nulls=False))
        .then(nw.lit(NO_COUNTS))
    )


def _reason_to_drop() -> nw.Expr:
    gone = nw.col("video_missing_reason") == "not_found"
    unseen = (
        nw.when(nw.col("fetched_at").is_null())
        .then(nw.lit(NOT_CRAWLED))
        .when(gone)
        .then(nw.lit(VIDEO_GONE))
        .when(nw.col("viewCount").is_null())
        .then(nw.lit(VIDEO_UNREAD))
    )
    return nw.coalesce(_gap_of_2023(), unseen)


def _named_for_children() -> nw.Expr:
    named = nw.col("Channel").str.to_lowercase().str.contains(CHILDRENS_WORDS, literal=True)
    return nw.coalesce(named, nw.lit(False))
