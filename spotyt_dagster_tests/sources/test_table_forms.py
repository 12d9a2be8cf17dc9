"""Every form in which people hold the table gives the plain file's table, or says its cause."""

import gzip
from pathlib import Path

import pandas as pd
import pytest

from spotyt_dagster.exceptions import InvalidTableError
from spotyt_dagster.sample.tracks import sample_tracks
from spotyt_dagster.sources.raw_table import read_tracks
from spotyt_dagster.sources.table_file import read_cells
from spotyt_dagster_tests.sources.table_forms import READ, REFUSED, as_csv, zipped


def as_cells(path: Path) -> pd.DataFrame:
    """Kaggle's file with every cell as text, its first column under the empty name."""
    cells = pd.read_csv(path, dtype="str", keep_default_na=False, na_values=[""])
    return cells.rename(columns={"Unnamed: 0": ""})


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    """A synthetic table with a title and a track that are called like missing values."""
    table = sample_tracks(seed=11, rows=150)
    cells = table.astype("object").where(table.notna(), None).rename(columns={"row": ""})
    with_video = cells["Url_youtube"].notna()
    assert not with_video.all()
    cells.loc[with_video.idxmax(), ["Track", "Title"]] = "NA"
    path = tmp_path_factory.mktemp("plain") / "t.csv"
    path.write_bytes(as_csv(cells))
    return as_cells(path)


@pytest.fixture(scope="module")
def real(real_csv: str) -> pd.DataFrame:
    """The real table's cells, read once."""
    return as_cells(Path(real_csv))


@pytest.fixture(scope="module")
def real_table(real_csv: str) -> pd.DataFrame:
    good, rejected = read_tracks(real_csv, 1)
    assert (len(good), len(rejected)) == (20_718, 0)
    return good


def table_of(tmp_path: Path, name: str, content: bytes) -> tuple[pd.DataFrame, pd.DataFrame]:
    path = tmp_path / name
    path.write_bytes(content)
    return read_tracks(str(path), 1)


@pytest.mark.parametrize("form", READ)
def test_a_form_that_is_certain_is_read_as_the_plain_file_is(small, tmp_path, form):
    expected, _ = table_of(tmp_path, "plain.csv", as_csv(small))
    name, make = READ[form]
    good, rejected = table_of(tmp_path, name, make(small))
    pd.testing.assert_frame_equal(good, expected)
    assert rejected.empty


@pytest.mark.parametrize("form", REFUSED)
def test_a_form_that_is_not_certain_is_refused_with_its_cause(small, tmp_path, form):
    name, make, cause = REFUSED[form]
    with pytest.raises(InvalidTableError) as told:
        table_of(tmp_path, name, make(small))
    assert cause in str(told.value)
    assert str(tmp_path / name) in str(told.value)
    assert "\n" not in str(told.value)


@pytest.mark.real_data
@pytest.mark.parametrize("form", READ)
def test_the_real_table_in_a_form_that_is_certain_is_the_same(real, real_table, tmp_path, form):
    name, make = READ[form]
    good, rejected = table_of(tmp_path, name, make(real))
    pd.testing.assert_frame_equal(good, real_table)
    assert rejected.empty


@pytest.mark.real_data
@pytest.mark.parametrize("form", REFUSED)
def test_the_real_table_in_a_form_that_is_not_certain_is_refused(real, tmp_path, form):
    name, make, cause = REFUSED[form]
    with pytest.raises(InvalidTableError) as told:
        table_of(tmp_path, name, make(real))
    assert cause in str(told.value)


@pytest.mark.real_data
def test_the_real_table_with_lines_written_twice_keeps_one_of_each(real, real_table, tmp_path):
    doubled = pd.concat([real, real.iloc[[0, 7, 20_717]]], ignore_index=True)
    good, rejected = table_of(tmp_path, "t.csv", as_csv(doubled))
    pd.testing.assert_frame_equal(good, real_table)
    assert rejected["row"].tolist() == [0, 7, 20_717]
    assert set(rejected["reason"]) == {"a duplicate of an earlier line"}


def cut_places(whole: bytes, places: range) -> list[int]:
    """Those at which a cut leaves a line unfinished that shows it: not in its last cell."""
    return [place for place in places if whole[whole.rfind(b"\n", 0, place) + 1 : place]
            and not _in_last_cell(whole, place)]  # fmt: skip


def _in_last_cell(whole: bytes, place: int) -> bool:
    end = whole.find(b"\n", place)
    return b"," not in whole[place:end] and whole[:place].rpartition(b",")[0].endswith(
        (b"True", b"False", b",")
    )


@pytest.mark.real_data
def test_the_real_table_cut_within_a_line_is_refused(real):
    whole = as_csv(real)
    places = cut_places(whole, range(200_000, len(whole), 1_000_003))
    assert len(places) >= 6
    for place in places:
        with pytest.raises(InvalidTableError, match="is incomplete"):
            read_cells(whole[:place], "t.csv")


def test_a_cut_at_every_place_of_the_last_line_is_noticed_up_to_its_last_cell(small):
    whole = as_csv(small)
    start = whole.rfind(b"\n149,") + 2
    last = whole.rfind(b",")
    assert last > start > 1
    for place in range(start, last + 1):
        with pytest.raises(InvalidTableError, match="is incomplete"):
            read_cells(whole[:place], "t.csv")


def test_a_line_too_short_or_too_long_within_the_table_is_told_with_its_number(small):
    lines = as_csv(small[["", "Artist", "Track"]]).splitlines()
    for damaged in (b"7,x", b"7,x,y,z"):
        content = b"\n".join([*lines[:8], damaged, *lines[8:]])
        with pytest.raises(
            InvalidTableError, match=r"the line that ends at 9 has \d cells, the header"
        ):
            read_cells(content, "t.csv")


def test_a_broken_quote_is_told_with_its_line(small):
    content = as_csv(small).replace(b"\n3,", b'\n3,"x"y,', 1)
    with pytest.raises(InvalidTableError, match=r"line \d+ is damaged .*Download it again"):
        read_cells(content, "t.csv")


def test_a_description_of_megabytes_is_read(small, tmp_path):
    long = small.copy()
    long.loc[3, "Description"] = "x" * 8_000_000
    good, rejected = table_of(tmp_path, "t.csv", as_csv(long))
    assert rejected.empty
    assert good["Description"].str.len()[3] == 8_000_000


def test_a_bomb_is_not_unpacked_whole(small, monkeypatch):
    monkeypatch.setattr("spotyt_dagster.sources.table_file._LARGEST", 1_000)
    for packed in (zipped(as_csv(small)), gzip.compress(as_csv(small))):
        with pytest.raises(InvalidTableError, match="unpacks to more than 1,000 bytes"):
            read_cells(packed, "t.csv")
