"""What the models read: growth since 2023, the year of publication, logarithms, the class."""

import narwhals as nw
from narwhals.typing import IntoFrameT

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


def track_features(clean: IntoFrameT) -> IntoFrameT:
    """Add the three deltas, publishedYear, logarithms and the class `youtube_leaning`.

    `youtube_leaning` is viewCount > Stream. The study's pages do not say what its classes are; this
    is the product's choice (docs/architecture.md).
    """
    deltas = {name: nw.col(now) - nw.col(then) for name, (now, then) in DELTAS.items()}
    return (
        nw.from_native(clean)
        .with_columns(
            **deltas,
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


def _logarithms(columns: tuple[str, ...]) -> dict[str, nw.Expr]:
    return {f"log10_{name}": (nw.col(name).cast(nw.Float64()) + 1).log(10) for name in columns}
