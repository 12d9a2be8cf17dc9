"""What errors from outside mean to a person, however deep libraries have wrapped them."""

import errno
import io
from pathlib import Path

import duckdb
import pandas as pd
import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from spotyt_dagster.exceptions import (
    SettingsError,
    StorageError,
    explained,
    naming,
    shortened,
)
from spotyt_dagster.reporting.html.model_section import model_section


def wrapped(error: Exception) -> Exception:
    """The error as the cause of the context of another one."""
    try:
        try:
            try:
                raise error
            except Exception as inner:
                raise RuntimeError("a library's own") from inner
        except RuntimeError:
            raise KeyError("while that was handled")  # noqa: B904
    except KeyError as outer:
        return outer


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOSPC, "is full. Free some space and run again."),
        (errno.EDQUOT, "is full. Free some space and run again."),
        (errno.EROFS, "it may not be written to. Change its permissions"),
        (errno.EACCES, "it may not be written to. Change its permissions"),
        (errno.ENAMETOOLONG, "longer than the system takes. Choose a shorter one."),
        (errno.EIO, "the disk reports an error."),
    ],
)
def test_an_error_of_the_system_is_explained_with_the_file(number: int, words: str):
    known = explained(wrapped(OSError(number, "x", "/a/file")))
    assert isinstance(known, StorageError)
    assert str(known).startswith("/a/file: ")
    assert words in str(known)


def test_a_write_that_names_no_file_is_explained_where_only_a_disk_can_be_meant():
    full = explained(OSError(errno.ENOSPC, "x"))
    assert str(full).startswith("A file: the disk, or the share")
    assert explained(PermissionError(errno.EACCES, "a port below 1024")) is None


@pytest.mark.parametrize(
    "error",
    [ValueError("ours"), KeyError("ours"), FileNotFoundError(errno.ENOENT, "x", "/a"),
     ConnectionError("nobody answers")],
)  # fmt: skip
def test_what_may_be_our_own_fault_keeps_its_traceback(error: Exception):
    assert explained(wrapped(error)) is None


def test_what_was_handled_before_is_not_the_cause():
    ours = ValueError("ours")
    ours.__context__ = OSError(errno.ENOSPC, "x", "/a")
    assert explained(ours) is not None
    ours.__suppress_context__ = True  # as `raise … from None` sets it
    assert explained(ours) is None


def test_a_user_error_that_a_library_wrapped_is_still_one():
    known = SettingsError("one sentence")
    assert explained(wrapped(known)) is known


def test_a_row_that_is_there_already_is_no_trouble_of_the_disk():
    engine = sa.create_engine("sqlite://")
    with engine.connect() as connection:
        connection.exec_driver_sql("CREATE TABLE t (x INTEGER PRIMARY KEY)")
        connection.exec_driver_sql("INSERT INTO t VALUES (1)")
        with pytest.raises(IntegrityError) as twice:
            connection.exec_driver_sql("INSERT INTO t VALUES (1)")
    assert explained(twice.value) is None


def test_duckdbs_errors_of_files_are_explained(tmp_path: Path):
    with pytest.raises(duckdb.IOException) as refused:
        duckdb.connect(tmp_path / "no folder" / "x.db")
    assert str(explained(refused.value)).startswith("DuckDB cannot go on (IO Error: ")


def test_a_damaged_table_is_named():
    words = r"^/x/t\.parquet is damaged \(.*\): delete it and"
    with pytest.raises(StorageError, match=words), naming("/x/t.parquet"):
        pd.read_parquet(io.BytesIO(b"PAR1 no more of it"))


def test_a_models_damaged_table_is_named_by_the_report():
    with pytest.raises(StorageError, match=r"^regression/ols/rows\.parquet is damaged"):
        model_section("regression/ols", "", {"rows.parquet": b"PAR1 no more of it"})


def test_a_long_text_is_cut_with_its_length():
    assert shortened("x" * 80) == "x" * 80
    assert shortened("x" * 1_081) == "x" * 80 + "… (1,081 characters)"
