"""A study's queue: n trials exactly, none twice, the same for any number of workers and kills."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import optuna
import pytest
from optuna.trial import TrialState

from spotyt_dagster.learning.search.study_queue import (
    ERROR,
    INDEX,
    MAX_RETRIES,
    STARTED,
    Attempt,
    finished_trials,
    work_on,
)
from spotyt_dagster_tests.learning.search import bowl

TRIALS, KILLED = 14, 6
ROOT = Path(bowl.__file__).parents[3]


def start(folder: Path, *arguments: Any) -> subprocess.Popen:
    folder.mkdir(exist_ok=True)
    command = [sys.executable, "-m", bowl.__name__, str(folder), *map(str, arguments)]
    return subprocess.Popen(command, cwd=ROOT, env=os.environ)


def begun(folder: Path) -> list[tuple[int, dict[str, Any]]]:
    log = folder / "begun.jsonl"
    return (
        [tuple(json.loads(line)) for line in log.read_text().splitlines()] if log.exists() else []
    )


def outcome(folder: Path) -> list[tuple]:
    trials = finished_trials(bowl.bowl_plan(TRIALS), bowl.store(folder))
    return [
        (trial.user_attrs[INDEX], trial.state, trial.values, trial.params, trial.last_step)
        for trial in trials
    ]


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a study that one worker did without an interruption."""
    folder = tmp_path_factory.mktemp("alone")
    assert start(folder, TRIALS).wait() == 0
    return folder


def test_one_worker_runs_each_trial_once(alone: Path):
    assert [index for index, _ in begun(alone)] == list(range(TRIALS))
    states = Counter(state for _, state, *_ in outcome(alone))
    assert states.total() == TRIALS
    assert states[TrialState.COMPLETE] > 0
    assert states[TrialState.PRUNED] > 0


def test_two_workers_run_each_trial_once_with_the_same_end(alone: Path, tmp_path: Path):
    workers = [start(tmp_path, TRIALS) for _ in range(2)]
    assert [worker.wait() for worker in workers] == [0, 0]
    assert sorted(index for index, _ in begun(tmp_path)) == list(range(TRIALS))
    assert outcome(tmp_path) == outcome(alone)


def test_a_study_killed_in_a_trial_runs_it_again_with_the_same_parameters(
    alone: Path, tmp_path: Path
):
    worker = start(tmp_path, TRIALS, KILLED)
    while KILLED not in (index for index, _ in begun(tmp_path)):
        assert worker.poll() is None
        time.sleep(0.05)
    worker.send_signal(signal.SIGKILL)
    assert worker.wait() == -signal.SIGKILL
    assert start(tmp_path, TRIALS).wait() == 0
    tries = begun(tmp_path)
    assert Counter(index for index, _ in tries) == Counter(range(TRIALS)) + Counter([KILLED])
    first, second = (parameters for index, parameters in tries if index == KILLED)
    assert first == second
    assert outcome(tmp_path) == outcome(alone)


def test_a_finished_study_is_read_and_not_run_again(alone: Path):
    before = begun(alone)
    assert start(alone, TRIALS).wait() == 0
    assert begun(alone) == before


def test_a_study_goes_on_where_a_smaller_one_ended(alone: Path, tmp_path: Path):
    # 8 is a multiple of the round, so the smaller study's trials are those of the larger one
    work_on(bowl.bowl_plan(8), bowl.value, bowl.store(tmp_path))
    work_on(bowl.bowl_plan(TRIALS), bowl.value, bowl.store(tmp_path))
    assert outcome(tmp_path) == outcome(alone)


def test_what_an_objective_raises_is_one_trials_failure(tmp_path: Path):
    def objective(attempt: Attempt) -> float:
        if attempt.index == 1:
            raise ValueError("diverged")
        return 1.0

    plan = bowl.bowl_plan(4)
    work_on(plan, objective, bowl.store(tmp_path))
    trials = finished_trials(plan, bowl.store(tmp_path))
    assert [trial.state.name for trial in trials] == ["COMPLETE", "FAIL", "COMPLETE", "COMPLETE"]
    assert trials[1].user_attrs[ERROR] == "ValueError: diverged"


def test_an_interrupted_trial_is_run_again(tmp_path: Path):
    tries = []

    def objective(attempt: Attempt) -> float:
        tries.append((attempt.index, attempt.parameters))
        if len(tries) == 2:
            raise KeyboardInterrupt
        return 1.0

    plan = bowl.bowl_plan(4)
    with pytest.raises(KeyboardInterrupt):
        work_on(plan, objective, bowl.store(tmp_path))
    work_on(plan, objective, bowl.store(tmp_path))
    assert sorted(index for index, _ in tries) == [0, 1, 1, 2, 3]
    first, second = (parameters for index, parameters in tries if index == 1)
    assert first == second
    assert {trial.state for trial in finished_trials(plan, bowl.store(tmp_path))} == {
        TrialState.COMPLETE
    }


def test_a_worker_killed_between_claim_and_heartbeat_leaves_nothing_running(tmp_path: Path):
    store, plan = bowl.store(tmp_path), bowl.bowl_plan(4)
    work_on(plan, lambda _: 1.0, store)
    study = optuna.load_study(study_name=plan.name, storage=store.database())
    # what such a worker leaves: a trial that is running, of which nothing was noted
    study.add_trial(
        optuna.create_trial(
            state=TrialState.RUNNING,
            params={"x": 0.0, "n": 1, "kind": "flat"},
            distributions=bowl.SPACE,
            user_attrs={INDEX: 3},
        )
    )
    again = []
    work_on(plan, lambda attempt: again.append(attempt.index) or 2.0, store)
    assert again == [3]
    assert finished_trials(plan, store)[3].values == [2.0]


def test_a_trial_that_kills_each_worker_is_given_up(tmp_path: Path):
    def objective(attempt: Attempt) -> float:
        if attempt.index == 2:
            raise KeyboardInterrupt
        return 1.0

    plan, deaths = bowl.bowl_plan(4), 0
    for _ in range(MAX_RETRIES + 2):
        try:
            work_on(plan, objective, bowl.store(tmp_path))
            break
        except KeyboardInterrupt:
            deaths += 1
    assert deaths == MAX_RETRIES + 1
    dead = finished_trials(plan, bowl.store(tmp_path))[2]
    assert dead.state == TrialState.FAIL
    assert dead.user_attrs[STARTED] == dead.number
