"""The sample data set: Kaggle's table in size, shape and statistics, with nothing of it but those.

Here the columns come together, and cells are emptied. Numbers are `numbers.py`'s, shared tracks and
videos `repeats.py`'s, names `text.py`'s and `channels.py`'s. The statistics lie in
`parameters.json`; how they were measured is written there, and `tools/sample_statistics/compare.py`
says how close the sample comes. Today's counts are the sandbox's.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from spotyt_dagster.sample import text, words
from spotyt_dagster.sample.channels import channel_names
from spotyt_dagster.sample.lineup import Lineup
from spotyt_dagster.sample.numbers import Table, draw_numbers, sample_parameters
from spotyt_dagster.sample.repeats import repeat
from spotyt_dagster.tables.schema import COUNTS, FLAGS, typed

#: Kaggle's table lists each artist's ten most popular tracks.
TRACKS_PER_ARTIST = 10
#: One full artist for children and one other.
LEAST_ROWS = 2 * TRACKS_PER_ARTIST


def sample_tracks(seed: int = 42, rows: int = 20_718) -> pd.DataFrame:
    """A synthetic raw table: columns and dtypes of `tables.schema.RAW_SCHEMA`, in Kaggle's order.

    The same seed and number of rows give the same table in any process. At full size the empty
    cells are as many as in the real table, and together as there.

    Args:
        seed: of everything that is drawn, 0 or greater.
        rows: at least 20; ten an artist, fewer for the last one.

    Raises:
        ValueError: too few rows.
    """
    if rows < LEAST_ROWS:
        raise ValueError(f"a sample has at least {LEAST_ROWS} rows, not {rows}")
    figures = sample_parameters()
    numbers_rng, repeats_rng, names_rng, gaps_rng = np.random.default_rng(seed).spawn(4)
    lineup = _lineup(names_rng, figures, rows)
    table = draw_numbers(numbers_rng, figures, lineup)
    repeat(repeats_rng, figures, table, lineup)
    table = _by_place(table, lineup.artist)
    table |= _names(names_rng, figures, table, lineup)
    gaps = list(_gaps(gaps_rng, figures, table["official_video"], lineup.children))
    frame = pd.DataFrame(table).assign(row=np.arange(rows))
    for columns, places in gaps:
        frame[columns] = frame[columns].astype("object")
        frame.loc[places, columns] = None
    return typed(frame, "the sample")


def write_sample_csv(path: str | Path, seed: int = 42, rows: int = 20_718) -> None:
    """Write `sample_tracks` as Kaggle writes its file.

    That is UTF-8, a first column without a name, counts as 1.0, flags as True and False, and empty
    cells where values are missing.

    Args:
        path: of the file.
        seed: as in `sample_tracks`.
        rows: as in `sample_tracks`.

    Raises:
        ValueError: too few rows.
    """
    frame = sample_tracks(seed, rows)
    kaggle = frame.astype(dict.fromkeys(COUNTS, "float64") | dict.fromkeys(FLAGS, "object"))
    kaggle.rename(columns={"row": ""}).to_csv(path, index=False, lineterminator="\n")


def _lineup(rng: np.random.Generator, figures: dict, rows: int) -> Lineup:
    artist = np.arange(rows) // TRACKS_PER_ARTIST
    artists = int(artist[-1]) + 1
    for_children = artists // 2
    languages = text.artist_languages(rng, figures["scripts"], artists)
    languages[for_children] = "english"
    return Lineup(artist, languages, artist == for_children)


def _by_place(table: Table, artist: np.ndarray) -> Table:
    order = np.lexsort((table["place"], artist))
    moved_to = np.argsort(order)
    ordered = {name: values[order] for name, values in table.items()}
    return ordered | {name: moved_to[ordered[name]] for name in ("track", "video")}


def _names(rng: np.random.Generator, figures: dict, table: Table, lineup: Lineup) -> Table:
    artist, languages, children = lineup.artist, lineup.languages, lineup.children
    artists = text.artist_names(rng, len(languages))
    artists[artist[children]] = words.CHILDRENS_ARTIST
    like_children = _some_english(rng, languages, artist[children][0])
    artists[like_children] = list(words.CHILDREN_LIKE)[: len(like_children)]

    # Names are composed for every row, then taken from the row that the track or video is of.
    share = figures["scripts"]["native_track_share"]
    of_track, native = text.track_names(rng, languages[artist], share)
    of_track[children] = words.CHILDRENS_TRACKS
    _set_traps(rng, of_track, table["track"], children)
    track = of_track[table["track"]]
    album = text.album_names(rng, artist, track, table["Album_type"])[table["track"]]

    names = artists[artist]
    official = table["official_video"]
    foreign = np.isin(languages[artist], list(words.SCRIPTS))
    title = text.titles(rng, names, track, native[table["track"]], foreign, official)
    channel = channel_names(rng, figures, artist, artists, official)
    channel[children] = words.CHILDRENS_CHANNEL
    for place, of_channel in zip(like_children, words.CHILDREN_LIKE.values(), strict=False):
        channel[artist == place] = of_channel
    description = text.descriptions(rng, names, track, album)
    video = table["video"]
    return {
        "Artist": names,
        "Track": track,
        "Album": album,
        "Title": title[video],
        "Channel": channel[video],
        "Description": description[video],
        "Url_spotify": text.spotify_ids(rng, "https://open.spotify.com/artist/", artists)[artist],
        "Uri": text.spotify_ids(rng, "spotify:track:", track)[table["track"]],
        "Url_youtube": text.video_addresses(rng, track)[video],
    }


def _some_english(rng: np.random.Generator, languages: np.ndarray, besides: int) -> np.ndarray:
    # Few in a small sample, most of which shall be ordinary artists.
    places = np.setdiff1d(np.flatnonzero(languages == "english"), [besides])
    count = min(len(words.CHILDREN_LIKE), len(languages) // TRACKS_PER_ARTIST, len(places))
    return rng.choice(places, count, replace=False)


def _set_traps(
    rng: np.random.Generator, names: np.ndarray, track: np.ndarray, children: np.ndarray
) -> None:
    listed = np.unique(track[~children])
    count = min(len(words.PARSER_TRAPS), len(listed))
    names[rng.choice(listed, count, replace=False)] = words.PARSER_TRAPS[:count]


def _gaps(
    rng: np.random.Generator, figures: dict, official: np.ndarray, children: np.ndarray
) -> Iterator[tuple[list[str], np.ndarray]]:
    free = ~children
    for pattern in figures["empty"]:
        status = pattern["official"]
        fitting = np.flatnonzero(free if status is None else free & (official == status))
        count = round(pattern["rows"] * len(official) / figures["rows"])
        places = rng.choice(fitting, min(count, len(fitting)), replace=False)
        free[places] = False
        yield pattern["columns"], places
