"""What a raw table must look like, and what is done with one that does not.

Two kinds of fault: a file that is not this table (a column missing, text where numbers belong, most
rows out of range) stops everything with one message; single rows out of range are rejected with
the reason. Reading files is `sources/kaggle.py`'s.
"""

import re
from typing import Any, cast

import numpy as np
import pandas as pd
import pandera.pandas as pa

from spotyt_dagster.exceptions import InvalidTableError, quoted, shortened
from spotyt_dagster.tables import addresses

AUDIO = [
    "Danceability", "Energy", "Key", "Loudness", "Speechiness", "Acousticness",
    "Instrumentalness", "Liveness", "Valence", "Tempo", "Duration_ms",
]  # fmt: skip
COUNTS = ["Views", "Likes", "Comments", "Stream"]
FLAGS = ["Licensed", "official_video"]

_FREE_TEXTS = ["Artist", "Track", "Album", "Title", "Channel", "Description"]

#: Above this share of bad rows the file itself is wrong; the real one has none of 20,718.
MOST_BAD_ROWS = 0.05

#: The reason of a line that stands in the table a second time.
DUPLICATE = "a duplicate of an earlier line"

#: Counts above this are no counts: beyond it a number with decimals skips whole ones. The most
#: watched video has 1.6e10 views.
_LARGEST_COUNT = 2**53

#: How R, SQL, Python and spreadsheets write a missing value, in small letters. Only where text can
#: stand for nothing else: tracks, titles and artists are called "NA", "None" and "Null".
_MISSING = frozenset(["na", "n/a", "#n/a", "nan", "<na>", "null", "none", "\\n"])

#: Names under which programs write the row number of Kaggle's file, whose own column has none.
_INDEX_NAME = re.compile(
    r"|x(\.\d+)?|v1|_?c0|column0+|field_?1|\.\.\.1|#|none|null|nan|no|nr|id|index|level_\d+"
    r"|row_?(id|name|names|nr|num|number)|__index_level_\d+__|unnamed:? ?\d+(\.\d+)*",
    re.IGNORECASE,
)

_TRUTH = dict.fromkeys(["true", "t", "yes", "y", "1", "1.0"], True) | dict.fromkeys(
    ["false", "f", "no", "n", "0", "0.0"], False
)

_EXPECTED = dict.fromkeys(FLAGS, "True or False") | dict.fromkeys(
    ["row", *COUNTS], "a whole number"
)
# The `error` of a check completes the sentence "<column> = <value>, expected …".
_UNIT = pa.Check.in_range(0, 1, error="0 to 1")


def _text(nullable: bool = True) -> pa.Column:
    return pa.Column("str", nullable=nullable)


def _matching(pattern: str, expected: str, nullable: bool = False) -> pa.Column:
    # From end to end: `$` would let a line break pass after an id.
    whole = pa.Check(lambda cells: cells.str.fullmatch(f"(?:{pattern})"), error=expected)
    return pa.Column("str", whole, nullable=nullable)


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
            addresses.kept_form("Url_spotify"),
            "an artist's address on https://open.spotify.com",
        ),
        "Track": _text(nullable=False),
        "Album": _text(),
        "Album_type": _matching("album|single|compilation", "album, single or compilation"),
        "Uri": _matching(addresses.kept_form("Uri"), "spotify:track: and an id"),
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
            addresses.kept_form("Url_youtube"),
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
    """Give a raw frame its column order and dtypes, its addresses one form.

    Args:
        frame: the table as read, cells of text or already typed; `row` may be an index under
            another name, and is counted from 0 where there is none.
        origin: what to call the table in a message.

    Raises:
        InvalidTableError: a column is absent, or a cell cannot be read as its column's type.
    """
    table, faults = _typed(frame, origin)
    if len(faults):
        raise InvalidTableError(f"{origin}: {' and '.join(faults.head(3))}.")
    return table


