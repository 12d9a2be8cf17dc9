"""What all tests share: an environment without settings, small and real tables, a workplace."""

import os
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from spotyt_dagster.sample.tracks import write_sample_csv
from spotyt_dagster.settings import PREFIX, Settings

#: Enough tracks for three batches of 120 official ones, few enough for a second's crawl.
SMALL_ROWS, SMALL_BATCH = 400, 120


#: Variable with the path of Kaggle's real table.
REAL_CSV = f"{PREFIX}REAL_CSV"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Let each worker begin with slow tests: one at the end leaves the others without work.

    pytest-xdist cuts the order into one run a worker, from whose ends the others then steal. Slow
    tests of one file stay together, for they share what is costly to set up.
    """
    workers = getattr(config, "workerinput", {}).get("workercount", 1)
    items[:] = slow_first(items, workers)


def slow_first(items: list[pytest.Item], workers: int) -> list[pytest.Item]:
    """The tests, slow ones first in each of as many equal parts as there are workers."""
    slow: dict[Path, list[pytest.Item]] = {}
    quick = []
    for item in items:
        if item.get_closest_marker("slow"):
            slow.setdefault(item.path, []).append(item)
        else:
            quick.append(item)
    files = list(slow.values())
    ordered: list[pytest.Item] = []
    for worker in range(workers):
        share = [item for file in files[worker::workers] for item in file]
        end = len(items) * (worker + 1) // workers
        quick_ones = max(0, end - len(ordered) - len(share))
        ordered += share + quick[:quick_ones]
        quick = quick[quick_ones:]
    return ordered + quick


@pytest.fixture(autouse=True)
def _no_settings_of_the_developer(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith(PREFIX) and name != REAL_CSV:
            monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def real_csv() -> str:
    """The path of Kaggle's real table; without one the tests of it are skipped."""
    path = os.environ.get(REAL_CSV)
    if not path:
        pytest.skip(f"{REAL_CSV} is not set: the real Kaggle file is needed")
    return path


@pytest.fixture(scope="session")
def small_csv(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A synthetic raw table of `SMALL_ROWS` rows as a CSV of Kaggle's shape."""
    path = tmp_path_factory.mktemp("raw") / "small.csv"
    write_sample_csv(path, seed=7, rows=SMALL_ROWS)
    return path


@pytest.fixture
def workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, small_csv: Path) -> Path:
    """An empty folder that is the current one, with settings for a small, quick world."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    monkeypatch.setenv("SPOTYT_RAW", str(small_csv))
    monkeypatch.setenv("SPOTYT_BATCH_ROWS", str(SMALL_BATCH))
    monkeypatch.setenv("SPOTYT_NOW", "2026-11-25T20:00:00+00:00")
    return tmp_path


@pytest.fixture
def settings(tmp_path: Path, small_csv: Path) -> Settings:
    """The same as a Settings object, for tests that build definitions themselves."""
    return Settings.model_validate(
        {
            "raw": str(small_csv),
            "batch_rows": SMALL_BATCH,
            "storage": str(tmp_path / "data"),
            "crawl_db": f"sqlite:///{tmp_path}/crawl.db",
            "now": "2026-11-25T20:00:00+00:00",
        }
    )


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    """A Dagster instance of this test's own."""
    with dg.DagsterInstance.ephemeral() as one:
        yield one
