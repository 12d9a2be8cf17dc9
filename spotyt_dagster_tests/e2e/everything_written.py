"""All text in a folder, compressed or not."""

import sqlite3
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

import pyarrow.parquet as pq


def everything_in(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Places and contents: files, cells of databases and tables, also decompressed."""
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or path.is_symlink():
            continue
        content = path.read_bytes()
        yield str(path), content
        if content.startswith(b"SQLite format 3"):
            yield from _cells(path)
        elif content.startswith(b"PAR1"):
            yield str(path), str(pq.read_table(path).to_pylist()).encode()
            yield str(path), str(pq.read_schema(path).metadata).encode()


def _cells(path: Path) -> Iterator[tuple[str, bytes]]:
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
        tables = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        for (table,) in tables:
            for row in database.execute(f'SELECT * FROM "{table}"'):
                for cell in row:
                    raw = cell if isinstance(cell, bytes) else str(cell).encode()
                    yield f"{path} {table}", raw
                    yield from _unpacked(f"{path} {table}, unpacked", raw)


def _unpacked(where: str, raw: bytes) -> Iterator[tuple[str, bytes]]:
    try:
        yield where, zlib.decompress(raw)
    except zlib.error:
        return


def places_of(secrets: Iterable[bytes], things: Iterable[tuple[str, bytes]]) -> list[str]:
    """Each secret that was found, with the place."""
    wanted = list(secrets)
    return [f"{one.decode()} in {where}" for where, what in things for one in wanted if one in what]
