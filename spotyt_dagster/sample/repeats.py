"""What rows of the sample share: tracks listed under several artists, videos under several tracks.

In the real table one track in 13 is listed under two artists or more, mostly with the same video;
so the crawl has ids to ask only once, and a random split has the same video on both sides.
"""

import numpy as np
import pandas as pd
from scipy.spatial import KDTree
from scipy.stats import norm

from spotyt_dagster.sample.lineup import Lineup
from spotyt_dagster.sample.numbers import AUDIO_NUMBERS, NUMBERS, Table

#: Columns that a row takes from its track, and those from its video.
OF_TRACK = (*AUDIO_NUMBERS, "Stream", "Key", "Album_type", "track")
OF_VIDEO = ("Views", "Likes", "Comments", "Licensed", "official_video", "video")
#: Distance between languages, among normal scores whose means by artist lie within 4 of 0: an
#: artist of another language is farther away than any of the same.
LANGUAGE_DISTANCE = 100.0


def repeat(rng: np.random.Generator, figures: dict, table: Table, lineup: Lineup) -> None:
    """List tracks under further artists, and videos under further tracks of the same artist.

    Changes `table` in place: rows that were drawn as guests of others get the others' values, and
    `track` and `video` the number of the row that the values come from.

    Args:
        rng: of what is shared.
        figures: `sample_parameters`.
        table: as `numbers.draw_numbers` draws it.
        lineup: the artists of the rows. Tracks are shared within a language where they can be; rows
            for children neither lend nor borrow.
    """
    artist, children = lineup.artist, lineup.children
    table |= {"track": np.arange(len(artist)), "video": np.arange(len(artist))}
    shares = figures["repeats"]
    source, target = _repeated_tracks(rng, figures, table, lineup)
    same_video = rng.random(len(source)) < shares["same_video_share"]
    _copy(table, OF_TRACK, source, target)
    _copy(table, OF_VIDEO, source[same_video], target[same_video])
    # Pairs of neighbours, so that no row is both copied from and copied to.
    used = np.union1d(source, target)
    first = np.arange(0, len(artist) - 1, 2)
    first = first[~children[first] & ~np.isin(first, used) & ~np.isin(first + 1, used)]
    wanted = round(shares["shared_video_within_artist"] * len(artist))
    first = rng.choice(first, min(wanted, len(first)), replace=False)
    _copy(table, OF_VIDEO, first + 1, first)


def _copy(table: Table, columns: tuple[str, ...], source: np.ndarray, target: np.ndarray) -> None:
    for name in columns:
        table[name][target] = table[name][source]


def _repeated_tracks(
    rng: np.random.Generator, figures: dict, table: Table, lineup: Lineup
) -> tuple[np.ndarray, np.ndarray]:
    artist, languages, children = lineup.artist, lineup.languages, lineup.children
    copies = _copies_by_track(rng, figures, len(artist), len(languages))
    scores = _normal_scores(table)
    weight = sum(tilt * scores[name] for name, tilt in figures["repeats"]["tilt"].items())
    sources = _drawn(rng, np.where(children, -np.inf, weight), len(copies))
    nearest = _nearest_artists(scores, artist, languages, copies.max(initial=0))
    source = np.repeat(sources, copies)
    nth = np.concatenate([np.arange(count) for count in copies])
    host, source = _by_host(nearest[artist[source], nth], source)
    # The k-th guest of an artist takes the place of its k-th track that is no one's guest itself.
    guest = np.arange(len(host)) - np.searchsorted(host, host)
    free = np.setdiff1d(np.flatnonzero(~children), sources)
    first, end = (np.searchsorted(artist[free], host, side) for side in ("left", "right"))
    fits = first + guest < end
    return source[fits], free[(first + guest)[fits]]


def _copies_by_track(
    rng: np.random.Generator, figures: dict, rows: int, artists: int
) -> np.ndarray:
    counted = figures["repeats"]["copies_by_track"]
    real = np.repeat([int(copies) for copies in counted], list(counted.values()))
    drawn = rng.choice(real, max(1, round(len(real) * rows / figures["rows"])))
    return np.minimum(drawn, artists - 1)


def _normal_scores(table: Table) -> pd.DataFrame:
    ranks = pd.DataFrame({name: table[name] for name in NUMBERS}).rank()
    return pd.DataFrame(norm.ppf(ranks / (len(ranks) + 1)), columns=ranks.columns)


def _drawn(rng: np.random.Generator, log_weight: np.ndarray, count: int) -> np.ndarray:
    # Weighted, without replacement: the greatest of the weights with Gumbel noise.
    return np.argsort(-(log_weight + rng.gumbel(size=len(log_weight))))[:count]


def _nearest_artists(
    scores: pd.DataFrame, artist: np.ndarray, languages: np.ndarray, count: int
) -> np.ndarray:
    """The `count` artists most similar to each one, nearest first: who sings with whom.

    Were guests drawn from anywhere, artists would differ less from each other than in the real
    table, where the share of variance between them is the same with repeated tracks as without.
    """
    means = scores.groupby(artist).mean().to_numpy()
    codes = pd.factorize(languages)[0].astype(float)
    placed = np.column_stack([means, LANGUAGE_DISTANCE * codes])
    _, nearest = KDTree(placed).query(placed, k=count + 1)
    return np.asarray(nearest)[:, 1:]


def _by_host(host: np.ndarray, source: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    order = np.argsort(host, kind="stable")
    return host[order], source[order]
