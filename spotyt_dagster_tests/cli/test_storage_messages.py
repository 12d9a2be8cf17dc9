"""What lies on disk and cannot be used: one sentence with the file and what to do, and no more."""

import os
import resource
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from spotyt_dagster.cli import main

Spotyt = Callable[..., tuple[int, str]]

TABLES = ("run", "--select", "group:tables")
LONG_NAME = "x" * 300


@pytest.fixture
def spotyt(
    workplace: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Spotyt:
    """Runs the command line in this process; gives its exit code and its last line."""
    del workplace

    def call(*arguments: str, **variables: str) -> tuple[int, str]:
        monkeypatch.setattr("sys.argv", ["spotyt", *arguments])
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        with pytest.raises(SystemExit) as ended:
            main()
        captured = capfd.readouterr()
        told = captured.out + captured.err
        assert "Traceback" not in told
        return int(ended.value.code or 0), told.strip().splitlines()[-1]

    return call


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 60 KiB, which this system's superuser may make."""
    disk = tmp_path / "disk"
    disk.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=60k", "tmpfs", str(disk)],
        capture_output=True,
        check=False,
    )
    if made.returncode:
        pytest.skip("this user may not mount a small disk")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def test_a_damaged_crawl_database_is_named(spotyt: Spotyt, workplace: Path):
    path = workplace / "data/crawl.db"
    path.parent.mkdir()
    path.write_bytes(b"no database, whatever its name says" * 40)
    code, told = spotyt("status")
    assert (code, told) == (
        2,
        "spotyt: SPOTYT_CRAWL_DB=sqlite:///data/crawl.db: it is damaged, or no database. Put a "
        "copy in its place, or move it away.",
    )
    assert path.read_bytes().startswith(b"no database")


def test_a_crawl_database_that_is_damaged_behind_its_first_page_is_named_by_the_step(
    spotyt: Spotyt, workplace: Path
):
    assert spotyt(*TABLES)[0] == 0
    path = workplace / "data/crawl.db"
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    path.write_bytes(content)
    code, told = spotyt("status")
    assert code == 2
    assert told.startswith("spotyt: SPOTYT_CRAWL_DB=sqlite:///data/crawl.db: it is damaged.")


def test_a_locked_crawl_database_is_named_by_the_step(spotyt: Spotyt, workplace: Path):
    path = workplace / "data/crawl.db"
    url = f"sqlite:///{path}?timeout=0.1"
    assert spotyt("status", SPOTYT_CRAWL_DB=url)[0] == 0
    database = sqlite3.connect(path, isolation_level=None)
    database.execute("BEGIN EXCLUSIVE")
    try:
        code, told = spotyt(*TABLES)
    finally:
        database.close()
    assert code == 1
    assert told.endswith(
        f"SPOTYT_CRAWL_DB={url}: another process has locked it. Wait until that one is done, "
        "or end it."
    )


def test_a_damaged_database_of_dagsters_is_named(spotyt: Spotyt, workplace: Path):
    _, told = spotyt("crawl")
    assert "There are no batches" in told
    home = workplace / ".dagster_home"
    (home / "history/runs.db").write_bytes(b"no database, whatever its name says" * 40)
    for left in (home / "history").glob("runs.db-*"):
        left.unlink()
    code, told = spotyt("crawl")
    assert (code, told) == (
        2,
        f"spotyt: Dagster's database in {home}: it is damaged, or no database. Put a copy in its "
        "place, or move it away.",
    )


@pytest.mark.parametrize(
    "url", ["sqlite://", "sqlite:///:memory:", "sqlite:///file:x?mode=memory&uri=true"]
)
def test_a_ledger_in_memory_is_refused(spotyt: Spotyt, url: str):
    code, told = spotyt("status", SPOTYT_CRAWL_DB=url)
    assert code == 2
    assert f"SPOTYT_CRAWL_DB={url} lies in memory" in told
    assert told.endswith("Give a file, such as sqlite:///data/crawl.db.")


def test_a_relative_dagster_home_is_refused_with_the_absolute_one(spotyt: Spotyt, workplace: Path):
    code, told = spotyt("crawl", DAGSTER_HOME="here")
    assert code == 2
    assert told.endswith(f"is a relative path, which Dagster does not take. Set it to "
                         f"{workplace / 'here'}.")  # fmt: skip
    assert not (workplace / "here").exists()


def test_a_dagster_home_that_is_no_folder_is_refused(spotyt: Spotyt, workplace: Path):
    code, told = spotyt("crawl", DAGSTER_HOME=str(workplace / "none"))
    assert code == 2
    assert f"DAGSTER_HOME={workplace / 'none'} is no folder. Create it (`mkdir -p" in told


