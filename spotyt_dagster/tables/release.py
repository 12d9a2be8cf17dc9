"""What is known of a track when its video goes up: facts of release, as numbers.

Pure functions of the table that read no count of a video, neither of 2023 nor crawled. What must be
learnt from rows, such as parts of words or means of the target, is no function of the table and
belongs in learning/pipelines.py; which facts a model reads, learning/evaluation/feature_sets.py
says.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute

from spotyt_dagster.tables.logarithms import log_name
from spotyt_dagster.tables.official import ADDITION

pc: Any = pyarrow.compute  # its functions are made at import, unseen by type checkers

RestsOn = Literal["track", "table", "artist", "fit"]

RESTS_ON: dict[RestsOn, str] = {
    "track": "the row of the track alone",
    "table": "all rows of the table (transductive): in another table the same track has another",
    "artist": "the artist's other tracks in the table: an artist's only track has none",
    "fit": "the training rows of each fit, cross-fitted with neither artist nor video in common",
}
"""What a fact of a track is read from."""

TEXTS = ("Artist", "Track", "Album", "Title", "Channel")
"""The names that facts are read from; a missing one says nothing."""

_OF_CHANNELS = r"(?i)vevo$| - topic$|official|oficial|officiel|music|channel|\btv\b"
"""What the name of an artist's channel has besides the artist's name."""


class _Table:
    """A table with its texts in Arrow, each letter in one spelling (NFKC).

    Arrow's expressions (RE2) know letters and scripts, and are the same on every machine.
    """

    def __init__(self, frame: pd.DataFrame):
        self.frame = frame
        self.texts = {
            name: pc.utf8_normalize(pa.array(frame[name].fillna("").to_list(), pa.string()), "NFKC")
            for name in TEXTS
        }
        # with marks, which some scripts write vowels by
        self.letters = pc.count_substring_regex(self.texts["Title"], r"[\pL\pM]").to_numpy()
        self.bare = {
            "Artist": _bare(self.texts["Artist"]),
            "Track": _bare(_without(ADDITION, self.texts["Track"])),
            "Title": _bare(self.texts["Title"]),
            "Channel": _bare(_without(_OF_CHANNELS, self.texts["Channel"])),
        }


def _without(pattern: str, text: Any) -> Any:
    """The texts without what matches; whole where nothing would be left."""
    rest = pc.replace_substring_regex(text, pattern, "")
    return pc.if_else(pc.equal(pc.utf8_trim_whitespace(rest), ""), text, rest)


def _bare(text: Any) -> list[str]:
    """Letters and digits only, all small."""
    return pc.replace_substring_regex(pc.utf8_lower(text), r"[^\pL\pN]+", "").to_pylist()


_Value = Callable[[_Table], Any]


@dataclass(frozen=True)
class Fact:
    """One fact of release.

    Attributes:
        name: of its column.
        block: what it is about, in a word or two.
        rests_on: what it is read from, see RESTS_ON.
        meaning: one phrase for readers.
    """

    name: str
    block: str
    rests_on: RestsOn
    meaning: str


@dataclass(frozen=True)
class _TableFact(Fact):
    """A fact with the function that reads it, to numbers or flags (rows,)."""

    value: _Value


def _matches(column: str, pattern: str) -> _Value:
    return lambda table: pc.match_substring_regex(table.texts[column], pattern, ignore_case=True)


def _words(column: str, words: str) -> _Value:
    """Whether one of the words, separated by |, stands in the text as a word."""
    return _matches(column, rf"(?:^|[^\pL\pN])(?:{words})(?:[^\pL\pN]|$)")


def _share(pattern: str) -> _Value:
    """The share of the title's letters that match."""

    def value(table: _Table) -> np.ndarray:
        # counting takes 40 ms for 15,000 titles, finding 3: few titles have any of most scripts
        found = pc.match_substring_regex(table.texts["Title"], pattern).to_numpy(False)
        shares = np.zeros(len(found))
        counts = pc.count_substring_regex(table.texts["Title"].filter(found), pattern)
        shares[found] = counts.to_numpy() / np.maximum(table.letters[found], 1)
        return shares.clip(max=1)  # of a script's digits, where there is no letter

    return value


