"""Runs `spotyt` in a process forked from a prepared one, so that a test can start and kill many.

Importing the product takes seconds; twenty kills would spend minutes on it.
"""

import multiprocessing
import os
import sys
from collections.abc import Mapping
from multiprocessing.process import BaseProcess
from pathlib import Path

#: The product, and what it imports first in a run: together a fifth of a small run's time.
PREPARED = [
    "spotyt_dagster.definitions",
    "spotyt_dagster.cli.commands",
    "spotyt_dagster.learning.evaluation.splits",
    "alembic.command",
    "dagster._core.storage.sqlite_storage",
    "pandera.pandas",
    "scipy.stats",
]


def start(arguments: list[str], settings: Mapping[str, str], folder: Path) -> BaseProcess:
    """Start `spotyt <arguments>` in `folder` with these environment variables."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PREPARED)
    process = context.Process(target=_run, args=(arguments, dict(settings), str(folder)))
    process.start()
    return process


def _run(arguments: list[str], settings: dict[str, str], folder: str) -> None:
    from spotyt_dagster.cli import main

    os.chdir(folder)
    for name in [name for name in os.environ if name.startswith("SPOTYT_")]:
        del os.environ[name]
    os.environ.pop("DAGSTER_HOME", None)
    os.environ.update(settings)
    log = os.open("log.txt", os.O_CREAT | os.O_WRONLY | os.O_APPEND)
    os.dup2(log, 1)
    os.dup2(log, 2)
    sys.argv = ["spotyt", *arguments]
    main()
