"""What deep estimators share: the cut by artist, the schedules, the curves."""

import multiprocessing
import time
from functools import partial

import joblib
import numpy as np
import pandas as pd
import psutil
import pytest

from spotyt_dagster.learning import deep
from spotyt_dagster.learning.problem import regression_problem
from spotyt_dagster.learning.protocol import all_metrics, evaluate
from spotyt_dagster.learning.regression import tabnet_regressor


def table(artists: int, tracks_an_artist: int = 10) -> tuple[pd.DataFrame, np.ndarray, pd.Series]:
    rows = np.arange(artists * tracks_an_artist) * 3
    X = pd.DataFrame({"a": np.arange(len(rows), dtype=float)}, index=rows)
    names = pd.Series([f"Artist {row // tracks_an_artist}" for row in range(len(rows))], index=rows)
    return X, X["a"].to_numpy() * 2, names


def test_no_artist_is_both_fitted_on_and_stopped_by():
    X, y, artists = table(20)
    parts = deep.early_stopping_parts(X, y, artists, seed=1)
    fitted, stopped = (
        {artists.iloc[int(value)] for value in part[:, 0]} for part in (parts.X, parts.X_valid)
    )
    assert fitted
    assert stopped
    assert not fitted & stopped
    np.testing.assert_array_equal(parts.y, parts.X[:, 0] * 2)


def test_artists_are_looked_up_by_row_so_that_part_of_the_rows_can_be_fitted():
    X, y, artists = table(40)
    some = np.arange(0, len(X), 2)
    shuffled = artists.sample(frac=1, random_state=0)
    by_row = deep.early_stopping_parts(X.iloc[some], y[some], shuffled, seed=1)
    of_those_rows = deep.early_stopping_parts(X.iloc[some], y[some], artists.iloc[some], seed=1)
    np.testing.assert_array_equal(by_row.X_valid, of_those_rows.X_valid)


@pytest.mark.parametrize(
    ("artists", "tracks_an_artist", "message"), [(1, 50, "two artists"), (3, 2, "too few rows")]
)
def test_too_little_to_stop_by_is_said_clearly(artists: int, tracks_an_artist: int, message: str):
    X, y, names = table(artists, tracks_an_artist)
    with pytest.raises(ValueError, match=message):
        deep.early_stopping_parts(X, y, names, seed=1)


def test_gaps_in_the_input_are_refused():
    X, y, artists = table(20)
    X.iloc[0, 0] = np.nan
    with pytest.raises(ValueError, match="impute"):
        deep.early_stopping_parts(X, y, artists, seed=1)


def test_the_cosine_schedule_ends_at_zero_and_an_unknown_one_is_refused():
    import torch

    scheduler, arguments = deep.schedule_of("cosine", epochs=10)
    optimizer = torch.optim.Adam([torch.zeros(1, requires_grad=True)], lr=1.0)
    stepping = scheduler(optimizer, **arguments)
    for _ in range(10):
        optimizer.step()
        stepping.step()
    assert stepping.get_last_lr()[0] == pytest.approx(0, abs=1e-9)
    with pytest.raises(ValueError, match="none of constant, cosine, plateau"):
        deep.schedule_of("linear", epochs=10)  # pyright: ignore[reportArgumentType]


def test_the_curve_marks_the_epoch_of_the_lowest_validation_loss():
    curve = deep.curve_table([3, 2, 1], [3, 1, 2], [0.1, 0.1, 0.1])
    assert curve["epoch"][curve["best"]].tolist() == [2]
    assert tuple(curve.columns) == deep.CURVE_COLUMNS


def test_a_diverged_fit_is_an_error():
    with pytest.raises(ValueError, match="diverged"):
        deep.curve_table([3, np.nan], [3, np.nan], [0.1, 0.1])


def test_evaluations_in_processes_of_their_own_are_those_made_in_turn(
    tracks, settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = tabnet_regressor.recipe({**tabnet_regressor.QUICK, "epochs": 1})
    calls = [
        partial(evaluate, recipe, regression_problem(tracks.head(300)), protocol, settings, model=m)
        for m in ("one", "other")
        for protocol in ("study", "grouped")
    ]
    in_turn = deep.each(calls, table_rows=300)
    monkeypatch.setattr(deep, "FEWEST_ROWS_FOR_WORKERS", 0)
    side_by_side = deep.each(calls, table_rows=300)
    one, other = (
        all_metrics(*evaluations).drop(columns="fit_seconds")
        for evaluations in (in_turn, side_by_side)
    )
    pd.testing.assert_frame_equal(one, other, check_exact=True)
    assert one["model"].unique().tolist() == ["one", "other"]


def test_a_process_that_trained_in_workers_of_its_own_ends_when_it_is_done() -> None:
    """A run that the UI launches, and a step of the multiprocess executor, is such a process: it
    stood for five minutes after its last step, until its idle workers gave up."""
    process = multiprocessing.get_context("spawn").Process(target=_train_in_workers)
    process.start()
    process.join(120)
    ended = process.exitcode
    process.kill()
    assert ended == 0


def _train_in_workers() -> None:
    assert deep.each([partial(int, "1"), partial(int, "2")], deep.FEWEST_ROWS_FOR_WORKERS) == [1, 2]


@pytest.mark.skipif(joblib.cpu_count() < 2, reason="on one core calls run in turn")
def test_workers_end_with_the_process_they_work_for_even_if_it_is_killed() -> None:
    """Two workers of a killed run stood, half a gigabyte each, until someone ended them."""
    process = multiprocessing.get_context("spawn").Process(target=_train_for_minutes)
    process.start()
    workers = _wait_for_workers(psutil.Process(process.pid))
    process.kill()
    process.join()
    _, alive = psutil.wait_procs(workers, timeout=60)
    for worker in alive:
        worker.kill()
    assert workers
    assert not alive


def _train_for_minutes() -> None:
    deep.each([partial(time.sleep, 240), partial(time.sleep, 240)], deep.FEWEST_ROWS_FOR_WORKERS)


def _wait_for_workers(process: psutil.Process) -> list[psutil.Process]:
    for _ in range(600):
        workers = [one for one in process.children() if "popen_loky_posix" in str(one.cmdline())]
        if len(workers) > 1 or not process.is_running():
            return workers
        time.sleep(0.1)
    return []
