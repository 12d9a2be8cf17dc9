"""The raw table from every kind of source, and from none: one message that says how to fix it."""

import csv
import gzip
from pathlib import Path

import pandas as pd
import pytest

from spotyt_dagster.exceptions import (
    InvalidTableError,
    SettingsError,
    SourceUnavailableError,
)
from spotyt_dagster.sample.tracks import sample_tracks, write_sample_csv
from spotyt_dagster.sources.raw_table import (
    KAGGLES_ROWS,
    read_raw,
    read_tracks,
)
from spotyt_dagster.tables.official import official_tracks
from spotyt_dagster.tables.schema import RAW_COLUMNS
from spotyt_dagster_tests.sources.fake_server import Reply, Scripted

#: Where kagglehub looks when KAGGLE_API_ENVIRONMENT is TEST.
KAGGLES_TEST_PORT = 7777


@pytest.fixture(scope="module")
def sample() -> pd.DataFrame:
    return sample_tracks(seed=3, rows=120)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The sample as Kaggle would write it."""
    path = tmp_path / "tracks.csv"
    write_sample_csv(path, seed=3, rows=120)
    return path


@pytest.fixture
def written(tmp_path: Path):
    """Writes bytes or text to a file of that name."""

    def write(name: str, content: bytes | str) -> str:
        place = tmp_path / name
        place.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(place)

    return write


def as_pandas_reads_it(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, keep_default_na=False, na_values=[""])


def refusal(source: str) -> str:
    """What a person is told about a source that holds no table."""
    with pytest.raises((InvalidTableError, SourceUnavailableError, SettingsError)) as told:
        read_tracks(source, 1)
    message = str(told.value)
    assert len(message.splitlines()) <= 12
    assert "Traceback" not in message
    return message


def test_the_sample_is_made_by_seed_and_needs_nothing():
    table, kind = read_raw("sample", 5)
    assert (kind, len(table)) == ("sample", 20_718)
    pd.testing.assert_frame_equal(table, sample_tracks(5))


def test_every_row_says_where_it_came_from(path, sample):
    good, rejected = read_tracks(str(path), 1)
    assert set(good["raw_source"]) == {"file"}
    assert list(good.columns) == [*RAW_COLUMNS, "raw_source"]
    assert list(rejected.columns) == [*RAW_COLUMNS, "reason", "raw_source"]
    assert len(good) == len(sample)


@pytest.mark.parametrize("form", [".csv", ".csv.gz", ".parquet", ".CSV", " raw.parquet"])
def test_each_form_of_file_gives_the_same_table(path, written, sample, form):
    if form == ".csv.gz":
        source = written("t.csv.gz", gzip.compress(path.read_bytes()))
    elif form == ".parquet":
        source = str(path.with_suffix(".parquet"))
        sample.to_parquet(source)
    elif form == " raw.parquet":  # as pandas writes the CSV it has read
        source = str(path.with_suffix(".parquet"))
        as_pandas_reads_it(path).to_parquet(source)
    else:
        source = written(f"t{form}", path.read_bytes())
    table, kind = read_raw(source, 1)
    assert kind == "file"
    pd.testing.assert_frame_equal(table, sample)


def test_a_home_folder_may_be_written_as_a_tilde(path, monkeypatch):
    monkeypatch.setenv("HOME", str(path.parent))
    assert len(read_raw("~/tracks.csv", 1)[0]) == 120


def test_quotes_emoji_and_line_breaks_survive(path, sample):
    table, _ = read_raw(str(path), 1)
    texts = ["Artist", "Track", "Album", "Title", "Channel", "Description"]
    pd.testing.assert_frame_equal(table[texts], sample[texts])
    assert table["Description"].str.contains("\n", regex=False).any()


@pytest.mark.parametrize("name", ["None", "NA", "null", "nan", "N/A", "True", "-", "007", "1e5"])
def test_a_track_may_have_any_name(path, name):
    rows = list(csv.reader(path.open(encoding="utf-8", newline="")))
    at = rows[0].index("Track")
    rows[4][at] = name
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    good, rejected = read_tracks(str(path), 1)
    assert good["Track"][3] == name
    assert rejected.empty


def test_single_bad_rows_are_set_apart_with_the_reason(path):
    frame = pd.read_csv(path, dtype="str", keep_default_na=False)
    frame.loc[3, "Energy"] = "7.5"
    frame.to_csv(path, index=False)
    good, rejected = read_tracks(str(path), 1)
    assert len(good) == 119
    assert rejected["row"].tolist() == [3]
    assert rejected["reason"].tolist() == ["Energy = 7.5, expected 0 to 1"]


def test_a_file_that_pandas_has_saved_with_its_index_is_read_all_the_same(path, sample):
    as_pandas_reads_it(path).to_csv(path)  # a second unnamed column in front of the first
    table, _ = read_raw(str(path), 1)
    pd.testing.assert_frame_equal(table, sample)


def test_a_table_without_an_official_track_is_told(path):
    frame = pd.read_csv(path, dtype="str", keep_default_na=False).assign(official_video="False")
    frame.to_csv(path, index=False)
    assert "official_video is True in none of its 120 good rows" in refusal(str(path))


def test_no_file_of_that_name_is_told_with_the_other_ways(tmp_path):
    told = refusal(str(tmp_path / "none.csv"))
    assert "none.csv: there is no such file" in told
    assert "`kaggle`" in told
    assert "`sample`" in told


def test_a_folder_is_no_file(tmp_path):
    (tmp_path / "folder.csv").mkdir()
    assert "no such file" in refusal(str(tmp_path / "folder.csv"))


@pytest.mark.parametrize("source", ["Sample", "table.xlsx", "ftp://host/x.csv", "", "csv"])
def test_a_name_that_says_nothing_is_told_with_the_forms(source):
    told = refusal(source)
    assert "SPOTYT_RAW=" in told


@pytest.mark.parametrize("name", ["e.csv", "e.csv.gz", "e.parquet"])
def test_an_empty_file_is_told(written, name):
    told = refusal(written(name, b""))
    assert name in told
    assert "is empty. Download it again." in told


def test_a_header_alone_is_told(written, path):
    header = path.read_text(encoding="utf-8").splitlines()[0]
    assert "no rows" in refusal(written("h.csv", header + "\n"))


def test_another_table_is_told_with_the_columns_it_lacks_and_has(written):
    told = refusal(written("o.csv", "name,price\nbread,3\n"))
    assert "lacks Artist, Url_spotify" in told
    assert "Found: name, price" in told


def test_a_web_page_instead_of_the_table_is_told(written):
    page = "<!DOCTYPE html>\n<html><head><title>Log in, please</title></head></html>\n"
    assert "is not the Spotify and Youtube table" in refusal(written("p.csv", page))


def test_text_in_a_numeric_column_is_told_with_the_first_bad_rows(path):
    frame = pd.read_csv(path, dtype="str", keep_default_na=False)
    frame.loc[[3, 8], "Views"] = "Error"
    frame.to_csv(path, index=False)
    told = refusal(str(path))
    assert "Views: 2 cells are not a whole number; row 3 has 'Error', row 8 has 'Error'" in told
    assert str(path) in told


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("b.csv", "a,b\n1,2\n1,2,3\n"),
        ("b.csv", b"a,b\n\xff\xfe,2\n"),
        ("b.csv", 'a,b\n"open quote,2\n'),
        ("b.csv.gz", b"\x1f\x8b no more of it"),
        ("b.parquet", b"PAR1 no more of it"),
        ("b.csv", b"\x00\x01\x02\x03"),
    ],
    ids=["ragged", "not UTF-8", "open quote", "cut gzip", "cut parquet", "binary"],
)
def test_a_damaged_file_is_told(written, name, content):
    told = refusal(written(name, content))
    assert name in told


def test_a_download_that_broke_off_is_told(path, written):
    whole = gzip.compress(path.read_bytes())
    told = refusal(written("cut.csv.gz", whole[: len(whole) // 2]))
    assert "cut.csv.gz cannot be unpacked" in told
    assert "its download broke off. Download it again." in told


def test_gzip_is_told_by_its_content_and_not_by_the_name(path, written, sample):
    named_gz = written("plain.csv.gz", path.read_bytes())
    named_plain = written("packed.csv", gzip.compress(path.read_bytes()))
    for source in (named_gz, named_plain):
        pd.testing.assert_frame_equal(read_raw(source, 1)[0], sample)


@pytest.mark.parametrize("name", ["t.csv", "t.csv.gz", "t.parquet", "t.csv?signature=abc"])
def test_an_address_is_fetched(path, sample, scripted, name):
    content = path.read_bytes()
    if ".gz" in name:
        content = gzip.compress(content)
    if "parquet" in name:
        sample.to_parquet(path)
        content = path.read_bytes()
    scripted.script = [Reply(content)]
    table, kind = read_raw(f"{scripted.url}/{name}", 1)
    assert kind == "file"
    pd.testing.assert_frame_equal(table, sample)


def test_a_server_that_unpacks_gzip_on_the_way_does_no_harm(path, sample, scripted):
    packed = gzip.compress(path.read_bytes())
    scripted.script = [Reply(packed, headers={"Content-Encoding": "gzip"})]
    pd.testing.assert_frame_equal(read_raw(f"{scripted.url}/t.csv.gz", 1)[0], sample)


def test_a_server_that_refuses_is_told_with_its_status_and_the_mend(scripted):
    scripted.script = [Reply("gone", 404)]
    told = refusal(f"{scripted.url}/t.csv")
    assert "404" in told
    assert "download the file by hand" in told


def test_an_address_where_nobody_answers_is_told():
    with Scripted() as gone:
        url = gone.url
    told = refusal(f"{url}/t.csv")
    assert f"{url}/t.csv cannot be fetched (ConnectionError" in told
    assert "Check the address and the network" in told


def test_a_file_that_cannot_be_read_is_told(tmp_path):
    unreadable = Path("/proc/self/mem")  # also for the superuser, who may read every other file
    if not unreadable.exists():
        pytest.skip("this system has no file that nobody can read")
    (tmp_path / "t.csv").symlink_to(unreadable)
    assert "t.csv cannot be read (Input/output error)" in refusal(str(tmp_path / "t.csv"))


def test_a_signature_in_an_address_is_not_shown(scripted):
    scripted.script = [Reply("no", 403)]
    address = scripted.url.replace("http://", "http://me:word@")
    told = refusal(f"{address}/t.csv?signature=abc")
    assert "/t.csv" in told
    assert "abc" not in told
    assert "word" not in told


@pytest.fixture
def kaggle(tmp_path, monkeypatch):
    """kagglehub itself, with a cache and no credentials of its own, sent to a loopback port."""
    monkeypatch.setenv("KAGGLEHUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("KAGGLE_CONFIG_DIR", str(tmp_path))
    monkeypatch.setenv("KAGGLE_API_ENVIRONMENT", "TEST")
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("KAGGLE_API_TOKEN", "KAGGLE_USERNAME", "KAGGLE_KEY"):
        monkeypatch.delenv(name, raising=False)
    try:
        with Scripted(port=KAGGLES_TEST_PORT) as server:
            yield server
    except OSError:
        pytest.skip(f"port {KAGGLES_TEST_PORT}, where kagglehub looks in tests, is taken")


def kaggles_answers(content: bytes) -> list[Reply]:
    return [
        Reply({"currentVersionNumber": 2}, headers={"Content-Type": "application/json"}),
        Reply(content, headers={"Content-Type": "text/csv"}),
    ]


def test_kaggles_table_is_downloaded_without_an_account(kaggle, path):
    write_sample_csv(path, seed=3, rows=KAGGLES_ROWS)
    kaggle.script = kaggles_answers(path.read_bytes())
    good, rejected = read_tracks("kaggle", 1)
    assert set(good["raw_source"]) == {"kaggle"}
    assert rejected.empty
    pd.testing.assert_frame_equal(good[RAW_COLUMNS], sample_tracks(3))
    assert "Authorization" not in kaggle.asked[0].headers


def test_a_download_of_kaggles_that_broke_off_between_two_lines_is_told(kaggle, path):
    kaggle.script = kaggles_answers(path.read_bytes())
    told = refusal("kaggle")
    assert "has 120 rows of 20,718, so its download broke off. Delete it and run again." in told


def test_kaggle_out_of_reach_is_told_with_the_mend(kaggle):
    kaggle.script = [Reply({"code": 404, "message": "Not found"}, 404)] * 5
    told = refusal("kaggle")
    assert "salvatorerastelli/spotify-and-youtube cannot be downloaded" in told
    assert "by hand and set SPOTYT_RAW to its path" in told


@pytest.mark.real_data
def test_the_real_file_is_read_whole(real_csv):
    good, rejected = read_tracks(real_csv, 1)
    assert len(good) == 20_718
    assert rejected.empty
    assert good["official_video"].value_counts(dropna=False).to_dict() == {
        True: 15_723, False: 4_525, pd.NA: 470,
    }  # fmt: skip
    assert len(official_tracks(good)) == 15_723


def test_kaggles_download_gets_no_credentials_of_the_netrc(kaggle, path, tmp_path):
    (tmp_path / ".netrc").write_text("default login me password word\n")
    write_sample_csv(path, seed=3, rows=KAGGLES_ROWS)
    kaggle.script = kaggles_answers(path.read_bytes())
    read_raw("kaggle", 1)
    assert [one.headers.get("Authorization") for one in kaggle.asked] == [None, None]