def _length(column: str) -> _Value:
    return lambda table: pc.utf8_length(table.texts[column])


def _holds(whole: str, part: str, *, either_way: bool = False) -> _Value:
    """Whether one name holds the other, by letters and digits."""

    def value(table: _Table) -> list[bool]:
        pairs = zip(table.bare[whole], table.bare[part], strict=True)
        return [bool(a) and bool(b) and (b in a or (either_way and a in b)) for a, b in pairs]

    return value


def _same(one: str, other: str) -> _Value:
    return lambda table: [a == b for a, b in zip(table.bare[one], table.bare[other], strict=True)]


def _is(column: str, value: Any) -> _Value:
    return lambda table: table.frame[column].eq(value).fillna(False)


def _number(by: Sequence[str], distinct: str = "") -> _Value:
    """How many rows share the values of `by`, or how many distinct values of a column they have.

    On a log scale, as a label's channel has hundreds.
    """

    def value(table: _Table) -> np.ndarray:
        of_row = table.frame.groupby(list(by), dropna=False, sort=False).ngroup().to_numpy()
        rows = pd.DataFrame({"group": of_row})
        if distinct:
            rows = rows.assign(value=table.frame[distinct].to_numpy()).drop_duplicates()
        return np.log10(1 + np.bincount(rows["group"])[of_row])

    return value


def _of_words(column: str, block: str, listed: Mapping[str, str]) -> tuple[_TableFact, ...]:
    """One fact a name: whether the column's text has one of the words."""
    return tuple(
        _TableFact(
            f"{column.lower()}_{name}",
            block,
            "track",
            f"{column} has one of: {words.replace('?', '').replace('|', ', ')}",
            _words(column, words),
        )
        for name, words in listed.items()
    )


def _numbers(
    listed: Mapping[str, tuple[str, Sequence[str], str]],
) -> tuple[_TableFact, ...]:
    return tuple(
        _TableFact(log_name(name), "sharing", "table", f"log10(1 + {meaning})", _number(by, of))
        for name, (meaning, by, of) in listed.items()
    )


