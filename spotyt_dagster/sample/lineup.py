"""The artists of the sample's rows, settled before anything is drawn for a row."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Lineup:
    """The artists of the rows.

    Attributes:
        artist: number of each row's artist, ascending from 0; int, shape (rows,).
        languages: of each artist, as `text.artist_languages` names them; shape (artists,).
        children: which rows are those of the artist for children; bool, shape (rows,).
    """

    artist: np.ndarray
    languages: np.ndarray
    children: np.ndarray
