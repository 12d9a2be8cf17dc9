"""What a raw table must look like, and what is done with one that does not.

Two kinds of fault: a file that is not this table (a column missing, text where numbers belong, most
rows out of range) stops everything with one message; single rows out of range are set apart with
the reason. Reading files is `sources/kaggle.py`'s.
"""

from typing import Any, cast

import numpy as np
import pandas as pd
import pandera.pandas as pa

from ..errors import WrongTable

AUDIO = [
    "Danceability", "Energy", "Key", "Loudness", "Speechiness", "Acousticness",
    "Instrumentalness", "Liveness", "Valence", "Tempo", "Duration_ms",
]  # fmt: skip
COUNTS = ["Views", "Likes", "Comments", "Stream"]
FLAGS = ["Licensed", "official_video"]

#: Above this share of bad rows the file itself is wrong; the real one has none of 20,718.
MOST_BAD_ROWS = 0.05

_EXPECTED = dict.fromkeys(FLAGS, "True or False") | dict.fromkeys(
    ["row", *COUNTS], "a whole number"
)
# The `error` of a check completes the sentence "<column> = <value>, expected …".
_UNIT = pa.Check.in_range(0, 1, error="0 to 1")


def _text(nullable: bool = True) -> pa.Column:
    return pa.Column("str", nullable=nullable)


def _matching(pattern: str, expected: str, nullable: bool = False) -> pa.Column:
    return pa.Column("str", pa.Check.str_matches(pattern, error=expected), nullable=nullable)


def _number(*checks: pa.Check) -> pa.Column:
    return pa.Column("float64", list(checks), nullable=True)


def _count() -> pa.Column:
    return pa.Column("Int64", pa.Check.ge(0, error="0 or more"), nullable=True)


#: Ranges are Spotify's own (audio-features reference) where it names them; loudness and tempo are
#: bounded a little beyond the real file's extremes (-46.3 to 0.9 dB, 0 to 243 BPM).
RAW_SCHEMA = pa.DataFrameSchema(
    {
        "row": pa.Column("int64", pa.Check.ge(0, error="0 or more"), unique=True),
        "Artist": _text(nullable=False),
        "Url_spotify": _matching(
            r"^https://open\.spotify\.com/artist/[0-9A-Za-z]{22}$",
            "an artist's address on https://open.spotify.com",
        ),
        "Track": _text(nullable=False),
        "Album": _text(),
        "Album_type": _matching("^(album|single|compilation)$", "album, single or compilation"),
        "Uri": _matching(r"^spotify:track:[0-9A-Za-z]{22}$", "spotify:track: and an id"),
        "Danceability": _number(_UNIT),
        "Energy": _number(_UNIT),
        "Key": _number(
            pa.Check.isin(
                [float(key) for key in range(-1, 12)], error="a whole number from -1 to 11"
            )
        ),
        "Loudness": _number(pa.Check.in_range(-60, 10, error="-60 to 10 dB")),
        "Speechiness": _number(_UNIT),
        "Acousticness": _number(_UNIT),
        "Instrumentalness": _number(_UNIT),
        "Liveness": _number(_UNIT),
        "Valence": _number(_UNIT),
        "Tempo": _number(pa.Check.in_range(0, 300, error="0 to 300 BPM")),
        "Duration_ms": _number(pa.Check.gt(0, error="more than 0")),
        "Url_youtube": _matching(
            r"^https://www\.youtube\.com/watch\?v=[0-9A-Za-z_-]{11}$",
            "a video's address on https://www.youtube.com",
            nullable=True,
        ),
        "Title": _text(),
        "Channel": _text(),
        **{name: _count() for name in COUNTS[:3]},
        "Description": _text(),
        **{name: pa.Column("boolean", nullable=True) for name in FLAGS},
        "Stream": _count(),
    },
    ordered=True,
    strict=True,
)
RAW_COLUMNS = list(RAW_SCHEMA.columns)
_DTYPES: dict[str, Any] = {name: str(column.dtype) for name, column in RAW_SCHEMA.columns.items()}