_TITLE_WORDS = {
    "official": "official|oficial|ufficiale|officiel|officielle|offizielles|resmi|公式",
    "video": "video|videos|vídeo|vídeos|clip|videoclip|videoclipe|clipe|mv|m/v",
    "audio": "audio|áudio",
    "lyrics": "lyric|lyrics|lyrical|letra|letras|paroles|testo|lirik|歌詞|가사",
    "live": "live|en vivo|ao vivo|en directo|dal vivo|in concert|unplugged|canlı",
    "remix": "remix|rmx|mix|edit|mashup|sped up|slowed",
    "cover": "cover|version|versión|versão|acoustic|acústico|acústica",
    "feat": "feat|ft|featuring|part|con|with",
    "visualizer": "visualizer|visualiser|visual|visuals",
    "performance": "performance|session|sessions|dance|choreography|show",
    "soundtrack": "ost|soundtrack|movie|film|theme|opening|anime|from",
    "children": "kids|children|nursery|lullaby|lullabies|baby|babies|kinderlieder",
    "remaster": "remaster|remastered|remasterizado|hd|hq|4k",
    "instrumental": "instrumental|karaoke|piano",
    "compilation": "full album|jukebox|hour|hours|nonstop|best of",
    "song": "song|songs|canción|música",
}
_TITLE_MARKS = {
    "names": ("several names, joined by &, x or a comma", r" & | x |, "),
    "hashtag": ("a hashtag", "#"),
    "bars": ("parts separated by |", r"\|"),
    "brackets": ("brackets", r"[(\[【]"),
    "quotes": ("quotation marks", "[\"“”'’「『]"),
    "year": ("a year", r"(?:^|\D)(?:19|20)\d\d(?:\D|$)"),
}
_TRACK_WORDS = {
    "feat": "feat|ft|with",
    "remix": "remix|mix|edit|rmx",
    "live": "live|en vivo|ao vivo|en directo",
    "remaster": "remaster|remastered",
    "version": "version|versión|acoustic|acústico|sped up",
    "from": "from",
}
_ALBUM_WORDS = {
    "soundtrack": "soundtrack|ost|motion picture|from the",
    "deluxe": "deluxe|edition|expanded|version|bonus",
    "remaster": "remaster|remastered|anniversary",
    "live": "live|en vivo|ao vivo|unplugged",
    "best_of": "best of|greatest|hits|essential|éxitos|exitos|collection|antología",
}
_CHANNEL_WORDS = {
    "official": "official|oficial|officiel",
    "label": (
        "record|records|recordings|entertainment|label|labels|discos|production|productions|"
        "producciones|studio|studios|film|films|series|company|sony|warner|universal"
    ),
    "tv": "tv|television|radio|media",
    "lyrics": "lyric|lyrics|letra|letras|vibes|nation",
    "children": "kids|nursery|rhymes|baby|kinder",
}
_SCRIPTS = {
    "accented": ("Latin letters beyond a to z", r"[À-ÖØ-öø-ɏḀ-ỿ]"),
    "cyrillic": ("Cyrillic letters", r"\p{Cyrillic}"),
    "arabic": ("Arabic letters", r"\p{Arabic}"),
    "indic": ("letters of India's scripts", r"[\x{0900}-\x{0DFF}]"),
    "hangul": ("Hangul", r"\p{Hangul}"),
    "kana": ("kana", r"[\p{Hiragana}\p{Katakana}]"),
    "han": ("Han characters", r"\p{Han}"),
    "thai": ("Thai letters", r"\p{Thai}"),
}
_CHANNELS = {
    "topic": ('made by YouTube for an artist ("- Topic")', _matches("Channel", " - Topic$")),
    "vevo": ("Vevo's for an artist", _matches("Channel", "vevo$")),
    "is_artist": ("the artist's own, by its name", _same("Channel", "Artist")),
    "names_artist": (
        "of a name that holds the artist's or is held by it",
        _holds("Channel", "Artist", either_way=True),
    ),
}
_TABLE_FACTS: tuple[_TableFact, ...] = (
    _TableFact(
        "licensed",
        "album and licence",
        "track",
        "The video is licensed content",
        _is("Licensed", True),
    ),
    *(
        _TableFact(
            f"is_{kind}", "album and licence", "track", f"On a {kind}", _is("Album_type", kind)
        )
        for kind in ("single", "compilation")
    ),
    *_of_words("Album", "album and licence", _ALBUM_WORDS),
    *_of_words("Title", "names", _TITLE_WORDS),
    *(
        _TableFact(f"title_{name}", "names", "track", f"Title has {what}", _matches("Title", mark))
        for name, (what, mark) in _TITLE_MARKS.items()
    ),
    _TableFact(
        "title_names_track", "names", "track", "Title names the track", _holds("Title", "Track")
    ),
    _TableFact(
        "title_names_artist", "names", "track", "Title names the artist", _holds("Title", "Artist")
    ),
    _TableFact("title_is_track", "names", "track", "Title is the track's", _same("Title", "Track")),
    *_of_words("Track", "names", _TRACK_WORDS),
    *(
        _TableFact(
            f"{name.lower()}_length", "names", "track", f"Characters of {name}", _length(name)
        )
        for name in TEXTS
    ),
    _TableFact(
        "title_words",
        "names",
        "track",
        "Words of Title",
        lambda table: pc.count_substring_regex(table.texts["Title"], r"\S+"),
    ),
    _TableFact(
        "title_capitals",
        "names",
        "track",
        "Share of capitals among Title's letters",
        _share(r"\p{Lu}"),
    ),
    *(
        _TableFact(
            f"script_{name}",
            "script",
            "track",
            f"Share of {what} among Title's letters",
            _share(letters),
        )
        for name, (what, letters) in _SCRIPTS.items()
    ),
    *(
        _TableFact(f"channel_{name}", "channel", "track", f"The channel is {what}", value)
        for name, (what, value) in _CHANNELS.items()
    ),
    *_of_words("Channel", "channel", _CHANNEL_WORDS),
    *_numbers(
        {
            "video_tracks": ("tracks with this video", ["video_id"], ""),
            "video_artists": ("artists with this video", ["video_id"], "Artist"),
            "channel_tracks": ("tracks on this channel", ["Channel"], ""),
            "channel_artists": ("artists on this channel", ["Channel"], "Artist"),
            "channel_videos": ("videos on this channel", ["Channel"], "video_id"),
            "artist_tracks": ("tracks of this artist", ["Artist"], ""),
            "artist_videos": ("videos of this artist", ["Artist"], "video_id"),
            "artist_channels": ("channels with this artist", ["Artist"], "Channel"),
            "album_tracks": ("tracks of this artist on this album", ["Artist", "Album"], ""),
            "album_artists": ("artists on an album of this name", ["Album"], "Artist"),
            "track_artists": ("artists with a track of this name", ["Track"], "Artist"),
        }
    ),
)

