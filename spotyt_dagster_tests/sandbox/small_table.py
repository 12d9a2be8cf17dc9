"""A small synthetic raw table with the odd cases that the sandbox must know, and a clock."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd

TRACKS_AN_ARTIST = 10
CHILDRENS_CHANNEL = "Cocomelon - Nursery Rhymes"
#: When tests ask, unless they say otherwise: noon in Los Angeles.
NOON = datetime(2024, 11, 15, 20, tzinfo=UTC)


class SetClock:
    """A clock that moves only by `advance`."""

    def __init__(self, moment: datetime = NOON):
        self.moment = moment

    def __call__(self) -> datetime:
        return self.moment

    def advance(self, **how_long: float) -> None:
        """Move on by the arguments of a timedelta."""
        self.moment += timedelta(**how_long)


def raw_table(artists: int = 60) -> pd.DataFrame:
    """Ten rows an artist, of the raw columns that the world reads.

    The first artist makes children's music; every 17th row is a duet that shares the video of a row
    of the next artist; one row in 40 has no video, one in 50 no likes or comments.
    """
    rng = np.random.default_rng(5)
    n = artists * TRACKS_AN_ARTIST
    artist = np.repeat(np.arange(artists), TRACKS_AN_ARTIST)
    names = pd.Series([f"Artist {number} ünï 가수" for number in range(artists)])
    names[0] = "CoComelon"
    fame = rng.normal(7.2, 0.9, artists)[artist]
    frame = pd.DataFrame(
        {
            "Artist": names[artist].to_numpy(),
            "Track": [f"Song {number}" for number in range(n)],
            "Url_spotify": [f"https://open.spotify.com/artist/{number:022d}" for number in artist],
            "Url_youtube": [
                f"https://www.youtube.com/watch?v=v{number:010d}" for number in range(n)
            ],
            "Title": [f'Song "{number}" (Official Video) 🎵' for number in range(n)],
            "Channel": names[artist].to_numpy() + " - Topic",
            "Stream": np.round(10 ** (fame + rng.normal(0, 0.4, n))),
            "Views": np.round(10 ** (fame + rng.normal(-0.5, 0.8, n))),
        }
    )
    frame["Likes"] = np.round(frame["Views"] * 0.01)
    frame["Comments"] = np.round(frame["Views"] * 0.0005) + 3
    frame.loc[artist == 0, ["Channel", "Comments"]] = [CHILDRENS_CHANNEL, 0.0]
    duets = np.arange(TRACKS_AN_ARTIST, n - TRACKS_AN_ARTIST, 17)
    video = ["Url_youtube", "Title", "Channel", "Views", "Likes", "Comments"]
    frame.loc[duets, video] = frame.loc[duets + TRACKS_AN_ARTIST, video].to_numpy()
    frame.loc[frame.index[12::50], "Likes"] = np.nan
    frame.loc[frame.index[14::50], "Comments"] = np.nan
    frame.loc[frame.index[16::40], video] = np.nan
    counts = ["Views", "Likes", "Comments", "Stream"]
    return frame.astype(dict.fromkeys(counts, "Int64"))
