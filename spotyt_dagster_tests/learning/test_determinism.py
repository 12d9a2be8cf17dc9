"""One thread in every library that is loaded, and no search for libraries before each fit."""

import os
import subprocess
import sys

import pytest
import threadpoolctl

from spotyt_dagster.learning import determinism

#: torch brings an OpenMP of its own, after the first search for libraries.
LOADED_LATER = """
from threadpoolctl import threadpool_info
from spotyt_dagster.learning.determinism import deterministic
with deterministic(0):
    before = {pool["filepath"] for pool in threadpool_info()}
import torch
with deterministic(0):
    pools = threadpool_info()
assert {pool["filepath"] for pool in pools} - before, "torch brings no library"
assert {pool["num_threads"] for pool in pools} == {1}, pools
assert 3 in {pool["num_threads"] for pool in threadpool_info()}
"""


def test_a_library_that_is_loaded_between_two_fits_has_one_thread_too() -> None:
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "3")
    command = [sys.executable, "-c", LOADED_LATER]
    done = subprocess.run(
        command, env=os.environ | threads, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_libraries_are_looked_for_once_while_nothing_is_imported(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with determinism.deterministic(0):
        pass
    searches = []
    search = threadpoolctl.ThreadpoolController.__init__

    def counted(controller: threadpoolctl.ThreadpoolController) -> None:
        searches.append(controller)
        search(controller)

    monkeypatch.setattr(threadpoolctl.ThreadpoolController, "__init__", counted)
    for _ in range(3):
        with determinism.deterministic(0), determinism.one_thread():
            assert {pool["num_threads"] for pool in determinism._thread_pools().info()} == {1}
    assert searches == []