_OF_ARTISTS = (
    *("licensed", "is_single", "is_compilation", "title_official", "title_video", "title_audio"),
    *("title_lyrics", "title_live", "title_names_artist", "title_length", "channel_topic"),
    *("channel_vevo", "channel_is_artist", "channel_label"),
    *(f"script_{name}" for name in _SCRIPTS),
)
"""Facts that are averaged over an artist's other tracks, beside what they sound like."""

_OTHERS = "others_"


def others_name(column: str) -> str:
    """The name of the column that holds the mean of a column over the artist's other tracks."""
    return f"{_OTHERS}{column}"


def own_name(column: str) -> str:
    """The name of the column that a mean over the artist's other tracks is of; else as it is.

    Example:
        >>> own_name(others_name("Energy")), own_name("Energy")
        ('Energy', 'Energy')
    """
    return column.removeprefix(_OTHERS)


def artist_facts(columns: Sequence[str]) -> tuple[Fact, ...]:
    """The facts of the artist's other tracks.

    They are the means of these columns of the table (what they sound like, how often they are
    streamed), and of the facts of release themselves.
    """
    return tuple(
        Fact(
            others_name(name), "other tracks", "artist", f"Mean {name} of the artist's other tracks"
        )
        for name in (*columns, *_OF_ARTISTS)
    )


FACTS: tuple[Fact, ...] = _TABLE_FACTS
"""What is known of a track's own release and of what it shares, in the order of the columns."""

TITLE_COMPONENTS = 40

CHANNEL = Fact("Channel", "channel's mean", "fit", "Mean target of the channel's other tracks")
TITLE = Fact(
    "Title", "title's trigrams", "fit", f"{TITLE_COMPONENTS} components of the trigrams of titles"
)
"""What is learnt from names, as their columns stand in the table."""


def with_release_facts(frame: pd.DataFrame, others: Sequence[str] = ()) -> pd.DataFrame:
    """The table with FACTS and `artist_facts(others)` as float64 columns.

    A missing name is "", but where the column has none at all.

    Args:
        frame: official tracks, one row a track: TEXTS, Licensed, Album_type, video_id, and the
            numbers `others`.
        others: columns of which the mean over the artist's other tracks is taken as well.
    """
    table = _Table(frame)
    facts = pd.DataFrame(
        {fact.name: np.asarray(fact.value(table), dtype=np.float64) for fact in _TABLE_FACTS},
        index=frame.index,
    )
    numbers = frame[list(others)].astype("float64")
    means = _means_of_others(numbers.join(facts[list(_OF_ARTISTS)]), frame["Artist"])
    texts = {name: frame[name].fillna("") for name in TEXTS if frame[name].notna().any()}
    return pd.concat([frame.assign(**texts), facts, means], axis=1)


def _means_of_others(numbers: pd.DataFrame, artists: pd.Series) -> pd.DataFrame:
    """Each column's mean over the other rows of the artist where it is known; NaN with none."""
    of_artist = numbers.groupby(artists.to_numpy(), dropna=False, sort=False)
    others = of_artist.transform("count") - numbers.notna()
    means = (of_artist.transform("sum") - numbers.fillna(0)) / others.where(others > 0)
    return means.rename(columns=others_name)