def separate(frame: pd.DataFrame, origin: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Part the rows that keep to `RAW_SCHEMA` from those that do not.

    Of lines that are alike from end to end the first one stays; they are one row written twice, no
    sign of a damaged table.

    Args:
        frame: as `typed` takes it.
        origin: what to call the table in a message.

    Returns:
        The good rows, and the bad ones with a column `reason` (text, one clause a fault).

    Raises:
        InvalidTableError: as `typed`, or more than `MOST_BAD_ROWS` of the rows are bad.
    """
    table, unreadable = _typed(frame, origin)
    copies = table.duplicated()
    faults = _by_row([unreadable, *_clauses(table[~copies], origin)])
    bad = table.index.isin(faults.index) & ~copies
    if bad.sum() > MOST_BAD_ROWS * (~copies).sum():
        examples = "\n".join(
            f"  row {row}: {reason}"
            for row, reason in zip(table.loc[bad, "row"].head(5), faults[bad].head(5), strict=True)
        )
        raise InvalidTableError(
            f"{origin}: {bad.sum():,} of {len(table):,} rows are out of range, more than "
            f"{MOST_BAD_ROWS:.0%}; this is not the Spotify and Youtube table, or it is damaged.\n"
            f"The first of them:\n{examples}"
        )
    reasons = faults.reindex(table.index).mask(copies, DUPLICATE)
    rejected = table.assign(reason=reasons.astype("str"))[bad | copies]
    return table[~bad & ~copies].reset_index(drop=True), rejected.reset_index(drop=True)


def faults_by_row(frame: pd.DataFrame, origin: str) -> pd.Series:
    """What is wrong with the bad rows of a typed frame: text by index, one clause a fault.

    Raises:
        InvalidTableError: a column as a whole is wrong.
    """
    return _by_row(_clauses(frame, origin))


def _by_row(clauses: list[pd.Series]) -> pd.Series:
    return pd.concat(clauses).groupby(level=0).agg(" and ".join)


def _clauses(frame: pd.DataFrame, origin: str) -> list[pd.Series]:
    clauses = [_without_address(frame)]
    try:
        RAW_SCHEMA.validate(frame, lazy=True)
    except pa.errors.SchemaErrors as error:
        clauses.append(_out_of_schema(error, origin))
    return clauses


def _typed(frame: pd.DataFrame, origin: str) -> tuple[pd.DataFrame, pd.Series]:
    """The typed table, and what of single cells it cannot hold: text by index, empty there."""
    absent = [name for name in RAW_COLUMNS[1:] if name not in frame.columns]
    if absent:
        raise InvalidTableError(
            f"{origin} is not the Spotify and Youtube table: it lacks {', '.join(absent)}.\n"
            f"Expected the 28 columns of Kaggle's file: an unnamed row number, then "
            f"{', '.join(RAW_COLUMNS[1:])}.\nFound: {_found(frame)}."
        )
    if frame.empty:
        raise InvalidTableError(f"{origin} has the right header but no rows. Download it again.")
    cells = _with_missing(_with_row_numbers(frame)[RAW_COLUMNS].reset_index(drop=True))
    parsed = {name: _numbers(cells[name]) for name in AUDIO}
    parsed |= {name: _whole_numbers(cells[name]) for name in ("row", *COUNTS)}
    parsed |= {name: _flags(cells[name]) for name in FLAGS}
    unreadable = {
        name: cells[name][values.isna() & cells[name].notna()] for name, values in parsed.items()
    }
    _refuse_text({name: part for name, part in unreadable.items() if len(part)}, cells, origin)
    if parsed["row"].isna().any():
        raise InvalidTableError(
            f"{origin}: the first column must number the rows; some cells are empty."
        )
    parsed |= {name: addresses.in_kept_form(cells[name]) for name in addresses.COLUMNS}
    too_large = [_too_large(cells[name], parsed[name]) for name in COUNTS]
    parsed |= {name: parsed[name].where(parsed[name].abs() <= _LARGEST_COUNT) for name in COUNTS}
    return cells.assign(**parsed).astype(_DTYPES), pd.concat(too_large)


def _found(frame: pd.DataFrame) -> str:
    names = [shortened(str(name)) for name in frame.columns]
    more = f" and {len(names) - 40} more" if len(names) > 40 else ""
    return ", ".join(names[:40]) + more


def _with_row_numbers(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with `row`: its own, an index under another name, or counted from 0."""
    if "row" in frame.columns:
        return frame
    # Programs put theirs in front of those of others: the original is the nearest to the rest.
    for name in reversed([name for name in frame.columns if _INDEX_NAME.fullmatch(str(name))]):
        numbered = frame.assign(row=_whole_numbers(frame[name]))
        numbers = numbered.loc[~numbered[RAW_COLUMNS].duplicated(), "row"]
        if numbers.between(0, _LARGEST_COUNT).all() and numbers.is_unique:
            return numbered.astype({"row": "int64"})
    # Lines that are alike get one number, as they would have in a file that numbers its rows.
    alike = frame.groupby(RAW_COLUMNS[1:], dropna=False, sort=False).ngroup()
    return frame.assign(row=alike)


def _with_missing(cells: pd.DataFrame) -> pd.DataFrame:
    """Cells that only say that a value is missing, empty; those of free text stay text.

    Of the free texts, those of a video go where the row has no video, and a description that says
    what all missing values of the file say where not one of its cells is empty.
    """
    marks = {
        name: cells[name].str.lower().isin(_MISSING)
        for name in cells.columns
        if name not in _FREE_TEXTS and pd.api.types.is_string_dtype(cells[name])
    }
    texts = {cell for name, marked in marks.items() for cell in cells.loc[marked, name].unique()}
    if not texts:
        return cells
    without_video = cells["Url_youtube"].isna() | marks.get("Url_youtube", False)
    marks |= {
        name: without_video & cells[name].isin(texts)
        for name in ("Title", "Channel", "Description")
    }
    if cells.notna().all(axis=None):
        marks["Description"] = cells["Description"].isin(texts)
    return cells.assign(**{name: cells[name].mask(marked) for name, marked in marks.items()})


def _too_large(cells: pd.Series, numbers: pd.Series) -> pd.Series:
    clauses = {
        index: f"{cells.name} = {quoted(cell).strip(chr(39))}, expected at most {_LARGEST_COUNT:,}"
        for index, cell in cells[numbers.abs() > _LARGEST_COUNT].items()
    }
    return pd.Series(clauses, dtype="str")


def _numbers(cells: pd.Series) -> pd.Series:
    numbers = pd.to_numeric(cells, errors="coerce").astype("float64")
    return numbers.replace([np.inf, -np.inf], np.nan)


def _whole_numbers(cells: pd.Series) -> pd.Series:
    numbers = _numbers(cells)
    return numbers.where(numbers % 1 == 0)


def _flags(cells: pd.Series) -> pd.Series:
    return cells.astype("str").str.lower().map(_TRUTH).astype("boolean")


def _refuse_text(unreadable: dict[str, pd.Series], frame: pd.DataFrame, origin: str) -> None:
    if not unreadable:
        return
    lines = []
    for name, cells in unreadable.items():
        expected = _EXPECTED.get(name, "a number")
        examples = ", ".join(
            f"row {frame['row'].get(index, index)} has {quoted(cell)}"
            for index, cell in cells.head(3).items()
        )
        lines.append(f"  {name}: {len(cells):,} cells are not {expected}; {examples}")
    raise InvalidTableError(
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
        raise InvalidTableError(f"{origin}: column {first['column']} fails {first['check']}.")
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
    shown = quoted(value)
    if check == "field_uniqueness":
        return f"{column} = {shown} stands in several rows"
    return f"{column} = {shown}, expected {check}"
