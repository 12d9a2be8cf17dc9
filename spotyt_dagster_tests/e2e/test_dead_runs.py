"""A run that was killed holds nothing back, whoever started it: `spotyt`, `dagster` or the UI."""

import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
import pytest
import requests
from dagster import DagsterRunStatus

from spotyt_dagster.defs.conventions import pool_of
from spotyt_dagster.defs.run_liveness import close_dead_runs
from spotyt_dagster_tests.conftest import SMALL_BATCH
from spotyt_dagster_tests.docs.pages import ROOT
from spotyt_dagster_tests.e2e.stalling import stalling
from spotyt_dagster_tests.e2e.test_killed import NOW, run_to_the_end, tables
from spotyt_dagster_tests.e2e.worker import start

YOUTUBE_POOL, SPOTIFY_POOL = pool_of("youtube"), pool_of("spotify")
BATCH = "batch-0001"
CRAWL = ["asset", "materialize", "-m", "spotyt_dagster.definitions"]
CRAWL += ["--select", "key:crawl/youtube_videos", "--partition", BATCH]
LAUNCH = """mutation($params: ExecutionParams!) { launchRun(executionParams: $params) {
  __typename ... on LaunchRunSuccess { run { runId } } ... on PythonError { message } } }"""
LOCATIONS = (
    "{ repositoriesOrError { ... on RepositoryConnection { nodes { name location { name } } } } }"
)
#: Seconds until a machine however loaded must have come this far.
PATIENCE = 120


class Place:
    """A folder with a DAGSTER_HOME of its own, in which runs are started and killed."""

    def __init__(self, folder: Path, small_csv: Path):
        self.folder = folder
        self.home = folder / ".dagster_home"
        self.home.mkdir(parents=True)
        shutil.copy(ROOT / "dagster.yaml", self.home)
        self.settings = {
            "SPOTYT_RAW": str(small_csv),
            "SPOTYT_BATCH_ROWS": str(SMALL_BATCH),
            "SPOTYT_NOW": NOW,
        }

    def environment(self, **settings: str) -> dict[str, str]:
        known = {k: v for k, v in os.environ.items() if not k.startswith("SPOTYT_")}
        return {**known, **self.settings, "DAGSTER_HOME": str(self.home), **settings}

    def run_to_the_end(self) -> float:
        return run_to_the_end(self.folder, self.settings)

    def dagster(self, *arguments: str, **settings: str) -> subprocess.Popen[bytes]:
        with (self.folder / "dagster.txt").open("ab") as log:
            return subprocess.Popen(
                [str(Path(sys.executable).with_name("dagster")), *arguments],
                cwd=self.folder, env=self.environment(**settings), stdout=log, stderr=log,
                start_new_session=True,
            )  # fmt: skip

    @contextmanager
    def instance(self) -> Iterator[dg.DagsterInstance]:
        with dg.DagsterInstance.from_config(str(self.home)) as instance:
            yield instance

    def noted_process(self, run_id: str) -> int:
        """The process that says it executes a run."""
        file = self.home / "spotyt_runs" / f"{run_id}.lock"
        eventually(lambda: file.exists() and "process" in file.read_text())
        return int(file.read_text().rsplit(" ", 1)[1])


def eventually(holds: Callable[[], object]) -> None:
    until = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.05)


def kill(process: subprocess.Popen[bytes]) -> None:
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


class Ui:
    """`dagster dev`, and what its buttons send."""

    def __init__(self, place: Place):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self._url = f"http://127.0.0.1:{port}"
        self._process = place.dagster(
            "dev", "-m", "spotyt_dagster.definitions", "-h", "127.0.0.1", "-p", str(port)
        )

    def __enter__(self) -> "Ui":
        eventually(self._answers)
        (node,) = self._ask(LOCATIONS)["repositoriesOrError"]["nodes"]
        self._repository = {
            "repositoryName": node["name"],
            "repositoryLocationName": node["location"]["name"],
        }
        return self

    def __exit__(self, *_: object) -> None:
        os.killpg(self._process.pid, signal.SIGTERM)
        self._process.wait(60)

    def launch_crawl(self) -> str:
        """What the button Materialize of a batch sends; the id of the run."""
        tags = [{"key": "dagster/partition", "value": BATCH}]
        params = {
            "selector": {**self._repository, "jobName": "crawl"},
            "mode": "default",
            "executionMetadata": {"tags": tags},
            "runConfigData": "{}",
        }
        return self._ask(LAUNCH, params=params)["launchRun"]["run"]["runId"]

    def _answers(self) -> bool:
        try:
            return requests.get(f"{self._url}/server_info", timeout=5).ok
        except requests.ConnectionError:
            return False

    def _ask(self, query: str, **variables: object) -> dict:
        body = {"query": query, "variables": variables}
        answer = requests.post(f"{self._url}/graphql", json=body, timeout=60)
        return answer.json()["data"]


@pytest.fixture
def place(tmp_path: Path, small_csv: Path) -> Place:
    return Place(tmp_path / "place", small_csv)


def claimed(place: Place) -> set[str]:
    """The runs that have a slot of either service's pool."""
    with place.instance() as instance:
        infos = map(instance.event_log_storage.get_concurrency_info, (YOUTUBE_POOL, SPOTIFY_POOL))
        return {slot.run_id for info in infos for slot in info.claimed_slots}


