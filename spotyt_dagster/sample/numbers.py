"""The sample's numbers: a copula with the quantiles, correlations and artists of the real table.

A normal vector a row, the sum of its artist's part and its own, with the covariances measured
between and within artists; a t copula for the four popularity counts, since hits are hits on both
services far more often than under a normal distribution; then each column's own quantiles. Rows
with an official video and rows with another have parameters of their own. What rows share is
`repeats.py`'s; measuring is `tools/sample_statistics`'s.
"""

import json
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import norm, t

from spotyt_dagster.sample.lineup import Lineup

PARAMETERS = Path(__file__).with_name("parameters.json")

AUDIO_NUMBERS = (
    "Danceability",
    "Energy",
    "Loudness",
    "Speechiness",
    "Acousticness",
    "Instrumentalness",
    "Liveness",
    "Valence",
    "Tempo",
    "Duration_ms",
)
POPULARITY = ("Stream", "Views", "Likes", "Comments")
NUMBERS = (*AUDIO_NUMBERS, *POPULARITY)
#: Variables of the copula: numbers, then the ranks of ordered categories. `place` is that of a
#: track among its artist's ten.
LATENT = (*NUMBERS, "album_rank", "Licensed", "place")
ORDERED_ALBUM_TYPES = ("compilation", "album", "single")

#: Whole numbers over several powers of ten: quantiles are joined on the scale of log10(1 + x).
LONG_TAILED = frozenset({*POPULARITY, "Duration_ms"})
THREE_DECIMALS = frozenset({"Loudness", "Tempo"})

Table = dict[str, np.ndarray]


@lru_cache(maxsize=1)
def sample_parameters() -> dict[str, Any]:
    """The measured statistics, as `measure.measure` returns them."""
    return json.loads(PARAMETERS.read_text(encoding="utf-8"))


def symmetric(triangle: list[list[float]]) -> np.ndarray:
    """The symmetric matrix whose lower triangle is given row by row."""
    matrix = np.zeros((len(triangle), len(triangle)))
    for place, values in enumerate(triangle):
        matrix[place, : place + 1] = matrix[: place + 1, place] = values
    return matrix


def draw_numbers(rng: np.random.Generator, figures: dict, lineup: Lineup) -> Table:
    """Draw the rows' numbers, before anything is shared among them.

    Args:
        rng: of the numbers.
        figures: `sample_parameters`.
        lineup: the artists of the rows.

    Returns:
        `NUMBERS`, Key and place as float64; Album_type; Licensed and official_video as bool.
    """
    artist, children = lineup.artist, lineup.children
    count, artists = len(artist), int(artist[-1]) + 1
    official = _official(rng, figures, artist) | children
    of_artist = rng.standard_normal((artists, len(LATENT)))[artist]
    of_row = rng.standard_normal((count, len(LATENT)))
    degrees = figures["degrees_of_freedom"]
    stretch = np.sqrt(degrees / rng.chisquare(degrees, count))
    key = rng.random(count)
    parts = []
    for status, here in (("official", official), ("other", ~official)):
        latent = _latent(figures[status], of_artist[here], of_row[here])
        popular = [LATENT.index(name) for name in POPULARITY]
        latent[:, popular] = norm.ppf(t.cdf(latent[:, popular] * stretch[here, None], degrees))
        part = _stratum(figures[status], figures["levels"], latent, key[here])
        parts.append(part.set_index(np.flatnonzero(here)))
    frame = pd.concat(parts).sort_index()
    table = {str(name): frame[name].to_numpy(copy=True) for name in frame}
    table["official_video"] = official
    _make_childrens_counts(rng, figures["children"], table, children)
    return table


def _official(rng: np.random.Generator, figures: dict, artist: np.ndarray) -> np.ndarray:
    between = figures["official_between"]
    latent = np.sqrt(between) * rng.standard_normal(artist[-1] + 1)[artist]
    latent += np.sqrt(1 - between) * rng.standard_normal(len(artist))
    return latent <= np.quantile(latent, figures["official_share"])


def _latent(figures: dict, of_artist: np.ndarray, of_row: np.ndarray) -> np.ndarray:
    return _correlated(of_artist, figures["between"]) + _correlated(of_row, figures["within"])


def _correlated(normals: np.ndarray, triangle: list[list[float]]) -> np.ndarray:
    # einsum, since BLAS sums in an order that depends on the number of threads.
    return np.einsum("ij,kj->ik", normals, np.linalg.cholesky(symmetric(triangle)))


def _stratum(figures: dict, levels: list, latent: np.ndarray, key: np.ndarray) -> pd.DataFrame:
    columns = dict(zip(LATENT, latent.T, strict=True))
    # The extremes stand for the outermost of as many rows as they were measured on.
    outermost = 0.5 / figures["rows"]
    points = norm.ppf(np.clip(levels, outermost, 1 - outermost))
    values = {
        name: _rounded(name, _at_quantile(name, columns[name], points, figures["quantiles"][name]))
        for name in NUMBERS
    }
    album_rank = _steps(columns["album_rank"], figures["album_type_shares"])
    values["Album_type"] = np.array(ORDERED_ALBUM_TYPES, dtype=object)[album_rank]
    licensed = figures["licensed_share"]
    values["Licensed"] = _steps(columns["Licensed"], (1 - licensed, licensed)) == 1
    keys = np.cumsum(figures["key_shares"])[:-1]
    values["Key"] = np.searchsorted(keys, key, side="right").astype(float)
    return pd.DataFrame(values | {"place": columns["place"]})


def _at_quantile(name: str, latent: np.ndarray, points: np.ndarray, values: list) -> np.ndarray:
    if name not in LONG_TAILED:
        return np.interp(latent, points, values)
    return 10 ** np.interp(latent, points, np.log10(1 + np.array(values))) - 1


def _steps(latent: np.ndarray, shares: Sequence[float]) -> np.ndarray:
    return np.searchsorted(norm.ppf(np.cumsum(shares)[:-1]), latent)


def _rounded(name: str, values: np.ndarray) -> np.ndarray:
    if name in LONG_TAILED:
        return np.rint(values)
    if name in THREE_DECIMALS:
        return np.round(values, 3)
    # Spotify gives its measures to three significant digits, the least of them to 1e-8.
    digits = np.clip(2 - np.floor(np.log10(np.maximum(values, 1e-8))), 3, 8)
    return np.rint(values * 10**digits) / 10**digits


def _make_childrens_counts(
    rng: np.random.Generator, figures: dict, table: Table, children: np.ndarray
) -> None:
    levels = figures["levels"]
    where = rng.uniform(levels[0], levels[-1], (2, children.sum()))
    streams, ratio = (
        np.exp(np.interp(at, levels, np.log(figures[name])))
        for at, name in zip(where, ("Stream", "views_per_stream"), strict=True)
    )
    table["Stream"][children] = np.rint(streams)
    table["Views"][children] = np.rint(streams * ratio)
    table["Likes"][children] = np.rint(streams * ratio * figures["likes_per_view"])
    table["Comments"][children] = figures["comments"]
    table["Licensed"][children] = True
