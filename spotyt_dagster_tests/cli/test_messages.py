"""Bad input at the command line: one message on one screen, how to fix it, a bad exit code."""

import re
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from spotyt_dagster.cli import main

SCREEN = 24

Spotyt = Callable[..., tuple[int, str]]


@pytest.fixture
def spotyt(
    workplace: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Spotyt:
    """Runs the command line in this process; gives its exit code and all it printed."""
    del workplace

    def call(*arguments: str, **settings: str) -> tuple[int, str]:
        monkeypatch.setattr("sys.argv", ["spotyt", *arguments])
        for name, value in settings.items():
            monkeypatch.setenv(f"SPOTYT_{name.upper()}", value)
        with pytest.raises(SystemExit) as ended:
            main()
        captured = capfd.readouterr()
        return int(ended.value.code or 0), captured.out + captured.err

    return call


def written(path: Path, text: str) -> str:
    path.write_text(text, encoding="utf-8")
    return str(path)


def edited(small_csv: Path, path: Path, **cells: str) -> str:
    frame = pd.read_csv(small_csv, dtype="str", keep_default_na=False)
    for column, value in cells.items():
        frame.loc[3, column] = value
    frame.to_csv(path, index=False)
    return str(path)


def without(small_csv: Path, path: Path, column: str) -> str:
    pd.read_csv(small_csv, dtype="str").drop(columns=column).to_csv(path, index=False)
    return str(path)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda path, _: written(path / "wrong.csv", "a,b\n1,2\n"), ["lacks", "Danceability"]),
        (lambda path, csv: without(csv, path / "short.csv", "Tempo"), ["lacks Tempo"]),
        (
            lambda path, csv: edited(csv, path / "text.csv", Views="Error"),
            ["Views", "row 3", "'Error'", "number"],
        ),
        (lambda path, _: written(path / "empty.csv", ""), ["is empty", "Download it again"]),
        (lambda path, _: str(path / "nowhere.csv"), ["no such file", "sample"]),
        (lambda _, __: "http://127.0.0.1:9/raw.csv", ["cannot be fetched", "network"]),
        (lambda path, _: written(path / "raw.xlsx", "x"), [".csv", ".parquet"]),
        (lambda path, _: written(path / "raw.parquet", "no parquet"), ["cannot be read"]),
    ],
    ids=["wrong", "column", "text", "empty", "absent", "unreachable", "format", "parquet"],
)
def test_a_raw_table_that_cannot_be_used_stops_with_the_mend_and_leaves_nothing(
    spotyt: Spotyt,
    tmp_path: Path,
    small_csv: Path,
    make: Callable[[Path, Path], str],
    words: list[str],
):
    code, told = spotyt("run", raw=make(tmp_path, small_csv))
    assert code == 1
    for word in words:
        assert word in told
    assert len(told.splitlines()) <= SCREEN
    assert "Traceback" not in told
    assert not list((tmp_path / "data").rglob("*.parquet"))


@pytest.mark.parametrize(
    ("setting", "value", "words"),
    [
        ("effort", "huge", ["SPOTYT_EFFORT", "huge", "quick"]),
        ("batch_rows", "none", ["SPOTYT_BATCH_ROWS", "integer"]),
        ("efort", "quick", ["SPOTYT_EFORT", "SPOTYT_EFFORT"]),
        ("crawl_db", "nonsense", ["SPOTYT_CRAWL_DB", "sqlite:///"]),
        ("now", "yesterday", ["SPOTYT_NOW"]),
    ],
)
def test_a_wrong_setting_stops_with_its_name_and_the_mend(
    spotyt: Spotyt, setting: str, value: str, words: list[str]
):
    code, told = spotyt("status", **{setting: value})
    assert code == 2
    for word in words:
        assert word in told
    assert len(told.splitlines()) <= SCREEN
    assert "Traceback" not in told


@pytest.mark.parametrize("command", ["run", "crawl"])
def test_an_executor_that_the_command_line_would_ignore_is_refused(
    spotyt: Spotyt, command: str, workplace: Path
):
    spotyt("run", "--select", "key:tables/baseline_tracks")
    kept = {path: path.stat().st_mtime_ns for path in (workplace / "data").rglob("*.parquet")}
    code, told = spotyt(command, executor="multiprocess")
    assert code == 2
    assert "set SPOTYT_EXECUTOR=in_process" in told.splitlines()[-1]
    assert kept == {path: path.stat().st_mtime_ns for path in kept}


def test_live_without_keys_names_them_before_anything_is_sent(
    spotyt: Spotyt, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.delenv("SPOTYT_NOW")
    code, told = spotyt("run", api="live")
    assert code == 2
    for name in ("YOUTUBE_API_KEY", "SPOTIFY_CLIENT_ID", "SPOTIFY_CLIENT_SECRET"):
        assert f"SPOTYT_{name}" in told
    assert ".env.example" in told


def test_a_simulated_time_does_not_go_with_live(spotyt: Spotyt):
    code, told = spotyt("status", api="live")
    assert code == 2
    assert "SPOTYT_API=sandbox only" in told


def test_a_plan_before_the_ingest_says_what_to_do_first(spotyt: Spotyt):
    code, told = spotyt("crawl", "plan")
    assert code == 2
    assert "spotyt run" in told


def test_a_selection_that_names_nothing_is_told(spotyt: Spotyt):
    code, told = spotyt("run", "--select", "key:regression/olls")
    assert code == 2
    assert "--select" in told
    assert not re.search("Traceback", told)
