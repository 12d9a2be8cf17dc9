"""The tracks that the study is about: those whose video is an official one."""

import narwhals as nw
from narwhals.typing import IntoFrameT

#: Lengths of the ids that end the addresses (the schema has checked them).
_VIDEO_ID, _SPOTIFY_ID = 11, 22


def official_tracks(raw: IntoFrameT) -> IntoFrameT:
    """Keep rows with `official_video` true; add `video_id` and `artist_id` from the addresses.

    Rows without a video have no `official_video` and go too.
    """
    return (
        nw.from_native(raw)
        .filter(nw.col("official_video"))
        .with_columns(
            video_id=nw.col("Url_youtube").str.tail(_VIDEO_ID),
            artist_id=nw.col("Url_spotify").str.tail(_SPOTIFY_ID),
        )
        .sort("row")
        .to_native()
    )
