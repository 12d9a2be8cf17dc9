"""What the models read: growth since 2023, the year of publication, logarithms, the class."""

from datetime import datetime

import narwhals as nw
import pandas as pd
from narwhals.typing import IntoFrameT

from spotyt_dagster.tables.logarithms import log_name, logarithm

#: Heavy-tailed counts, which models read as log10(1 + x).
LOGGED_2023 = ("Views", "Likes", "Comments", "Stream", "Duration_ms")
LOGGED_CRAWLED = (
    "viewCount", "likeCount", "commentCount", "youtubeChannelSubscriber", "spotifyFollowers",
)  # fmt: skip

#: Growth columns and what each is the difference of: crawled now, Kaggle's of 2023.
DELTAS = {
    "delta_view": ("viewCount", "Views"),
    "delta_like": ("likeCount", "Likes"),
    "delta_comment": ("commentCount", "Comments"),
}

#: Since then YouTube counts a view at the start of playback, in all formats (UTC, as `fetched_at`).
VIEWS_REDEFINED = datetime(2026, 8, 27)


def track_features(clean: IntoFrameT) -> IntoFrameT:
    """Add the three deltas, relative growth, publishedYear, logarithms and `youtube_leaning`.

    `log10_view_growth` is log10(viewCount / Views), missing where either is 0 and so has none.

    `youtube_leaning` is viewCount > Stream. The study's pages do not say what its classes are; this
    is the product's choice (docs/architecture.md).
    """
    deltas = {name: nw.col(now) - nw.col(then) for name, (now, then) in DELTAS.items()}
    return (
        nw.from_native(clean)
        .with_columns(
            **deltas,
            view_growth=_times(nw.col("Views") > 0) - 1,
            log10_view_growth=_times((nw.col("Views") > 0) & (nw.col("viewCount") > 0)).log(10),
            publishedYear=nw.col("publishedAt").dt.year().cast(nw.Int64()),
            youtube_leaning=nw.col("viewCount") > nw.col("Stream"),
            **_logarithms((*LOGGED_2023, *LOGGED_CRAWLED)),
        )
        .sort("row")
        .to_native()
    )


def baseline_features(baseline: IntoFrameT) -> IntoFrameT:
    """The same for the 2023 columns alone: logarithms, and `youtube_leaning` as Views > Stream."""
    return (
        nw.from_native(baseline)
        .with_columns(
            youtube_leaning=nw.col("Views") > nw.col("Stream"), **_logarithms(LOGGED_2023)
        )
        .sort("row")
        .to_native()
    )


def growth_notes(features: pd.DataFrame) -> tuple[str, ...]:
    """What must be said beside growth since 2023, by when the counts were read (`fetched_at`).

    Nothing where all were read before `VIEWS_REDEFINED`.
    """
    read_at = pd.to_datetime(features["fetched_at"], utc=True)
    after = int((read_at >= pd.Timestamp(VIEWS_REDEFINED, tz="UTC")).sum())
    note = (
        f"growth of {after:,} of {len(features):,} rows mixes two definitions of a view: their "
        f"counts were read after {VIEWS_REDEFINED:%Y-%m-%d}, since when YouTube counts a view at "
        "the start of playback"
    )
    return (note,) * bool(after)


def _times(known: nw.Expr) -> nw.Expr:
    """How many times its views of 2023 a video has today."""
    return nw.when(known).then(nw.col("viewCount").cast(nw.Float64()) / nw.col("Views"))


def _logarithms(columns: tuple[str, ...]) -> dict[str, nw.Expr]:
    return {log_name(name): logarithm(nw.col(name)) for name in columns}
