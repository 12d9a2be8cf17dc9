"""Which runs still have their process, and what happens to those that have none.

Every process that executes a run locks a file named after it under DAGSTER_HOME, whoever started
it: `spotyt`, `dagster asset materialize`, `dg launch`, the UI. The kernel drops the lock when the
process dies, however it dies, so that a file that can be locked belongs to a dead run. A process id
would prove less: numbers are used again, and each container counts its own.

A run without a file here is not judged: on a shared instance it may be another machine's.
"""

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import dagster as dg
from dagster import DagsterRunStatus
from dagster._utils.interrupts import check_captured_interrupt
from filelock import FileLock, Timeout

from spotyt_dagster.defs.conventions import TRAINING_POOL, pool_of
from spotyt_dagster.sources.entities import services

_FOLDER = "spotyt_runs"
_POOLS = (*(pool_of(service.name) for service in services()), TRAINING_POOL)

#: Seconds between two looks of a run at the pools it waits for.
_INTERVAL = 1.0

#: A file without a note belongs to a process between making and writing it, microseconds; after so
#: many seconds to one that was killed there.
_WRITTEN_AFTER = 60.0

#: The runs of this process with their locks.
_held: dict[str, FileLock] = {}


def hold(instance: dg.DagsterInstance, run_id: str) -> None:
    """Say that this process executes a run, until `let_go` or the process's end.

    The files of finished runs stay: `close_dead_runs` removes them.
    """
    if instance.is_ephemeral or run_id in _held:
        return
    folder = _folder(instance)
    folder.mkdir(exist_ok=True)
    # Another process may look at the file for a moment; from any thread, since a signal's does too.
    lock = FileLock(folder / f"{run_id}.lock", timeout=_WRITTEN_AFTER, thread_local=False)
    lock.acquire()
    Path(lock.lock_file).write_text(f"{_command()}, process {os.getpid()}", encoding="utf-8")
    _held[run_id] = lock


def let_go(run_id: str) -> None:
    """Take `hold` back, once the run has ended."""
    lock = _held.pop(run_id, None)
    if lock is not None:
        Path(lock.lock_file).unlink(missing_ok=True)
        lock.release()


def is_dead(instance: dg.DagsterInstance, run_id: str) -> bool:
    """Whether a run's process is certainly gone."""
    file = _folder(instance) / f"{run_id}.lock"
    if run_id in _held or not file.exists():
        return False
    with _locked(file) as was_free:
        return was_free and _is_judged(file)


def close_dead_runs(instance: dg.DagsterInstance) -> list[str]:
    """Mark runs whose process is gone as failed, and free the pool slots they claim or wait for.

    A SIGKILL leaves a run "started" for ever and its slots taken, so that the next run would wait
    without end, and two such runs fill `max_concurrent_runs`.

    Returns:
        The ids of the runs that were closed.
    """
    closed = []
    if instance.is_ephemeral:
        return closed
    for file in _folder(instance).glob("*.lock"):
        if file.stem in _held:
            continue
        with _locked(file) as was_free:
            if was_free and _is_judged(file):
                if _close(instance, file.stem):
                    closed.append(file.stem)
                file.unlink(missing_ok=True)
    return closed


def cancel_own_runs(instance: dg.DagsterInstance) -> None:
    """Mark the runs of this process as canceled and free their slots: a signal is ending it."""
    for run_id in list(_held):
        run = instance.get_run_by_id(run_id)
        if run is not None and not run.is_finished:
            instance.report_run_canceling(run)
            instance.report_run_canceled(run)
        instance.event_log_storage.free_concurrency_slots_for_run(run_id)


@dataclass(frozen=True)
class Wait:
    """A pool whose slots others have, and who they are."""

    pool: str
    holders: tuple[str, ...]

    def __str__(self) -> str:
        return f"waiting for the pool {self.pool}: {' and '.join(self.holders)}"


def waits_of(instance: dg.DagsterInstance, run_id: str) -> list[Wait]:
    """The pools that a run waits for now."""
    found = []
    for pool in _POOLS:
        info = instance.event_log_storage.get_concurrency_info(pool)
        claimed = {(slot.run_id, slot.step_key) for slot in info.claimed_slots}
        waiting = {(step.run_id, step.step_key) for step in info.pending_steps} - claimed
        others = {run for run, _ in claimed if run != run_id}
        if others and any(run == run_id for run, _ in waiting):
            found.append(Wait(pool, tuple(_describe(instance, run) for run in sorted(others))))
    return found


@contextmanager
def watching_pools(
    instance: dg.DagsterInstance, run_id: str, say: Callable[[str], object]
) -> Iterator[None]:
    """While a run goes on, close dead runs that it would wait for, and say whom it waits for.

    Args:
        instance: Dagster's.
        run_id: of the run that may have to wait.
        say: takes one sentence for each new wait; called in a thread of its own.
    """
    if instance.is_ephemeral:
        yield
        return
    done = threading.Event()

    def watch() -> None:
        said: set[Wait] = set()
        while not done.wait(_INTERVAL):
            # A database that is locked now is not at the next look.
            with suppress(Exception):
                if waits_of(instance, run_id):
                    close_dead_runs(instance)
                    _end_if_interrupted(instance)
                    waits = set(waits_of(instance, run_id))
                    for wait in waits - said:
                        say(str(wait))
                    said = waits

    watcher = threading.Thread(target=watch, name=f"pools of {run_id}", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()


def _end_if_interrupted(instance: dg.DagsterInstance) -> None:
    """End the process of a waiting run that was told to end.

    Dagster's in-process executor notes a signal, or the UI's Terminate, and looks at the note when
    the next step begins: never, while a step waits for a pool.
    """
    if check_captured_interrupt():
        cancel_own_runs(instance)
        os._exit(128 + signal.SIGINT)


def _folder(instance: dg.DagsterInstance) -> Path:
    return Path(instance.root_directory) / _FOLDER


def _close(instance: dg.DagsterInstance, run_id: str) -> bool:
    """Whether there was something to close."""
    run = instance.get_run_by_id(run_id)
    open_still = run is not None and not run.is_finished
    if run is not None and open_still:
        if run.status == DagsterRunStatus.CANCELING:
            instance.report_run_canceled(run, "the process of this run is gone")
        else:
            instance.report_run_failed(run, "the process of this run was killed")
    instance.event_log_storage.free_concurrency_slots_for_run(run_id)
    return open_still


@contextmanager
def _locked(file: Path) -> Iterator[bool]:
    """Whether nobody held the lock; it is ours inside."""
    try:
        with FileLock(file, timeout=0, thread_local=False):
            yield True
    except Timeout:
        yield False


def _is_judged(file: Path) -> bool:
    try:
        facts = file.stat()
    except FileNotFoundError:
        return False
    return facts.st_size > 0 or time.time() - facts.st_mtime > _WRITTEN_AFTER


def _describe(instance: dg.DagsterInstance, run_id: str) -> str:
    file = _folder(instance) / f"{run_id}.lock"
    short = run_id.split("-")[0]
    with suppress(FileNotFoundError):
        return f"run {short} ({file.read_text(encoding='utf-8')}) has it"
    return (
        f"run {short}, started where this DAGSTER_HOME is not, has it (if its process is gone, "
        "terminate it on its page in the UI)"
    )


def _command() -> str:
    return " ".join([Path(sys.argv[0]).name, *sys.argv[1:3]])
