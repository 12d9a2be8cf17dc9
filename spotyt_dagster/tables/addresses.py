"""The addresses of the raw table in one form each, whatever form they were shared in.

Apps, players and browsers each write another address of the same video or artist; only the id is
asked for. What is no such address is left as it is, and the schema rejects its row by name.
"""

import re

import pandas as pd

#: What may follow an id: a query, a fragment, further path; never a line break.
_REST = r"(?:[/?&#]\S*)?"
_SCHEME = r"(?i:(?:https?://)?)"
_SPOTIFY_HOST = rf"{_SCHEME}(?i:open\.spotify\.com)/(?:intl-[A-Za-z-]+/)?(?:embed/)?"
_SPOTIFY_ID, _VIDEO_ID = "[0-9A-Za-z]{22}", "[0-9A-Za-z_-]{11}"

#: By column: the form that is kept with its id left out, the id, and the forms that are understood.
_FORMS = {
    "Url_spotify": (
        "https://open.spotify.com/artist/",
        _SPOTIFY_ID,
        rf"(?:{_SPOTIFY_HOST}artist/|spotify:artist:)({_SPOTIFY_ID}){_REST}",
    ),
    "Uri": (
        "spotify:track:",
        _SPOTIFY_ID,
        rf"(?:{_SPOTIFY_HOST}track/|spotify:track:)({_SPOTIFY_ID}){_REST}",
    ),
    "Url_youtube": (
        "https://www.youtube.com/watch?v=",
        _VIDEO_ID,
        rf"{_SCHEME}(?:(?i:(?:[a-z]+\.)?youtube(?:-nocookie)?\.com)/"
        rf"(?:watch/?\?(?:[^\s#]*&)?v=|(?:shorts|embed|live|v)/)|(?i:youtu\.be)/)"
        rf"({_VIDEO_ID}){_REST}",
    ),
}
COLUMNS = tuple(_FORMS)


def kept_form(column: str) -> str:
    """The pattern that every address of a column has to match from end to end."""
    start, id_, _ = _FORMS[column]
    return re.escape(start) + id_


def in_kept_form(addresses: pd.Series) -> pd.Series:
    """The addresses of the column of this name with every known form made the kept one.

    >>> shared = pd.Series(["https://youtu.be/dQw4w9WgXcQ?si=x", "none"], name="Url_youtube")
    >>> in_kept_form(shared).tolist()
    ['https://www.youtube.com/watch?v=dQw4w9WgXcQ', 'none']
    """
    start, _, known = _FORMS[str(addresses.name)]
    pattern = re.compile(known)

    def kept(address: object) -> object:
        found = pattern.fullmatch(address) if isinstance(address, str) else None
        return address if found is None else start + found[1]

    return addresses.map(kept, na_action="ignore").astype("str")
