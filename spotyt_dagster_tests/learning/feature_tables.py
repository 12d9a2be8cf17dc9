"""A small table of features with the traits that learning must cope with.

Made here by code, not cut from any data set: ten tracks an artist, duets that share a video,
heavy-tailed counts, hidden likes and subscribers.
"""

import numpy as np
import pandas as pd

from spotyt_dagster.learning.evaluation.feature_sets import AUDIO

ARTISTS, TRACKS_AN_ARTIST = 90, 10


def baseline_table() -> pd.DataFrame:
    """900 rows shaped like tables/baseline_tracks."""
    rng = np.random.default_rng(7)
    n = ARTISTS * TRACKS_AN_ARTIST
    artist = np.repeat(np.arange(ARTISTS), TRACKS_AN_ARTIST)
    frame = pd.DataFrame({"row": np.arange(n, dtype="int64")})
    frame["Artist"] = [f"Artist {number}" for number in artist]
    frame["Track"] = [f"Track {number}" for number in range(n)]
    frame["video_id"] = [f"video-{number}" for number in range(n)]
    duets = np.arange(0, n - TRACKS_AN_ARTIST, 17)
    frame.loc[duets, "video_id"] = frame.loc[duets + TRACKS_AN_ARTIST, "video_id"].to_numpy()
    for column in AUDIO:
        frame[column] = rng.uniform(size=n)
    frame["Key"] = rng.integers(-1, 12, size=n).astype(float)
    frame["Loudness"] = -5 * rng.exponential(size=n)
    frame["Tempo"] = rng.normal(120, 25, size=n)
    frame["Duration_ms"] = rng.normal(220_000, 40_000, size=n).round()
    fame = rng.normal(7, 0.7, size=ARTISTS)[artist]
    frame["Stream"] = (10 ** (fame + rng.normal(0, 0.4, size=n))).round()
    frame["Views"] = (10 ** (fame + frame["Energy"] + rng.normal(-0.9, 0.5, size=n))).round()
    frame["Likes"] = (frame["Views"] * 10 ** rng.normal(-2, 0.2, size=n)).round()
    frame["Comments"] = (frame["Likes"] * 10 ** rng.normal(-1.3, 0.3, size=n)).round()
    frame["Licensed"] = rng.random(n) < 0.9
    frame["Album_type"] = rng.choice(["album", "single", "compilation"], size=n)
    frame["is_children"] = False
    frame["youtube_leaning"] = frame["Views"] > frame["Stream"]
    return with_logs(_with_names(frame)).assign(raw_source="sample", api="none")


def _with_names(frame: pd.DataFrame) -> pd.DataFrame:
    """Album, Title and Channel: of a video the same in every row, and some on a label's channel."""
    rng = np.random.default_rng(9)
    n = len(frame)
    artist, number = frame["Artist"], np.arange(n)
    kind = rng.choice(["(Official Video)", "(Lyric Video)", "- Audio", "ft. Somebody", ""], size=n)
    title = artist + " - " + frame["Track"] + " " + kind
    label = "Label " + pd.Series(rng.integers(0, 5, size=n)).astype(str) + " Records"
    channel = artist.where(rng.random(n) < 0.6, artist + " - Topic").mask(number % 4 == 0, label)
    first = frame.groupby("video_id").head(1).index
    of_video = pd.DataFrame({"Title": title.str.strip(), "Channel": channel}).loc[first]
    of_video.index = pd.Index(frame["video_id"].loc[first])
    album = artist + " " + pd.Series(number % 3).astype(str)
    return frame.assign(Album=album).join(of_video, on="video_id")


def tracks_table(baseline: pd.DataFrame) -> pd.DataFrame:
    """The same 900 rows shaped like tables/track_features."""
    rng = np.random.default_rng(8)
    n = len(baseline)
    frame = baseline.copy()
    frame["viewCount"] = (frame["Views"] * (1 + rng.exponential(0.25, size=n))).round()
    frame["likeCount"] = (frame["Likes"] * 1.2).round()
    frame["commentCount"] = (frame["Comments"] * 1.1).round()
    frame.loc[rng.random(n) < 0.02, "likeCount"] = np.nan
    frame["publishedYear"] = rng.integers(2008, 2023, size=n)
    frame["publishedAt"] = pd.to_datetime(frame["publishedYear"].astype(str), utc=True)
    frame["channelId"] = "channel of " + frame["Artist"]
    by_artist = frame.groupby("Artist")["Stream"].transform("mean")
    frame["youtubeChannelSubscriber"] = (by_artist / 20).round()
    frame.loc[rng.random(n) < 0.02, "youtubeChannelSubscriber"] = np.nan
    frame["spotifyFollowers"] = (by_artist / 15).round()
    frame["spotifyPopularity"] = (np.log10(by_artist) * 9).round()
    for delta, now, then in (
        ("delta_view", "viewCount", "Views"),
        ("delta_like", "likeCount", "Likes"),
        ("delta_comment", "commentCount", "Comments"),
    ):
        frame[delta] = frame[now] - frame[then]
    frame["view_growth"] = frame["viewCount"] / frame["Views"] - 1
    frame["log10_view_growth"] = np.log10(frame["viewCount"] / frame["Views"])
    frame["youtube_leaning"] = frame["viewCount"] > frame["Stream"]
    frame["fetched_at"] = pd.Timestamp("2026-11-25", tz="UTC")
    return with_logs(frame).assign(api="sandbox")


def with_logs(frame: pd.DataFrame) -> pd.DataFrame:
    counts = (
        *("Views", "Likes", "Comments", "Stream", "Duration_ms", "viewCount", "likeCount"),
        *("commentCount", "youtubeChannelSubscriber", "spotifyFollowers"),
    )
    logs = {f"log10_{name}": np.log10(1 + frame[name]) for name in counts if name in frame.columns}
    return frame.assign(**logs)
