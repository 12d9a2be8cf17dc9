"""Training in parallel: the same results, and no process left behind."""

import multiprocessing
import time
from functools import partial

import joblib
import pandas as pd
import psutil
import pytest

from spotyt_dagster.learning import parallel
from spotyt_dagster.learning.evaluation.evaluate import (
    all_metrics,
    evaluate,
)
from spotyt_dagster.learning.evaluation.task import regression_problem
from spotyt_dagster.learning.regression import tabnet_regressor


def test_evaluations_in_processes_of_their_own_are_those_made_in_turn(
    tracks, settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    tabnet = tabnet_regressor.estimator(settings).set_params(model__max_epochs=1)
    calls = [
        partial(evaluate, tabnet, regression_problem(tracks.head(300)), protocol, settings, model=m)
        for m in ("one", "other")
        for protocol in ("study", "grouped")
    ]
    in_turn = parallel.run_parallel(calls, table_rows=300)
    monkeypatch.setattr(parallel, "FEWEST_ROWS", 0)
    evaluate_both = parallel.run_parallel(calls, table_rows=300)
    one, other = (
        all_metrics(*evaluations).drop(columns="fit_seconds")
        for evaluations in (in_turn, evaluate_both)
    )
    pd.testing.assert_frame_equal(one, other, check_exact=True)
    assert one["model"].unique().tolist() == ["one", "other"]


@pytest.mark.parametrize("number", ["2", "none"], ids=["trained", "failed"])
def test_a_process_that_trained_in_workers_of_its_own_ends_when_it_is_done(number: str) -> None:
    """A run that the UI launches, and a step of the multiprocess executor, is such a process: it
    stood for five minutes after its last step, until its idle workers gave up."""
    context = multiprocessing.get_context("spawn")
    process = context.Process(target=_train_in_workers, args=(number,))
    process.start()
    process.join(120)
    ended = process.exitcode
    process.kill()
    assert ended == 0


def _train_in_workers(number: str) -> None:
    calls = [partial(int, "1"), partial(int, number)]
    if number.isdigit():
        assert parallel.run_parallel(calls, parallel.FEWEST_ROWS) == [1, int(number)]
    else:
        with pytest.raises(ValueError, match="invalid literal"):
            parallel.run_parallel(calls, parallel.FEWEST_ROWS)


@pytest.mark.skipif(joblib.cpu_count() < 2, reason="on one core calls run in turn")
def test_workers_end_with_the_process_they_work_for_even_if_it_is_killed() -> None:
    """Two workers of a killed run stood, half a gigabyte each, until someone ended them."""
    process = multiprocessing.get_context("spawn").Process(target=_train_for_minutes)
    process.start()
    started = _wait_for_workers(psutil.Process(process.pid))
    process.kill()
    process.join()
    _, alive = psutil.wait_procs(started, timeout=60)
    for worker in alive:
        worker.kill()
    assert started
    assert not alive


def _train_for_minutes() -> None:
    parallel.run_parallel(
        [partial(time.sleep, 240), partial(time.sleep, 240)], parallel.FEWEST_ROWS
    )


def _wait_for_workers(process: psutil.Process) -> list[psutil.Process]:
    for _ in range(600):
        started = [one for one in process.children() if "popen_loky_posix" in str(one.cmdline())]
        if len(started) > 1 or not process.is_running():
            return started
        time.sleep(0.1)
    return []