@pytest.mark.parametrize(
    ("variable", "value", "command", "code"),
    [
        ("SPOTYT_STORAGE", f"{LONG_NAME}", ("status",), 2),
        ("SPOTYT_STORAGE", f"{LONG_NAME}", TABLES, 1),
        ("SPOTYT_CRAWL_DB", f"sqlite:///{LONG_NAME}/crawl.db", ("status",), 2),
        ("SPOTYT_RAW", f"{LONG_NAME}.csv", TABLES, 1),
        ("DAGSTER_HOME", f"/{LONG_NAME}", ("crawl",), 2),
    ],
)
def test_a_name_that_is_too_long_is_shortened_and_explained(
    spotyt: Spotyt, variable: str, value: str, command: tuple[str, ...], code: int
):
    ended, told = spotyt(*command, **{variable: value})
    assert ended == code
    assert "xxx… (3" in told
    assert told.endswith("a name in this path is longer than the system takes. Choose a shorter "
                         "one.")  # fmt: skip


def test_storage_that_may_not_be_written_to_is_named(spotyt: Spotyt):
    # Not for the superuser either.
    if not Path("/sys/kernel").is_dir():
        pytest.skip("this system has no folder that nobody may write to")
    code, told = spotyt(*TABLES, SPOTYT_STORAGE="/sys/spotyt")
    assert (code, told) == (
        1,
        "failed: raw_tracks: /sys/spotyt: it may not be written to. Change its permissions, or "
        "choose another place.",
    )


def test_a_file_where_the_storage_shall_be_is_named(spotyt: Spotyt, small_csv: Path):
    code, told = spotyt(*TABLES, SPOTYT_STORAGE=str(small_csv))
    assert code == 1
    assert f"{small_csv}/ingest: a file stands where a folder has to be." in told


def test_a_full_disk_is_named_and_leaves_no_part_of_a_file(spotyt: Spotyt, small_disk: Path):
    code, told = spotyt(*TABLES, SPOTYT_STORAGE=str(small_disk / "data"))
    assert (code, told) == (
        1,
        f"failed: raw_tracks: {small_disk}/data/ingest/raw_tracks.parquet: the disk, or the share "
        "of it that is granted, is full. Free some space and run again.",
    )
    assert not [path for path in small_disk.rglob("*") if path.is_file()]


def test_a_full_disk_under_dagster_is_named(spotyt: Spotyt, small_disk: Path):
    code, told = spotyt("crawl", DAGSTER_HOME=str(small_disk))
    assert code == 2
    assert f"{small_disk}: the disk, or the share of it that is granted, is full." in told


def test_a_limit_on_the_size_of_files_counts_as_a_full_disk(workplace: Path):
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, 40_000))

    ended = subprocess.run(
        [sys.executable, "-c", "from spotyt_dagster.cli import main; main()", "status"],
        preexec_fn=limit,
        capture_output=True,
        text=True,
        check=False,
    )
    del workplace
    told = ended.stderr.strip().splitlines()
    assert ended.returncode == 2
    assert "Traceback" not in ended.stderr
    assert "full" in told[-1]


def test_a_damaged_table_is_named(spotyt: Spotyt, workplace: Path):
    path = workplace / "data/ingest/crawl_batches.parquet"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"PAR1 no more of it")
    for command in ("status", "crawl"):
        code, told = spotyt(command)
        assert code == 2
        assert "data/ingest/crawl_batches.parquet is damaged" in told
        assert told.endswith("delete it and materialize ingest/crawl_batches again.")


def test_an_object_store_that_does_not_answer_is_named(spotyt: Spotyt):
    code, told = spotyt(
        "status",
        SPOTYT_STORAGE="s3://bucket/path",
        AWS_ENDPOINT_URL="http://127.0.0.1:9",
        AWS_ACCESS_KEY_ID="a",
        AWS_SECRET_ACCESS_KEY="b",
        AWS_MAX_ATTEMPTS="1",
    )
    assert code == 2
    assert told.startswith("spotyt: SPOTYT_STORAGE cannot be used: Could not connect to the end")
    assert told.endswith("Check its address, the credentials for it, and the network.")


@pytest.mark.parametrize(
    ("encoding", "end"), [("utf-16", ""), ("utf-16-le", ""), ("latin-1", " # é")]
)
def test_an_env_file_that_is_not_in_utf_8_is_named(
    spotyt: Spotyt, workplace: Path, encoding: str, end: str
):
    (workplace / ".env").write_bytes(f"SPOTYT_SEED=7{end}".encode(encoding))
    code, told = spotyt("status")
    assert code == 2
    assert told == (
        f"spotyt: {workplace / '.env'} is not in UTF-8 (editors of Windows may save UTF-16). "
        "Save it as UTF-8."
    )


FIRST_START = """
import sys, time
from pathlib import Path
from spotyt_dagster.cli.run import open_instance
Path(f"ready{sys.argv[1]}").touch()
while len(list(Path().glob("ready*"))) < 3:
    time.sleep(0.001)
with open_instance() as instance:
    instance.get_runs(limit=1)
"""


def test_first_starts_in_one_folder_at_the_same_moment_all_come_through(workplace: Path):
    environment = {name: value for name, value in os.environ.items() if name != "DAGSTER_HOME"}
    started = [
        subprocess.Popen(
            [sys.executable, "-c", FIRST_START, str(number)],
            cwd=workplace,
            env=environment,
            stderr=subprocess.PIPE,
            text=True,
        )
        for number in range(3)
    ]
    ended = [(process.communicate()[1], process.returncode) for process in started]
    assert [code for _, code in ended] == [0, 0, 0], ended
