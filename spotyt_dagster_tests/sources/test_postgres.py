"""The ledger and the answers kept in a real PostgreSQL, as they are in SQLite."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy

from spotyt_dagster_tests.sources.test_crawl_store import (
    test_a_crash_between_call_and_answer_loses_no_more_than_that_call,
    test_a_crawl_that_was_not_finished_still_holds_what_it_read_days_ago,
    test_an_answer_comes_back_as_it_was_given,
    test_an_answer_of_the_same_day_is_replaced_by_a_newer_one,
    test_answers_are_deleted_before_they_are_thirty_days_old,
    test_live_and_sandbox_share_nothing_of_one_database,
    test_many_ids_are_looked_up_in_parts,
)
from spotyt_dagster_tests.sources.test_ledger import (
    test_a_service_that_wants_to_be_left_alone_is_left_alone_by_the_next_process_too,
    test_after_the_reset_all_units_are_there_again,
    test_processes_at_once_never_pass_the_limit_together,
    test_units_are_counted_down_to_the_limit_and_not_beyond,
)

__all__ = [
    "test_a_crash_between_call_and_answer_loses_no_more_than_that_call",
    "test_a_crawl_that_was_not_finished_still_holds_what_it_read_days_ago",
    "test_a_service_that_wants_to_be_left_alone_is_left_alone_by_the_next_process_too",
    "test_after_the_reset_all_units_are_there_again",
    "test_an_answer_comes_back_as_it_was_given",
    "test_an_answer_of_the_same_day_is_replaced_by_a_newer_one",
    "test_answers_are_deleted_before_they_are_thirty_days_old",
    "test_live_and_sandbox_share_nothing_of_one_database",
    "test_many_ids_are_looked_up_in_parts",
    "test_processes_at_once_never_pass_the_limit_together",
    "test_units_are_counted_down_to_the_limit_and_not_beyond",
]


def program(name: str) -> str:
    """Path of a program of PostgreSQL's server, which Debian keeps out of the PATH."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    found = shutil.which(name) or next(
        (shutil.which(name, path=str(path)) for path in debian), None
    )
    return found or pytest.skip(f"there is no PostgreSQL server here: no {name}")


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The URL of a server of this module's own, on loopback, with nothing in it."""
    with tempfile.TemporaryDirectory(prefix="postgres-") as folder:
        # the server refuses to run as root, as tests in a container do
        as_whom: dict[str, Any] = {}
        if os.getuid() == 0:
            nobody = pwd.getpwnam("nobody")
            os.chown(folder, nobody.pw_uid, nobody.pw_gid)
            as_whom = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        initdb = [program("initdb"), "-D", f"{folder}/data", "-U", "me", "-A", "trust", "-N"]
        subprocess.run(initdb, check=True, capture_output=True, cwd=folder, **as_whom)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        options = f"-c listen_addresses=127.0.0.1 -p {port} -k {folder} -c fsync=off"
        control = [program("pg_ctl"), "-D", f"{folder}/data", "-l", f"{folder}/log", "-w"]
        subprocess.run(
            [*control, "-o", options, "start"],
            check=True, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **as_whom,
        )  # fmt: skip
        yield f"postgresql+psycopg://me@127.0.0.1:{port}"
        subprocess.run(
            [*control, "-m", "fast", "stop"], check=True, capture_output=True, cwd=folder, **as_whom
        )


@pytest.fixture
def url(server: str) -> str:
    """An empty database."""
    name = f"crawl_{uuid.uuid4().hex}"
    engine = sqlalchemy.create_engine(f"{server}/postgres", isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sqlalchemy.text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return f"{server}/{name}"