def typed(frame: pd.DataFrame, origin: str) -> pd.DataFrame:
    """Give a raw frame its column order and dtypes.

    Args:
        frame: the table as read, cells of text or already typed; `row` may be the unnamed index.
        origin: what to call the table in a message.

    Raises:
        WrongTable: a column is absent, or a cell cannot be read as its column's type.
    """
    if "row" not in frame.columns:
        frame = frame.rename(columns={"": "row", "Unnamed: 0": "row"})
    absent = [name for name in RAW_COLUMNS if name not in frame.columns]
    if absent:
        raise WrongTable(
            f"{origin} is not the Spotify and Youtube table: it lacks {', '.join(absent)}.\n"
            f"Expected the 28 columns of Kaggle's file: an unnamed row number, then "
            f"{', '.join(RAW_COLUMNS[1:])}.\nFound: {', '.join(map(str, frame.columns))}."
        )
    if frame.empty:
        raise WrongTable(f"{origin} has the right header but no rows. Download it again.")
    parsed = {name: _numbers(frame[name]) for name in AUDIO}
    parsed |= {name: _whole_numbers(frame[name]) for name in ("row", *COUNTS)}
    parsed |= {name: _flags(frame[name]) for name in FLAGS}
    unreadable = {
        name: frame[name][values.isna() & frame[name].notna()] for name, values in parsed.items()
    }
    _refuse_text({name: cells for name, cells in unreadable.items() if len(cells)}, frame, origin)
    if parsed["row"].isna().any():
        raise WrongTable(f"{origin}: the first column must number the rows; some cells are empty.")
    columns = {name: parsed[name] if name in parsed else frame[name] for name in RAW_COLUMNS}
    return pd.DataFrame(columns).astype(_DTYPES).reset_index(drop=True)


def separate(frame: pd.DataFrame, origin: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Part the rows that keep to `RAW_SCHEMA` from those that do not.

    Returns:
        The good rows, and the bad ones with a column `reason` (text, one clause a fault).

    Raises:
        WrongTable: more than `MOST_BAD_ROWS` of the rows are bad.
    """
    faults = faults_by_row(frame, origin)
    bad = frame.index.isin(faults.index)
    rejected = frame[bad].assign(reason=faults)
    if bad.mean() > MOST_BAD_ROWS:
        examples = "\n".join(
            f"  row {row}: {reason}"
            for row, reason in zip(rejected["row"].head(5), rejected["reason"].head(5), strict=True)
        )
        raise WrongTable(
            f"{origin}: {bad.sum():,} of {len(frame):,} rows are out of range, more than "
            f"{MOST_BAD_ROWS:.0%}; this is not the Spotify and Youtube table, or it is damaged.\n"
            f"The first of them:\n{examples}"
        )
    return frame[~bad].reset_index(drop=True), rejected.reset_index(drop=True)


def faults_by_row(frame: pd.DataFrame, origin: str) -> pd.Series:
    """What is wrong with the bad rows of a typed frame: text by index, one clause a fault.

    Raises:
        WrongTable: a column as a whole is wrong.
    """
    clauses = [_without_address(frame)]
    try:
        RAW_SCHEMA.validate(frame, lazy=True)
    except pa.errors.SchemaErrors as error:
        clauses.append(_out_of_schema(error, origin))
    return pd.concat(clauses).groupby(level=0).agg("; ".join)


def _numbers(cells: pd.Series) -> pd.Series:
    return pd.to_numeric(cells, errors="coerce").replace([np.inf, -np.inf], np.nan)


def _whole_numbers(cells: pd.Series) -> pd.Series:
    numbers = _numbers(cells)
    return numbers.where(numbers % 1 == 0)


def _flags(cells: pd.Series) -> pd.Series:
    return cells.astype("str").str.lower().map({"true": True, "false": False}).astype("boolean")


def _refuse_text(unreadable: dict[str, pd.Series], frame: pd.DataFrame, origin: str) -> None:
    if not unreadable:
        return
    lines = []
    for name, cells in unreadable.items():
        expected = _EXPECTED.get(name, "a number")
        examples = ", ".join(
            f"row {frame['row'].get(index, index)} has {cell!r}"
            for index, cell in cells.head(3).items()
        )
        lines.append(f"  {name}: {len(cells):,} cells are not {expected}; {examples}")
    raise WrongTable(
        f"{origin} cannot be read: its cells are not of the right kind.\n"
        + "\n".join(lines)
        + "\nLeave a cell empty where a value is unknown, or download the file again."
    )


def _without_address(frame: pd.DataFrame) -> pd.Series:
    """What rows lack that more than one column tells: without an address nothing can be crawled."""
    lacking = frame["official_video"].fillna(False) & frame["Url_youtube"].isna()
    return pd.Series(
        "Url_youtube is empty though official_video is True", frame.index[lacking], dtype="str"
    )


def _out_of_schema(error: pa.errors.SchemaErrors, origin: str) -> pd.Series:
    cases = cast(pd.DataFrame, error.failure_cases)
    whole = cases[cases["index"].isna()]
    if len(whole):
        first = whole.iloc[0]
        raise WrongTable(f"{origin}: column {first['column']} fails {first['check']}.")
    clauses = [
        _clause(column, value, check)
        for column, value, check in zip(
            cases["column"], cases["failure_case"], cases["check"], strict=True
        )
    ]
    return pd.Series(clauses, index=cases["index"].astype(int), dtype="str")


def _clause(column: str, value: Any, check: str) -> str:
    if check == "not_nullable":
        return f"{column} is empty"
    shown = repr(value) if isinstance(value, str) else str(value)
    if check == "field_uniqueness":
        return f"{column} = {shown} stands in several rows"
    return f"{column} = {shown}, expected {check}"
