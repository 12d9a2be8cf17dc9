"""The forms in which users have the table: names of files, and functions that make their bytes."""

import gzip
import io
import zipfile
from collections.abc import Callable
from typing import Any

import pandas as pd

from spotyt_dagster.sources.table_file import FILE
from spotyt_dagster.tables.schema import FLAGS

#: From a table with every cell as text, `row` under Kaggle's empty name, to a file's bytes.
Form = Callable[[pd.DataFrame], bytes]


def as_csv(cells: pd.DataFrame, **how: Any) -> bytes:
    """As pandas writes it."""
    return cells.to_csv(index=False, **how).encode()


def zipped(content: bytes, **files: bytes) -> bytes:
    """An archive of the table and other files."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(FILE, content)
        for name, other in files.items():
            archive.writestr(name.replace("__", "/"), other)
    return packed.getvalue()


def _named(name: str) -> Form:
    return lambda cells: as_csv(cells.rename(columns={"": name}))


def _missing(word: str) -> Form:
    return lambda cells: as_csv(cells, na_rep=word)


def _flags(true: str, false: str) -> Form:
    spelling = {"True": true, "False": false}
    return lambda cells: as_csv(cells.assign(**{name: cells[name].map(spelling) for name in FLAGS}))


def _saved_again(cells: pd.DataFrame) -> bytes:
    return cells.rename(columns={"": "Unnamed: 0"}).to_csv().encode()


def _saved_twice_again(cells: pd.DataFrame) -> bytes:
    inner = cells.rename(columns={"": "Unnamed: 0"})
    inner.insert(0, "Unnamed: 0.1", range(len(inner)))
    return inner.to_csv().encode()


def _as_shared(cells: pd.DataFrame) -> bytes:
    video = cells["Url_youtube"].str[-11:]
    shapes = [
        "https://youtu.be/{}?si=Ab1", "https://www.youtube.com/shorts/{}",
        "https://music.youtube.com/watch?v={}&si=x", "https://www.youtube.com/embed/{}",
    ]  # fmt: skip
    shared = [
        None if pd.isna(id_) else shapes[place % 4].format(id_) for place, id_ in enumerate(video)
    ]
    artist = "https://open.spotify.com/intl-ko/artist/" + cells["Url_spotify"].str[-22:] + "?si=1"
    artist = artist.mask(artist.index % 2 == 0, "spotify:artist:" + cells["Url_spotify"].str[-22:])
    track = "https://open.spotify.com/track/" + cells["Uri"].str[-22:] + "?si=1"
    return as_csv(
        cells.assign(Url_youtube=pd.Series(shared, cells.index), Url_spotify=artist, Uri=track)
    )


def _parquet(cells: pd.DataFrame, index: str | None = None) -> bytes:
    written = io.BytesIO()
    table = pd.read_csv(io.BytesIO(as_csv(cells)), keep_default_na=False, na_values=[""])
    if index is not None:
        table = table.set_index("Unnamed: 0").rename_axis(index or None)
    table.to_parquet(written)
    return written.getvalue()


#: Forms that are read: the same table, row for row.
READ: dict[str, tuple[str, Form]] = {
    "plain": ("t.csv", as_csv),
    "without a line end": ("t.csv", lambda cells: as_csv(cells).rstrip(b"\n")),
    "with Windows' line ends": ("t.csv", lambda cells: as_csv(cells, lineterminator="\r\n")),
    "with every cell quoted": ("t.csv", lambda cells: as_csv(cells, quoting=1)),
    **{
        f"missing as {word}": ("t.csv", _missing(word))
        for word in ("NA", "NaN", "NULL", "None", r"\N")
    },
    "flags 1 and 0": ("t.csv", _flags("1", "0")),
    "flags t and f": ("t.csv", _flags("t", "f")),
    "flags yes and no": ("t.csv", _flags("yes", "no")),
    **{f"index {name}": ("t.csv", _named(name)) for name in ("X", "...1", "index", "none")},
    "no index": ("t.csv", lambda cells: as_csv(cells.drop(columns=""))),
    "saved again": ("t.csv", _saved_again),
    "saved twice again": ("t.csv", _saved_twice_again),
    "a Parquet file": ("t.parquet", _parquet),
    "a Parquet index": ("t.parquet", lambda cells: _parquet(cells, "")),
    "a named Parquet index": ("t.parquet", lambda cells: _parquet(cells, "index")),
    "a Parquet file named .csv": ("t.csv", _parquet),
    "zip": ("archive.zip", lambda cells: zipped(as_csv(cells))),
    "a zip named .csv": ("t.csv", lambda cells: zipped(as_csv(cells))),
    "a zip with other files": (
        "t.zip",
        lambda cells: zipped(as_csv(cells), readme_txt=b"x", __MACOSX___t_csv=b"x"),
    ),
    "gzip named .csv": ("t.csv", lambda cells: gzip.compress(as_csv(cells), 1)),
    "a mark of UTF-8": ("t.csv", lambda cells: b"\xef\xbb\xbf" + as_csv(cells)),
    "UTF-16": ("t.csv", lambda cells: as_csv(cells).decode().encode("utf-16")),
    "UTF-16, big end first": (
        "t.csv",
        lambda cells: b"\xfe\xff" + as_csv(cells).decode().encode("utf-16-be"),
    ),
    "UTF-16 without its mark": ("t.csv", lambda cells: as_csv(cells).decode().encode("utf-16-le")),
    "semicolons": ("t.csv", lambda cells: as_csv(cells, sep=";")),
    "tabs": ("t.tsv", lambda cells: as_csv(cells, sep="\t")),
    "UTF-16 and tabs, as spreadsheets save text": (
        "t.csv",
        lambda cells: as_csv(cells, sep="\t").decode().encode("utf-16"),
    ),
    "addresses as shared": ("t.csv", _as_shared),
}


def _cut_to(share: float) -> Form:
    def cut(cells: pd.DataFrame) -> bytes:
        whole = as_csv(cells)
        # Within the line: between two lines a cut leaves a whole, smaller table.
        line = whole.find(b"\n", int(len(whole) * share)) + 1
        return whole[: whole.find(b"spotify:track:", line) + 20]

    return cut


#: Forms that are refused, with a part of the message that names the cause.
REFUSED: dict[str, tuple[str, Form, str]] = {
    "cut in half": ("t.csv", _cut_to(0.5), "is incomplete: it has 7 cells of 28 in its last line"),
    "cut near its end": ("t.csv", _cut_to(0.9), "is incomplete: it "),
    "a cut zip": ("t.zip", lambda cells: zipped(as_csv(cells))[:-5_000], "cannot be unpacked"),
    "a cut gzip": ("t.csv.gz", lambda cells: gzip.compress(as_csv(cells))[:-9], "its download"),
    "cp1252": (
        "t.csv",
        lambda cells: as_csv(cells.assign(Album="Café")).decode().encode("cp1252", "replace"),
        "is not in UTF-8: line 2 has the byte 0xe9. It is probably in cp1252",
    ),
    "a workbook": (
        "t.zip",
        lambda _: zipped(b"", **{"[Content_Types].xml": b"x"}),
        "workbook of a spreadsheet program. Save it there as CSV in UTF-8",
    ),
    "an archive without a table": (
        "t.zip",
        lambda _: zipped(b"").replace(FILE.encode(), b"S" * len(FILE)),
        f"is an archive that holds {'S' * len(FILE)}, not one table",
    ),
}
