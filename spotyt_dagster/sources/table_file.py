"""A file's bytes as a table of cells, in the forms in which people hold the table.

Read is what is certain: an archive of one table, a byte order mark, the separator under which the
header's own columns appear. Anything else is refused with its cause. What the columns must be is
`tables/schema`'s.
"""

import csv
import gzip
import io
import zipfile
import zlib

import pandas as pd

from spotyt_dagster.exceptions import InvalidTableError, shortened
from spotyt_dagster.tables.schema import RAW_COLUMNS

FILE = "Spotify_Youtube.csv"
#: The forms that a name may end in; which one a file is, its first bytes say.
FORMATS = (".csv", ".csv.gz", ".parquet", ".tsv", ".zip")

_GZIP, _ZIP, _PARQUET = b"\x1f\x8b", b"PK\x03\x04", b"PAR1"
_SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
#: The real table has 10 MB; more than this unpacked is a mistake or a bomb.
_LARGEST = 2**30
_AGAIN = "Download it again"


def read_cells(content: bytes, origin: str) -> pd.DataFrame:
    """The table in a file: cells of text from a CSV (empty ones missing), typed from a Parquet.

    Args:
        content: the file.
        origin: what to call it in a message; its name tells a Parquet file that is damaged.

    Raises:
        InvalidTableError: empty, cut, damaged, or in a form that cannot be read with certainty.
    """
    content = _unpacked(content, origin)
    if not content:
        raise InvalidTableError(f"{origin} is empty. {_AGAIN}.")
    if content.startswith(_PARQUET) or origin.lower().endswith(".parquet"):
        return _parquet_cells(content, origin)
    return _csv_cells(_text(content, origin), origin)


def _unpacked(content: bytes, origin: str) -> bytes:
    """What an archive holds; by its first bytes, as servers pack and unpack files on the way."""
    try:
        if content.startswith(_GZIP):
            with gzip.open(io.BytesIO(content)) as file:
                return _unpacked(_bounded(file.read(_LARGEST + 1), origin), origin)
        if content.startswith(_ZIP):
            archive = zipfile.ZipFile(io.BytesIO(content))
            with archive, archive.open(_only_table(archive, origin)) as file:
                return _unpacked(_bounded(file.read(_LARGEST + 1), origin), origin)
    except (EOFError, zlib.error, gzip.BadGzipFile, zipfile.BadZipFile) as error:
        raise InvalidTableError(
            f"{origin} cannot be unpacked ({error}): it is damaged, or its download broke off. "
            f"{_AGAIN}."
        ) from error
    except (RuntimeError, NotImplementedError) as error:  # a password, a rare method
        raise InvalidTableError(
            f"{origin} cannot be unpacked ({error}). Unpack it by hand and give {FILE}."
        ) from error
    return content


def _only_table(archive: zipfile.ZipFile, origin: str) -> str:
    names = [
        name
        for name in archive.namelist()
        if not name.endswith("/") and not name.startswith("__MACOSX/")
    ]
    if "[Content_Types].xml" in names:
        raise InvalidTableError(
            f"{origin} is a workbook of a spreadsheet program. Save it there as CSV in UTF-8 and "
            "give that file."
        )
    tables = [name for name in names if name.lower().endswith(FORMATS)]
    found = [name for name in tables if name.rpartition("/")[2] == FILE] or tables
    if len(found) == 1:
        return found[0]
    shown = ", ".join(shortened(name) for name in names[:5]) or "nothing"
    raise InvalidTableError(
        f"{origin} is an archive that holds {shown}, not one table. Unpack it and give {FILE}."
    )


def _bounded(content: bytes, origin: str) -> bytes:
    if len(content) > _LARGEST:
        raise InvalidTableError(
            f"{origin} unpacks to more than {_LARGEST:,} bytes: it is not {FILE}."
        )
    return content


def _parquet_cells(content: bytes, origin: str) -> pd.DataFrame:
    try:
        cells = pd.read_parquet(io.BytesIO(content))
    except (ValueError, OSError) as error:  # pyarrow's own are among these
        raise InvalidTableError(
            f"{origin} cannot be read as a Parquet file ({shortened(str(error))}): it is damaged, "
            f"or its download broke off. {_AGAIN}."
        ) from error
    numbered = isinstance(cells.index, pd.RangeIndex) and cells.index.name is None
    return cells if numbered else cells.reset_index()


