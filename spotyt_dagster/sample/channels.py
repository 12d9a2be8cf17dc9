"""Which channel each of the sample's videos is on: the artist's own, or one that artists share.

Labels publish dozens of artists' videos, most uploaders one artist's. Other names are composed in
`text.py`.
"""

import numpy as np

from spotyt_dagster.sample import words
from spotyt_dagster.sample.text import Strings, first_distinct

#: How a channel is named after an artist; all others ("other") are shared ones.
OWN_KINDS = ("same", "vevo", "topic", "contains")
KINDS = (*OWN_KINDS, "other")


def channel_names(
    rng: np.random.Generator,
    parameters: dict,
    artist: np.ndarray,
    artist_names: Strings,
    official: np.ndarray,
) -> Strings:
    """Name of the channel of each video.

    Args:
        rng: of the channels.
        parameters: by "official" and "other", `channels` as `parameters.json` holds them.
        artist: number of each video's artist, ascending.
        artist_names: of all artists, by number.
        official: bool, whether the video is an official one.
    """
    channels = np.empty(len(artist), dtype=object)
    for status, here in (("official", official), ("other", ~official)):
        channels[here] = _channels_of_status(
            rng, parameters[status]["channels"], artist[here], artist_names, status
        )
    return channels


def _channels_of_status(
    rng: np.random.Generator, figures: dict, artist: np.ndarray, artist_names: Strings, status: str
) -> Strings:
    kind = _kinds(rng, figures, artist)
    names = artist_names[artist]
    own = [
        {
            "same": name,
            "vevo": "".join(filter(str.isalnum, name)) + "VEVO",
            "topic": f"{name} - Topic",
            "contains": f"{name} Official",
            "other": "",
        }[of]
        for name, of in zip(names, kind, strict=True)
    ]
    channels = np.array(own, dtype=object)
    channels[kind == "other"] = _shared(rng, figures, artist[kind == "other"], status)
    return channels


def _kinds(rng: np.random.Generator, figures: dict, artist: np.ndarray) -> np.ndarray:
    # Each artist has its own shares: a Dirichlet draw about the overall ones.
    shares = np.array([figures["kind_shares"][kind] for kind in KINDS])
    habits = rng.gamma(
        figures["concentration"] * shares, size=(int(artist.max(initial=0)) + 1, len(KINDS))
    )
    reach = np.cumsum(habits, axis=1)
    drawn = rng.random(len(artist)) * reach[artist, -1]
    return np.array(KINDS)[(drawn[:, None] >= reach[artist]).sum(axis=1)]


def _shared(rng: np.random.Generator, figures: dict, artist: np.ndarray, status: str) -> Strings:
    if not len(artist):
        return np.empty(0, dtype=object)
    fresh = rng.random(len(artist)) < figures["fresh_share"]
    fresh[np.diff(artist, prepend=-1) > 0] = True
    rank = _channel_ranks(rng, figures, int(fresh.sum()))
    compose = _label_names if status == "official" else _uploader_names
    pool = compose(rng, int(rank.max()) + 1)
    # A row without a fresh channel has the one of its artist's row before.
    return pool[rank][np.cumsum(fresh) - 1]


def _channel_ranks(rng: np.random.Generator, figures: dict, count: int) -> np.ndarray:
    # Systematic sampling: each channel gets its share as nearly as whole numbers allow, so that the
    # number of channels of a single artist does not shrink at random.
    ranks, artists = figures["holders"]["rank"], figures["holders"]["artists"]
    weights = np.exp(np.interp(np.log(np.arange(1, ranks[-1] + 1)), np.log(ranks), np.log(artists)))
    reach = np.cumsum(weights) / weights.sum()
    return rng.permutation(np.searchsorted(reach, (np.arange(count) + 0.5) / count))


def _label_names(rng: np.random.Generator, count: int) -> Strings:
    tries = 2 * count + 50
    first, second = rng.choice(words.LABEL_WORDS, (2, tries))
    kind = rng.choice(words.LABEL_KINDS, tries)
    short = rng.random(tries) < 0.3
    names = [
        f"{a} {k}" if brief else f"{a} {b} {k}"
        for a, b, k, brief in zip(first, second, kind, short, strict=True)
    ]
    return first_distinct(names, count)


def _uploader_names(rng: np.random.Generator, count: int) -> Strings:
    tries = 2 * count + 50
    first, second = rng.choice(words.UPLOADER_WORDS, (2, tries))
    kind = rng.choice(words.UPLOADER_KINDS, tries)
    number = rng.integers(1, 100, tries)
    names = [f"{a}{b} {k}{n}" for a, b, k, n in zip(first, second, kind, number, strict=True)]
    return first_distinct(names, count)
