"""A wrong table stops with what is wrong and what was expected; a wrong row is rejected."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from spotyt_dagster.exceptions import InvalidTableError
from spotyt_dagster.sample.tracks import sample_tracks
from spotyt_dagster.tables.schema import AUDIO, COUNTS, FLAGS, RAW_COLUMNS, separate, typed

ROWS = 200


@pytest.fixture(scope="module")
def sample() -> pd.DataFrame:
    return sample_tracks(seed=1, rows=ROWS)


@pytest.fixture
def cells(sample: pd.DataFrame) -> pd.DataFrame:
    """The sample as a CSV brings it: every cell text, empty ones missing."""
    return sample.astype("object").where(sample.notna(), None).map(_as_text)


def _as_text(value: object) -> object:
    return None if value is None else str(value)


def only(sample: pd.DataFrame, column: str, value: Any) -> str:
    """The reason for which the row is rejected that has this value in this column."""
    damaged = sample.copy()
    damaged[column] = damaged[column].astype("object")
    damaged.loc[3, column] = value
    good, rejected = separate(typed(damaged, "x"), "x")
    assert (len(good), rejected["row"].tolist()) == (ROWS - 1, [3])
    return rejected["reason"].item()


def test_the_sample_keeps_to_the_schema(sample):
    good, rejected = separate(sample, "the sample")
    pd.testing.assert_frame_equal(good, sample)
    assert rejected.empty
    assert list(rejected.columns) == [*RAW_COLUMNS, "reason"]


def test_cells_of_text_become_the_same_typed_table(cells, sample):
    pd.testing.assert_frame_equal(typed(cells, "x"), sample)


def test_there_are_the_28_columns_of_kaggles_file():
    assert len(RAW_COLUMNS) == 28
    assert RAW_COLUMNS[0] == "row"
    assert RAW_COLUMNS[-1] == "Stream"


def test_columns_come_in_any_order_and_others_are_left_out(cells, sample):
    shuffled = cells[RAW_COLUMNS[::-1]].assign(extra="x")
    pd.testing.assert_frame_equal(typed(shuffled, "x"), sample)


@pytest.mark.parametrize("name", ["", "Unnamed: 0", "row"])
def test_the_row_number_may_be_the_unnamed_column(cells, sample, name):
    pd.testing.assert_frame_equal(typed(cells.rename(columns={"row": name}), "x"), sample)


@pytest.mark.parametrize(
    "name",
    ["X", "X.1", "...1", "index", "None", "none", "NULL", "Unnamed: 0.1", "_c0", "column00",
     "row_number", "__index_level_0__", "level_0", "V1", "Unnamed 0", "id"],
)  # fmt: skip
def test_programs_give_the_row_number_other_names(cells, sample, name):
    from_9 = cells.assign(row=(cells["row"].astype(int) + 9).astype(str))
    expected = sample.assign(row=sample["row"] + 9)
    pd.testing.assert_frame_equal(typed(from_9.rename(columns={"row": name}), "x"), expected)


def test_of_several_row_numbers_the_one_nearest_to_the_artist_is_the_files_own(cells, sample):
    shuffled = cells.sample(frac=1, random_state=1).rename(columns={"row": "Unnamed: 0"})
    shuffled.insert(0, "Unnamed: 0.1", [str(place) for place in range(ROWS)])
    expected = sample.loc[[int(row) for row in shuffled["Unnamed: 0"]]].reset_index(drop=True)
    pd.testing.assert_frame_equal(typed(shuffled, "x"), expected)


@pytest.mark.parametrize("cell", ["", "first", "7", "-1", "1.5", str(2**63)])
def test_an_index_that_does_not_number_the_rows_is_not_taken_for_one(cells, sample, cell):
    named = cells.rename(columns={"row": "index"})
    named.loc[3, "index"] = cell
    pd.testing.assert_frame_equal(typed(named, "x"), sample)


def test_a_table_without_row_numbers_is_counted_from_0(cells, sample):
    pd.testing.assert_frame_equal(typed(cells.drop(columns="row"), "x"), sample)


def test_a_table_with_both_names_of_the_row_number_keeps_row(cells, sample):
    both = cells.assign(**{"Unnamed: 0": "9"})
    pd.testing.assert_frame_equal(typed(both, "x"), sample)


def test_an_index_that_is_not_from_0_changes_nothing(cells, sample):
    moved = cells.set_index(pd.Index(range(1_000, 1_000 + ROWS)))
    pd.testing.assert_frame_equal(typed(moved, "x"), sample)


@pytest.mark.parametrize("name", RAW_COLUMNS[1:])
def test_a_missing_column_is_named_with_what_is_expected_and_found(cells, name):
    with pytest.raises(InvalidTableError) as told:
        typed(cells.drop(columns=name), "SPOTYT_RAW=x.csv")
    lines = str(told.value).splitlines()
    assert lines[0] == (f"SPOTYT_RAW=x.csv is not the Spotify and Youtube table: it lacks {name}.")
    assert lines[1].startswith("Expected the 28 columns of Kaggle's file: an unnamed row number")
    assert lines[2].startswith("Found: ")
    assert len(lines) == 3


def test_a_column_name_of_a_megabyte_is_shortened(cells):
    with pytest.raises(InvalidTableError) as told:
        typed(cells.drop(columns="Views").assign(**{"x" * 10**6: "1"}), "x")
    assert "xxx… (1,000,000 characters)" in str(told.value)
    assert len(str(told.value)) < 1_500


def test_a_table_without_rows_is_no_table(cells):
    with pytest.raises(InvalidTableError, match=r"right header but no rows\. Download it again"):
        typed(cells.head(0), "x")


@pytest.mark.parametrize(
    ("column", "text", "expected"),
    [
        *((name, "Error", "a number") for name in AUDIO),
        *((name, "1,234", "a whole number") for name in COUNTS),
        *((name, "perhaps", "True or False") for name in FLAGS),
        ("Views", "12.5", "a whole number"),
        ("Tempo", "inf", "a number"),
        ("Tempo", "--", "a number"),
        ("Tempo", " ", "a number"),
        ("row", "first", "a whole number"),
    ],
)
def test_text_where_a_number_belongs_is_told_with_row_and_cell(cells, column, text, expected):
    cells.loc[[7, 9], column] = text
    with pytest.raises(InvalidTableError) as told:
        typed(cells, "x.csv")
    message = str(told.value)
    assert f"  {column}: 2 cells are not {expected}; row " in message
    assert f"has {text!r}" in message
    assert "Leave a cell empty where a value is unknown" in message
    if column != "row":
        assert f"row 7 has {text!r}, row 9 has {text!r}" in message


def test_of_many_bad_cells_the_first_three_are_shown(cells):
    cells["Likes"] = "Error"
    cells["Energy"] = "?"
    with pytest.raises(InvalidTableError) as told:
        typed(cells, "x.csv")
    message = str(told.value)
    assert message.count("'Error'") == 3
    assert f"Energy: {ROWS} cells are not a number" in message
    assert len(message.splitlines()) == 4


def test_an_empty_row_number_is_told(cells):
    cells.loc[3, "row"] = None
    with pytest.raises(InvalidTableError, match="first column must number the rows"):
        typed(cells, "x.csv")


def test_empty_cells_stay_missing_and_are_no_fault(cells):
    cells.loc[3, ["Likes", "Energy", "Licensed", "Description", "Title"]] = None
    good, rejected = separate(typed(cells, "x"), "x")
    assert rejected.empty
    empty = ["Likes", "Energy", "Licensed", "Description", "Title"]
    assert good.loc[[3], empty].isna().all(axis=None)


def test_counts_are_read_exactly_up_to_the_greatest(cells):
    cells.loc[3, "Views"] = "8079649362.0"
    assert typed(cells, "x").loc[3, "Views"] == 8_079_649_362


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        ("Danceability", 1.5, "Danceability = 1.5, expected 0 to 1"),
        ("Valence", -0.1, "Valence = -0.1, expected 0 to 1"),
        ("Key", 13, "Key = 13.0, expected a whole number from -1 to 11"),
        ("Key", 4.5, "Key = 4.5, expected a whole number from -1 to 11"),
        ("Loudness", 40, "Loudness = 40.0, expected -60 to 10 dB"),
        ("Tempo", 2_000, "Tempo = 2000.0, expected 0 to 300 BPM"),
        ("Duration_ms", 0, "Duration_ms = 0.0, expected more than 0"),
        ("Views", -1, "Views = -1, expected 0 or more"),
        ("Album_type", "ep", "Album_type = 'ep', expected album, single or compilation"),
        ("Url_spotify", "x", "Url_spotify = 'x', expected an artist's address on "
         "https://open.spotify.com"),
        ("Uri", "spotify:track:1", "Uri = 'spotify:track:1', expected spotify:track: and an id"),
        ("Url_youtube", "x", "Url_youtube = 'x', expected a video's address on "
         "https://www.youtube.com"),
        ("Artist", None, "Artist is empty"),
        ("Track", None, "Track is empty"),
        ("Uri", None, "Uri is empty"),
        ("Album_type", None, "Album_type is empty"),
    ],
)  # fmt: skip
def test_a_single_bad_row_is_set_apart_with_a_reason_one_can_read(sample, column, value, reason):
    assert only(sample, column, value) == reason


def test_all_faults_of_a_row_are_told(sample):
    damaged = sample.copy()
    damaged.loc[3, ["Energy", "Tempo"]] = [7.0, -1.0]
    _, rejected = separate(damaged, "x")
    assert rejected["reason"].item() == (
        "Energy = 7.0, expected 0 to 1 and Tempo = -1.0, expected 0 to 300 BPM"
    )


def test_rows_of_one_number_are_set_apart_together(sample):
    damaged = sample.copy()
    damaged.loc[3, "row"] = 4
    good, rejected = separate(damaged, "x")
    assert rejected["reason"].tolist() == ["row = 4 stands in several rows"] * 2
    assert len(good) == ROWS - 2


def test_an_official_video_without_an_address_is_set_apart(sample):
    damaged = sample.copy()
    place = int(np.flatnonzero(damaged["official_video"].fillna(False))[0])
    damaged.loc[place, "Url_youtube"] = None
    _, rejected = separate(damaged, "x")
    assert rejected["row"].tolist() == [place]
    assert rejected["reason"].item() == "Url_youtube is empty though official_video is True"


def test_good_rows_and_bad_rows_together_are_all_rows(sample):
    damaged = sample.copy()
    damaged.loc[[3, 50, 120], "Energy"] = 2.0
    good, rejected = separate(damaged, "x")
    assert sorted([*good["row"], *rejected["row"]]) == sample["row"].tolist()
    assert good.index.tolist() == list(range(len(good)))


def test_up_to_five_per_cent_bad_rows_are_set_apart_and_more_stop(sample):
    damaged = sample.copy()
    damaged.loc[: ROWS // 20 - 1, "Energy"] = 2.0
    assert len(separate(damaged, "x")[1]) == ROWS // 20
    damaged.loc[ROWS // 20, "Energy"] = 2.0
    with pytest.raises(InvalidTableError) as told:
        separate(damaged, "x.csv")
    lines = str(told.value).splitlines()
    assert lines[0].startswith("x.csv: 11 of 200 rows are out of range, more than 5%")
    assert lines[2:] == [f"  row {row}: Energy = 2.0, expected 0 to 1" for row in range(5)]


def test_an_entirely_other_table_of_the_same_header_stops_on_one_screen(sample):
    damaged = sample.assign(Energy=9.0, Url_spotify="nowhere", Album_type="ep")
    with pytest.raises(InvalidTableError) as told:
        separate(damaged, "x.csv")
    assert len(str(told.value).splitlines()) < 24


@pytest.mark.parametrize(
    "word",
    ["NA", "na", "N/A", "#N/A", "NaN", "nan", "<NA>", "NULL", "null", "None", "none", r"\N"],
)
def test_a_word_for_a_missing_value_is_one_only_where_it_can_be_no_text(cells, sample, word):
    columns = ["Energy", "Key", "Duration_ms", "Views", "Stream", "Licensed"]
    texts = ["Artist", "Track", "Album", "Title", "Channel", "Description"]
    cells.loc[3, [*columns, *texts]] = word
    expected = sample.copy()
    expected.loc[3, columns] = None
    expected.loc[3, texts] = word
    pd.testing.assert_frame_equal(typed(cells, "x"), expected)


def test_a_row_without_a_video_has_no_title_of_one(cells, sample):
    video = ["Url_youtube", "Title", "Channel", "Views", "Likes", "Comments", "Description",
             "Licensed", "official_video"]  # fmt: skip
    cells.loc[3, video] = "NA"
    expected = sample.copy()
    expected.loc[3, video] = None
    pd.testing.assert_frame_equal(typed(cells, "x"), expected)


def test_a_file_that_leaves_no_cell_empty_says_of_descriptions_too_that_they_are_missing(sample):
    assert sample["Description"].isna().any()
    table = sample.assign(Track=sample["Track"].mask(sample["row"] == 3, "NA"))
    words = table.astype("object").where(table.notna(), "NA").map(str)
    pd.testing.assert_frame_equal(typed(words, "x"), table)


@pytest.mark.parametrize(
    ("true", "false"),
    [("1", "0"), ("1.0", "0.0"), ("t", "f"), ("T", "F"), ("yes", "no"), ("Yes", "No"),
     ("TRUE", "FALSE"), ("y", "n")],
)  # fmt: skip
def test_flags_are_written_in_many_ways(cells, sample, true, false):
    for name in FLAGS:
        cells[name] = cells[name].map({"True": true, "False": false})
    pd.testing.assert_frame_equal(typed(cells, "x"), sample)


@pytest.mark.parametrize("name", COUNTS)
@pytest.mark.parametrize("count", [2**53 + 2, 2**63, 2**64, -(2**63) - 1, 10**300])
def test_a_count_that_no_column_can_hold_rejects_its_row_by_name(sample, name, count):
    damaged = sample.astype({name: "object"})
    damaged.loc[3, name] = str(count)
    good, rejected = separate(damaged, "x")
    assert (len(good), rejected["row"].tolist()) == (ROWS - 1, [3])
    shown = str(count) if count < 10**80 else f"{str(count)[:80]}… (301 characters)"
    assert rejected["reason"].item() == (
        f"{name} = {shown}, expected at most 9,007,199,254,740,992"
    )
    assert rejected[name].isna().all()


def test_a_table_asked_for_whole_does_not_lose_such_a_count(cells):
    cells.loc[3, "Views"] = str(2**63)
    with pytest.raises(InvalidTableError, match="x: Views = 9223372036854775808, expected at most"):
        typed(cells, "x")


def test_of_lines_that_are_alike_one_stays_and_the_others_are_counted(cells, sample):
    doubled = pd.concat([cells, cells.iloc[[3, 5, 3]]], ignore_index=True)
    good, rejected = separate(doubled, "x")
    pd.testing.assert_frame_equal(good, sample)
    assert rejected["row"].tolist() == [3, 5, 3]
    assert set(rejected["reason"]) == {"a duplicate of an earlier line"}


def test_a_table_written_twice_is_one_table_with_and_without_row_numbers(cells, sample):
    for table in (cells, cells.drop(columns="row")):
        good, rejected = separate(pd.concat([table, table], ignore_index=True), "x")
        pd.testing.assert_frame_equal(good, sample)
        assert rejected["row"].tolist() == sample["row"].tolist()


def test_a_bad_line_written_twice_is_one_bad_row_and_one_duplicate(cells):
    cells.loc[3, "Energy"] = "7.5"
    _, rejected = separate(pd.concat([cells, cells.iloc[[3]]], ignore_index=True), "x")
    assert rejected["reason"].tolist() == [
        "Energy = 7.5, expected 0 to 1", "a duplicate of an earlier line",
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["Url_spotify", "Uri", "Url_youtube", "Album_type"])
@pytest.mark.parametrize("end", ["\n", "\r\n", " ", "\u2028"])
def test_a_line_break_after_an_address_rejects_the_row(sample, name, end):
    assert only(sample, name, sample.loc[3, name] + end).startswith(f"{name} = '")


def test_a_cell_of_megabytes_is_shortened_in_every_message(cells, sample):
    reason = only(sample, "Uri", "x" * 8_000_000)
    assert reason == (
        f"Uri = '{'x' * 80}… (8,000,000 characters)', expected spotify:track: and an id"
    )
    cells.loc[3, "Views"] = "x" * 8_000_000
    with pytest.raises(InvalidTableError) as told:
        typed(cells, "x")
    assert "row 3 has 'xxx" in str(told.value)
    assert len(str(told.value)) < 500
