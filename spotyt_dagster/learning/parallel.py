"""Trains in parallel, in processes of their own: for networks, each fit of which has one thread.

What is trained is the callers' business. Folds of scikit-learn's models run in threads instead
(evaluate()'s `fold_threads`).
"""

from __future__ import annotations

import multiprocessing
import os
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from spotyt_dagster.learning.deep import device
from spotyt_dagster.learning.determinism import one_thread

Made = TypeVar("Made")

THREADS = 2
"""Of one model: its folds, or the trees of its forest, are fitted so many at a time."""

FEWEST_ROWS = 5_000
"""Below it the start of the processes, 6 s, costs more than they save."""

MOST_WORKERS = 4  # each holds some 650 MB


def run_parallel(calls: Sequence[Callable[[], Made]], table_rows: int) -> list[Made]:
    """What each of these calls returns, on a CPU several of them at a time.

    One thread a fit makes its result the same everywhere, and torch's generators are a process's
    own: so calls run in processes, which are kept for the next ones. A call draws from generators
    that it seeds itself. With a table of fewer than FEWEST_ROWS, and on a GPU, they run in turn.
    """
    import joblib
    from joblib.externals.loky import get_reusable_executor

    workers = min(joblib.cpu_count(), MOST_WORKERS) if device() == "cpu" else 1
    pool: Any = joblib.Parallel(
        n_jobs=workers if table_rows >= FEWEST_ROWS else 1,
        backend="loky",
        initializer=_end_with,
        initargs=(os.getpid(),),
    )
    made = pool(joblib.delayed(_on_one_thread)(call) for call in calls)
    if multiprocessing.parent_process() is not None:
        # at its end such a process waits for its children, and idle workers stay for five minutes
        get_reusable_executor().shutdown()
    return made


def _end_with(parent: int) -> None:
    """End this worker when its parent does.

    A parent that was killed cannot, and its workers would stand for ever, half a gigabyte each,
    waiting to hand back what nobody reads.
    """

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _on_one_thread(call: Callable[[], Made]) -> Made:
    device()  # determinism.deterministic() seeds torch where it is imported
    with one_thread():
        return call()
