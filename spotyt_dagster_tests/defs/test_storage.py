"""Tables on disk: whole or not at all, as a frame or a relation, here or in an object store."""

import os
from pathlib import Path

import dagster as dg
import duckdb
import pandas as pd
import pyarrow as pa
import pytest
from upath import UPath

from spotyt_dagster.defs.files import write_bytes
from spotyt_dagster.defs.io_managers import ParquetStorage, describe
from spotyt_dagster.defs.stored_tables import arrow_table, relation

FRAME = pd.DataFrame(
    {
        "row": pd.array([1, 2, 3], dtype="int64"),
        "viewCount": pd.array([10, None, 30], dtype="Int64"),
        "Track": pd.array(["None", "빛", None], dtype="str"),
        "api": pd.array(["sandbox", "live", None], dtype="str"),
    }
)


def stored(tmp_path: Path, table: pd.DataFrame | duckdb.DuckDBPyRelation) -> Path:
    @dg.asset(key_prefix="tables")
    def made():
        return table

    result = dg.materialize([made], resources={"io_manager": ParquetStorage(storage=str(tmp_path))})
    assert result.success
    return tmp_path / "tables" / "made.parquet"


def test_a_frame_and_a_relation_of_the_same_rows_make_the_same_file(tmp_path: Path):
    by_frame = stored(tmp_path / "a", FRAME)
    by_relation = stored(tmp_path / "b", relation(arrow_table(FRAME)))
    pd.testing.assert_frame_equal(pd.read_parquet(by_frame), pd.read_parquet(by_relation))


def test_missing_values_and_texts_like_none_survive(tmp_path: Path):
    read = pd.read_parquet(stored(tmp_path, FRAME))
    assert read["Track"].tolist()[:2] == ["None", "빛"]
    assert read["Track"].isna().tolist() == [False, False, True]
    assert read["viewCount"].isna().tolist() == [False, True, False]


def test_the_same_table_gives_the_same_bytes(tmp_path: Path):
    assert stored(tmp_path / "a", FRAME).read_bytes() == stored(tmp_path / "b", FRAME).read_bytes()


def test_a_downstream_asset_gets_what_its_annotation_asks_for(tmp_path: Path):
    seen = {}

    @dg.asset(key_prefix="tables")
    def made() -> pd.DataFrame:
        return FRAME

    @dg.asset(key_prefix="tables")
    def as_frame(made: pd.DataFrame) -> None:
        seen["frame"] = type(made)

    @dg.asset(key_prefix="tables")
    def as_relation(made: duckdb.DuckDBPyRelation) -> None:
        seen["relation"] = type(made)

    storage = ParquetStorage(storage=str(tmp_path))
    assert dg.materialize([made, as_frame, as_relation], resources={"io_manager": storage}).success
    assert seen == {"frame": pd.DataFrame, "relation": duckdb.DuckDBPyRelation}


def test_a_write_that_fails_leaves_the_old_file_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    path = UPath(tmp_path / "table.parquet")
    write_bytes(path, b"old")

    def full_disk(*_: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(Path, "replace", full_disk)
    with pytest.raises(OSError, match="no space"):
        write_bytes(path, b"new")
    assert path.read_bytes() == b"old"
    assert [one.name for one in tmp_path.iterdir()] == ["table.parquet"]


def test_what_a_killed_process_left_unfinished_goes_with_a_later_write(tmp_path: Path):
    old, fresh = tmp_path / ".table.parquet.a.tmp", tmp_path / ".table.parquet.b.tmp"
    for left in (old, fresh):
        left.write_bytes(b"half")
    os.utime(old, (0, 0))
    write_bytes(UPath(tmp_path / "table.parquet"), b"whole")
    assert not old.exists()
    assert fresh.exists()


def test_an_object_store_holds_the_same_bytes():
    path = UPath("memory://bucket/tables/made.parquet")
    write_bytes(path, b"whole")
    assert path.read_bytes() == b"whole"


def test_mixed_provenance_shows_as_mixed():
    assert describe(arrow_table(FRAME))["api"] == "live · sandbox"


def test_lists_that_are_all_empty_are_lists_of_texts_and_come_back():
    notes = pd.DataFrame({"notes": [(), ()]})
    table = arrow_table(notes)
    assert table.schema.field("notes").type == pa.list_(pa.string())
    assert [len(value) for value in table.to_pandas()["notes"]] == [0, 0]
    assert arrow_table(notes.head(0).astype("object")).num_rows == 0
