"""The one place that makes a fit independent of cores, of asset order and of leftover state."""

import os
import random
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import lru_cache

import numpy as np
from threadpoolctl import ThreadpoolController


@contextmanager
def deterministic(seed: int) -> Iterator[None]:
    """Run the body with one BLAS/OpenMP/torch thread and freshly seeded global generators.

    Sums over threads differ in their last bits with the number of threads, so the number is
    fixed at 1. Libraries that draw from Python's, NumPy's or torch's global generator draw the
    same numbers each time, and the caller's generators are as before afterwards. torch is
    touched only when it is already imported: import it before the body, as model modules do by
    building their estimator first.
    """
    _load_libraries()
    with ExitStack() as stack:
        stack.enter_context(_thread_pools().limit(limits=1))
        stack.enter_context(_python_and_numpy_seeded(seed))
        if "torch" in sys.modules:
            stack.enter_context(_torch_pinned(seed))
        yield


@contextmanager
def one_thread() -> Iterator[None]:
    """The thread part of deterministic(), for worker threads inside its body.

    libgomp keeps its limit by thread, so a worker does not inherit the one set by deterministic().
    """
    _load_libraries()
    with _thread_pools().limit(limits=1):
        yield


def _load_libraries() -> None:
    """Load the BLAS and OpenMP that fits use: what is loaded later keeps all its threads."""
    import sklearn  # noqa: F401


def _thread_pools() -> ThreadpoolController:
    """The thread pools of all libraries loaded by now.

    Looking for them reads the process's map, 5 ms, and there is a fit every few milliseconds. Only
    an import loads a library, so they are looked for again when there are other modules.
    """
    return _thread_pools_of(len(sys.modules))


@lru_cache(maxsize=1)
def _thread_pools_of(_modules: int) -> ThreadpoolController:
    return ThreadpoolController()


def set_single_job(estimator) -> None:
    """Set every n_jobs of a fitted estimator to 1.

    Forests add up their trees' votes in the order threads finish, which moves the last bits of a
    probability from run to run; fitting in parallel has no such sum and may keep its n_jobs.
    """
    names = [name for name in estimator.get_params() if name.split("__")[-1] == "n_jobs"]
    estimator.set_params(**dict.fromkeys(names, 1))


@contextmanager
def _python_and_numpy_seeded(seed: int) -> Iterator[None]:
    # numpy's global generator is what libraries that are given no seed draw from
    python_state, numpy_state = random.getstate(), np.random.get_state()  # noqa: NPY002
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002
    try:
        yield
    finally:
        random.setstate(python_state)
        np.random.set_state(numpy_state)  # noqa: NPY002


@contextmanager
def _torch_pinned(seed: int) -> Iterator[None]:
    import torch

    # cuBLAS is deterministic only with this workspace, and only if set before its first call
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    threads = torch.get_num_threads()
    deterministic = torch.are_deterministic_algorithms_enabled()
    with torch.random.fork_rng():
        torch.set_num_threads(1)
        torch.use_deterministic_algorithms(True)
        torch.manual_seed(seed)
        try:
            yield
        finally:
            torch.set_num_threads(threads)
            torch.use_deterministic_algorithms(deterministic)
