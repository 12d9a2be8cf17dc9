"""The tracks that the study is about: those whose video is an official one."""

from typing import Any

import narwhals as nw
import pandas as pd
from narwhals.typing import IntoFrameT

#: Lengths of the ids that end the addresses (the schema has checked them).
_VIDEO_ID, _SPOTIFY_ID = 11, 22

#: What a title may write in another way: blanks and marks. Named one by one, as the engines do not
#: agree on what a letter is (\w is ASCII to DuckDB).
_MARKS = "[\\s\u00a0\u3000!-/:-@\\[-`{-~‘’“”–—…·•´¿¡]"
#: What a track's name has after the name itself: "(feat. ...)", "[Remix]", " - Remastered 2011".
ADDITION = r" *[(\[].*$| - .*$"


def official_tracks(raw: IntoFrameT) -> IntoFrameT:
    """Keep rows with `official_video` true; add the ids from the addresses, and two flags.

    Rows without a video have no `official_video` and go too. `shares_video`: another of these rows
    has the same video, so the two have one count of views. `names_match`: title or channel of the
    video name the track or the artist; where neither is named, the video is probably a wrong one.
    """
    frame = (
        nw.from_native(raw)
        .filter(nw.col("official_video"))
        .with_columns(
            video_id=nw.col("Url_youtube").str.tail(_VIDEO_ID),
            artist_id=nw.col("Url_spotify").str.tail(_SPOTIFY_ID),
        )
        .with_columns(shares_video=nw.len().over("video_id") > 1)
    )
    return _with_names_match(frame).sort("row").to_native()


def video_doubts(official: pd.DataFrame) -> dict[str, int]:
    """How many official rows have views that may not be their own, by what is doubted."""
    return {
        "rows that share a video": int(official["shares_video"].sum()),
        "rows whose video names neither track nor artist": int((~official["names_match"]).sum()),
    }


def _with_names_match(frame: Any) -> Any:
    bare = nw.col("Track").str.replace_all(ADDITION, "")
    # "(I Can't Get No) Satisfaction" would have no name left
    track = nw.when(bare.str.len_chars() > 0).then(bare).otherwise(nw.col("Track"))
    texts = [nw.coalesce(nw.col(name), nw.lit("")) for name in ("Title", "Channel")]
    named = frame.with_columns(
        _track=_plain(track),
        _artist=_plain(nw.col("Artist")),
        _said=_plain(nw.concat_str(*texts, separator=" ")),
    )
    return named.with_columns(
        names_match=_holds(named, "_said", "_track") | _holds(named, "_said", "_artist")
    ).drop("_track", "_artist", "_said")


def _plain(text: nw.Expr) -> nw.Expr:
    return text.str.to_lowercase().str.replace_all(_MARKS, "")


def _holds(frame: Any, whole: str, part: str) -> Any:
    """Whether one column's text holds another's, row by row."""
    if isinstance(frame, nw.LazyFrame):
        return nw.col(whole).str.contains(nw.col(part), literal=True)
    # pandas looks for one text in a column, not for a column in a column
    held = [one in text for text, one in zip(frame[whole], frame[part], strict=True)]
    return nw.new_series("held", held, nw.Boolean(), backend=frame.implementation)