def _text(content: bytes, origin: str) -> str:
    encoding = _encoding(content)
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        if error.end >= len(content) and error.reason in (
            "unexpected end of data",
            "truncated data",
        ):
            raise _cut(origin, "ends within a character") from error
        line = content.count(b"\n", 0, error.start) + 1
        raise InvalidTableError(
            f"{origin} is not in UTF-8: line {line:,} has the byte 0x{content[error.start]:02x}. "
            "It is probably in cp1252, Windows' own encoding, which spreadsheet programs write "
            "and which loses most scripts. Save it as CSV in UTF-8, or download it again."
        ) from error


def _encoding(content: bytes) -> str:
    if content.startswith((b"\xff\xfe\x00\x00", b"\x00\x00\xfe\xff")):
        return "utf-32"
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    # Without a mark: the header is ASCII, so in UTF-16 every other of its bytes is 0.
    start = content[:200]
    if len(start) == 200 and not any(start[1::2]):
        return "utf-16-le"
    if len(start) == 200 and not any(start[::2]):
        return "utf-16-be"
    return "utf-8-sig"


def _csv_cells(text: str, origin: str) -> pd.DataFrame:
    separator = _separator(text)
    # Python's limit on a cell is 128 KiB, for the whole process; a description may be longer.
    csv.field_size_limit(max(csv.field_size_limit(), len(text) + 1))
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    header: list[str] = []
    rows: list[list[str]] = []
    crooked: tuple[int, int] | None = None
    try:
        for cells in lines:
            if not cells:
                continue
            if not header:
                header = cells
                # Another file than this one: the schema says so, whatever its lines look like.
                if not set(header) & set(RAW_COLUMNS):
                    break
                continue
            # What comes after the first crooked line says whether it is the last one.
            if crooked is not None:
                break
            if len(cells) != len(header):
                crooked = lines.line_num, len(cells)
            rows.append(cells)
        else:
            if crooked is not None and crooked[1] < len(header):
                raise _cut(
                    origin, f"has {crooked[1]} cells of {len(header)} in its last line", crooked[0]
                )
    except csv.Error as error:
        if "unexpected end of data" in str(error):
            raise _cut(origin, "ends within a quoted cell", lines.line_num) from error
        raise InvalidTableError(
            f"{origin} cannot be read as a table: line {lines.line_num:,} is damaged ({error}). "
            f"{_AGAIN}, or save it as CSV in UTF-8."
        ) from error
    if crooked is not None:
        raise InvalidTableError(
            f"{origin} cannot be read as a table: the line that ends at {crooked[0]:,} has "
            f"{crooked[1]} cells, the header has {len(header)}, parted by "
            f"{_SEPARATORS[separator]}. {_AGAIN}, or quote the cells that hold the separator."
        )
    # Only an empty cell is missing here: tracks are called "None", "NA" and "null".
    return pd.DataFrame(rows, columns=_distinct(header), dtype="str").replace("", None)


def _cut(origin: str, how: str, line: int | None = None) -> InvalidTableError:
    where = "" if line is None else f" (line {line:,})"
    return InvalidTableError(
        f"{origin} is incomplete: it {how}{where}, so its download or copy broke off. {_AGAIN}."
    )


def _separator(text: str) -> str:
    """The separator under which most of the table's own columns appear in the header."""
    header = text[: text.find("\n")] if "\n" in text else text

    def known(separator: str) -> int:
        names = {name.strip().strip('"') for name in header.split(separator)}
        return len(names & set(RAW_COLUMNS))

    return max(_SEPARATORS, key=known)


def _distinct(header: list[str]) -> list[str]:
    """The names with a number after each that stood before; the first one keeps its own."""
    seen: dict[str, int] = {}
    names = []
    for name in (name.strip() for name in header):
        seen[name] = seen.get(name, -1) + 1
        names.append(f"{name}.{seen[name]}" if seen[name] else name)
    return names