def crawl_until_killed(place: Place, url: str) -> None:
    """A crawl by `dagster`, killed while it waits for an answer with the pool's slot in hand."""
    before = claimed(place)
    process = place.dagster(*CRAWL, SPOTYT_SANDBOX_URL=url)
    eventually(lambda: claimed(place) - before)
    kill(process)


def statuses(place: Place) -> set[DagsterRunStatus]:
    with place.instance() as instance:
        return {run.status for run in instance.get_runs()}


@pytest.mark.slow
def test_a_crawl_step_of_dagster_that_was_killed_gives_its_pool_back(place: Place):
    place.run_to_the_end()
    expected = tables(place.folder)
    with stalling("silent") as service:
        # Another day, or the store would answer.
        place.settings["SPOTYT_NOW"] = "2026-11-26T20:00:00+00:00"
        crawl_until_killed(place, service.url)
        # The second finds the first one's slot, frees it, and is killed with it.
        crawl_until_killed(place, service.url)
    place.settings["SPOTYT_NOW"] = NOW
    place.run_to_the_end()
    assert claimed(place) == set()
    assert statuses(place) == {DagsterRunStatus.SUCCESS, DagsterRunStatus.FAILURE}
    assert tables(place.folder) == expected


@pytest.mark.slow
def test_a_run_that_was_killed_while_it_waited_leaves_no_pending_step(place: Place):
    place.run_to_the_end()
    place.settings["SPOTYT_NOW"] = "2026-11-26T20:00:00+00:00"
    with stalling("silent") as service:
        first = place.dagster(*CRAWL, SPOTYT_SANDBOX_URL=service.url)
        eventually(lambda: claimed(place))
        second = place.dagster(*CRAWL, SPOTYT_SANDBOX_URL=service.url)
        with place.instance() as instance:
            eventually(
                lambda: (
                    len(instance.event_log_storage.get_concurrency_info(YOUTUBE_POOL).pending_steps)
                    > 1
                )
            )
        kill(second)
        kill(first)
    with place.instance() as instance:
        assert len(close_dead_runs(instance)) == 2
        info = instance.event_log_storage.get_concurrency_info(YOUTUBE_POOL)
        assert not info.claimed_slots
        assert not info.pending_steps
        assert close_dead_runs(instance) == []


def test_a_run_of_another_machine_is_not_judged(place: Place):
    with place.instance() as instance:
        run = instance.create_run_for_job(lone_job(), status=DagsterRunStatus.STARTED)
        assert close_dead_runs(instance) == []
        found = instance.get_run_by_id(run.run_id)
        assert found is not None
        assert found.status == DagsterRunStatus.STARTED


def lone_job() -> dg.JobDefinition:
    @dg.op
    def nothing() -> None: ...

    @dg.job
    def lone() -> None:
        nothing()

    return lone


@pytest.mark.slow
def test_the_daemon_closes_a_run_of_the_ui_that_was_killed(place: Place):
    place.run_to_the_end()
    with stalling("silent") as service:
        place.settings |= {
            "SPOTYT_NOW": "2026-11-26T20:00:00+00:00",
            "SPOTYT_SANDBOX_URL": service.url,
        }
        with Ui(place) as ui:
            run_id = ui.launch_crawl()
            process = place.noted_process(run_id)
            eventually(lambda: claimed(place))
            os.kill(process, signal.SIGKILL)
            with place.instance() as instance:
                eventually(lambda: instance.get_run_by_id(run_id).is_finished)  # pyright: ignore[reportOptionalMemberAccess]


def kill_mixed(place: Place, kills: int, seed: int) -> Iterator[tuple[str, float, float, bool]]:
    """Kill runs of all three starters at random moments, each followed by `spotyt run`.

    Yields:
        Who started the run, when it was killed, how long the next `spotyt run` took (s), and
        whether its tables are those of an undisturbed run.
    """
    undisturbed = place.run_to_the_end()
    expected = tables(place.folder)
    moments = random.Random(seed)
    with Ui(place) as ui:
        for number in range(kills):
            starter = ("spotyt", "dagster", "ui")[number % 3]
            moment = moments.uniform(0, undisturbed)
            shutil.rmtree(place.folder / "data")
            if starter != "spotyt":
                ingest = place.dagster(*CRAWL[:4], "--select", "group:ingest")
                assert ingest.wait(PATIENCE) == 0
            if starter == "spotyt":
                process = start(["run", "--select", "group:tables"], place.settings, place.folder)
                time.sleep(moment)
                process.kill()
                process.join(30)
            elif starter == "dagster":
                run = place.dagster(*CRAWL)
                time.sleep(moment)
                kill(run)
            else:
                pid = place.noted_process(ui.launch_crawl())
                time.sleep(moment / 10)
                # It may have come to its end.
                if Path(f"/proc/{pid}").exists():
                    os.kill(pid, signal.SIGKILL)
            seconds = place.run_to_the_end()
            yield starter, moment, seconds, tables(place.folder) == expected


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_after_any_kill_the_next_run_makes_the_undisturbed_tables(place: Place):
    outcomes = list(kill_mixed(place, kills=3, seed=5))
    assert [starter for starter, *_ in outcomes] == ["spotyt", "dagster", "ui"]
    assert all(same for *_, same in outcomes)
    assert not re.search("Traceback", (place.folder / "log.txt").read_text())
