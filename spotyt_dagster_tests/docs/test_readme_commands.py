"""Runs the README's commands as a newcomer would: a checkout, a shell that knows nothing else."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from spotyt_dagster_tests.docs.pages import README, ROOT, blocks

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

BLOCKS = blocks(README)
#: `make demo` is run by .ci/run, on the whole sample.
DEMO, UI = "make demo", "make ui"
SANDBOX = ".venv/bin/spotyt sandbox serve"
KAGGLE = "SPOTYT_RAW=kaggle .venv/bin/spotyt run"
SERVERS = {UI: "http://127.0.0.1:3000/server_info", SANDBOX: None}


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory, small_csv: Path) -> Path:
    """A copy of the tracked files with this environment beside them, and a small table."""
    home = tmp_path_factory.mktemp("checkout")
    tracked = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    for name in filter(None, tracked.stdout.split("\0")):
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, home / name)
    (home / ".venv").mkdir()
    for part in Path(sys.prefix).iterdir():
        (home / ".venv" / part.name).symlink_to(part)
    # Newer than pyproject.toml: `make` would otherwise install this copy into the environment that
    # runs the tests, which then imports a folder that pytest removes.
    stamp = home / ".venv" / "installed"
    stamp.unlink(missing_ok=True)
    stamp.touch()
    (home / ".dagster_home").mkdir()
    planned = run("make -n ui", home)
    assert planned.returncode == 0, planned.stderr
    assert "pip" not in planned.stdout
    table = home / "path" / "to" / "Spotify_Youtube.csv"
    table.parent.mkdir(parents=True)
    shutil.copy(small_csv, table)
    return home


def clean_shell(home: Path) -> dict[str, str]:
    """What a new shell has, and a small table where a command names none."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home / "nobody"),
        "LANG": "C.UTF-8",
        "SPOTYT_RAW": str(home / "path/to/Spotify_Youtube.csv"),
    }


def run(commands: str, home: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", commands],
        cwd=home, env=clean_shell(home), capture_output=True, text=True, timeout=500, check=False,
    )  # fmt: skip


def lines(block: str) -> list[str]:
    return [line.split(" #")[0].strip() for line in block.splitlines()]


def in_one_shell(block: str) -> str:
    """The commands of a block that end by themselves and need nothing from outside."""
    apart = {DEMO, KAGGLE, *SERVERS}
    return "\n".join(line for line in lines(block) if line not in apart)


def test_the_commands_that_are_run_otherwise_are_in_the_readme():
    assert {DEMO, KAGGLE, *SERVERS} <= {line for block in BLOCKS for line in lines(block)}


@pytest.mark.parametrize(
    "block", [block for block in BLOCKS if in_one_shell(block)], ids=lambda block: lines(block)[0]
)
def test_every_block_runs_in_a_clean_shell(block: str, checkout: Path):
    if "crawl plan" in block:
        run(".venv/bin/spotyt run --select group:tables", checkout)
    done = run(in_one_shell(block), checkout)
    assert done.returncode == 0, done.stdout[-2_000:] + done.stderr[-2_000:]


@contextmanager
def serving(command: str, checkout: Path) -> Iterator[None]:
    """A server of the README's, which must answer, until it is told to end."""
    log = checkout / "server.log"
    with log.open("w") as out:
        server = subprocess.Popen(
            ["bash", "-c", command], cwd=checkout, env=clean_shell(checkout),
            stdout=out, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
    try:
        assert answers(log, SERVERS[command]), log.read_text()
        yield
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(60)


def test_the_sandbox_answers_until_it_is_told_to_end(checkout: Path):
    with serving(SANDBOX, checkout):
        pass


LAUNCH = """
mutation($execution: ExecutionParams!) {
  launchPipelineExecution(executionParams: $execution) {
    __typename
    ... on LaunchRunSuccess { run { runId } }
    ... on PythonError { message }
  }
}"""
STATUS = """
query($id: ID!) { runOrError(runId: $id) { ... on Run { status assets { key { path } } } } }"""


def asked(query: str, **variables: object) -> dict:
    """What the web UI's server answers to a query of the UI's."""
    url = SERVERS[UI].replace("server_info", "graphql")
    answer = requests.post(url, json={"query": query, "variables": variables}, timeout=60).json()
    assert "errors" not in answer, answer
    return answer["data"]


def materialized_in_the_ui(key: dict[str, list[str]]) -> dict:
    """How the run ends that the UI launches for one asset, and which assets it made."""
    chosen = {
        "repositoryLocationName": "spotyt_dagster.definitions",
        "repositoryName": "__repository__",
        "pipelineName": "__ASSET_JOB",
        "assetSelection": [key],
        "assetCheckSelection": [],
    }
    launched = asked(LAUNCH, execution={"selector": chosen, "mode": "default"})
    id_ = launched["launchPipelineExecution"]["run"]["runId"]
    for _ in range(120):
        time.sleep(0.5)
        ended = asked(STATUS, id=id_)["runOrError"]
        if ended["status"] in ("SUCCESS", "FAILURE", "CANCELED"):
            return ended
    raise TimeoutError(f"the run {id_} did not end within a minute")


# One test for all that the UI does: its port is the README's.
def test_the_ui_answers_and_materializes_each_part_of_the_ingest_alone(checkout: Path):
    with serving(UI, checkout):
        for name in ("raw_tracks", "rejected_rows"):
            key = {"path": ["ingest", name]}
            assert materialized_in_the_ui(key) == {"status": "SUCCESS", "assets": [{"key": key}]}


def answers(log: Path, url: str | None) -> bool:
    """Whether the server answers at its address, or at the one that it prints, within a minute."""
    for _ in range(120):
        time.sleep(0.5)
        said = re.search(r"http://127\.0\.0\.1:\d+", log.read_text()) if url is None else None
        address = url or (said[0] if said else None)
        try:
            if address and requests.get(address, timeout=5).status_code < 500:
                return True
        except requests.ConnectionError:
            continue
    return False


@pytest.mark.parametrize(
    "command", [line for block in BLOCKS if "crawl plan" in block for line in lines(block)]
)
def test_real_keys_that_are_missing_are_named_in_one_sentence(command: str, checkout: Path):
    done = run(f"export SPOTYT_API=live\n{command}", checkout)
    assert done.returncode == 2
    (said,) = done.stderr.splitlines()
    assert "SPOTYT_YOUTUBE_API_KEY, SPOTYT_SPOTIFY_CLIENT_ID" in said


def test_a_batch_without_dagster_home_is_refused_in_one_sentence(checkout: Path):
    (one_batch,) = {
        line for block in BLOCKS for line in lines(block) if "--partition batch-0001" in line
    }
    done = run(f'PATH="$PWD/.venv/bin:$PATH"\n{one_batch}', checkout)
    assert done.returncode != 0
    assert "DAGSTER_HOME is not set" in done.stderr
    assert "Traceback" not in done.stderr


def test_kaggle_out_of_reach_is_one_sentence(checkout: Path):
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        proxy = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        done = run(f"export HTTPS_PROXY={proxy} HTTP_PROXY={proxy}\n{KAGGLE}", checkout)
    assert done.returncode != 0
    assert "kaggle" in done.stderr.lower()
    assert "Traceback" not in done.stderr
