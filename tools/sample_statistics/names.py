"""Measures what the real table's channels and titles are like: shares and counts, never names."""

import re
from typing import Any

import numpy as np
import pandas as pd

from spotyt_dagster.sample.channels import KINDS

SCRIPTS = {
    "hangul": "[\uac00-\ud7af]",
    "japanese": "[\u3040-\u30ff\u4e00-\u9fff]",
    "devanagari": "[\u0900-\u097f]",
    "arabic": "[\u0600-\u06ff]",
    "cyrillic": "[\u0400-\u04ff]",
}
ACCENTS = "[\u00c0-\u024f]"


def channel_figures(rows: pd.DataFrame) -> dict:
    """How channels are named and shared, of rows with one status, each video once."""
    kind = pd.Series(
        [_channel_kind(*names) for names in zip(rows["Artist"], rows["Channel"], strict=True)],
        index=rows.index,
    )
    shares = kind.value_counts(normalize=True).reindex(KINDS, fill_value=0)
    shared = rows[kind == "other"]
    channels = shared.groupby("Artist")["Channel"].nunique()
    artists = shared.groupby("Channel")["Artist"].nunique().sort_values(ascending=False)
    ranks = [rank for rank in (1, 2, 3, 5, 10, 20, 50, 100, 200, 500, 1000) if rank < len(artists)]
    ranks.append(len(artists))
    return {
        "kind_shares": rounded(shares),
        "concentration": rounded(_concentration(kind, rows["Artist"], shares)),
        # Of the rows of an artist after its first, those on a channel that is new to the artist.
        "fresh_share": rounded(
            float((channels.sum() - len(channels)) / (len(shared) - len(channels)))
        ),
        "holders": {"rank": ranks, "artists": [int(artists.iloc[rank - 1]) for rank in ranks]},
    }


def _concentration(kind: pd.Series, artist: pd.Series, shares: pd.Series) -> float:
    # Two rows of an artist agree with probability s + (1 - s) / (1 + c), s = sum of squared shares,
    # where each artist's own shares come from a Dirichlet law of concentration c.
    counts = pd.crosstab(artist, kind)
    sizes = counts.sum(axis=1)
    agree = ((counts**2).sum(axis=1) - sizes).sum() / (sizes**2 - sizes).sum()
    by_chance = float((shares**2).sum())
    return float((1 - by_chance) / (agree - by_chance) - 1)


def _channel_kind(artist: str, channel: str) -> str:
    artist, channel = (re.sub(r"\W", "", name).casefold() for name in (artist, channel))
    own = {artist: "same", f"{artist}vevo": "vevo", f"{artist}topic": "topic"}
    return own.get(channel, "contains" if artist and artist in channel else "other")


def script_shares(frame: pd.DataFrame) -> dict:
    """Shares of titles by script, of tracks with accents; and how often tracks are foreign too."""
    title, track = frame["Title"].dropna(), frame["Track"]
    shares = {name: rounded(float(title.str.contains(p).mean())) for name, p in SCRIPTS.items()}
    foreign = "|".join(SCRIPTS.values())
    native = track.str.contains(foreign).mean() / title.str.contains(foreign).mean()
    return shares | {
        "accented": rounded(float(track.str.contains(ACCENTS).mean())),
        "native_track_share": rounded(float(native)),
    }


def rounded(value: Any) -> Any:
    """To 4 significant digits, numbers or any sequence of them."""
    if isinstance(value, pd.Series) and value.index.dtype == "str":
        return {name: rounded(float(x)) for name, x in value.items()}
    if isinstance(value, pd.Series | np.ndarray):
        return [rounded(float(x)) for x in value]
    return float(f"{value:.4g}")
