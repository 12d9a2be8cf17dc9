"""The order in which the tests are run."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from spotyt_dagster_tests.conftest import slow_first


def collected(*names: str) -> list[Any]:
    """Tests by "file/name", slow where the name begins with "slow"."""
    return [
        SimpleNamespace(
            path=Path(name).parent,
            nodeid=name,
            get_closest_marker=lambda mark, name=name: mark == Path(name).name[:4] or None,
        )
        for name in names
    ]


TESTS = ("a/1", "a/slow1", "b/1", "b/slow1", "b/slow2", "c/1", "c/2", "c/slow1", "d/1", "d/2")


@pytest.mark.parametrize(
    ("workers", "order"),
    [
        (1, "a/slow1 b/slow1 b/slow2 c/slow1 a/1 b/1 c/1 c/2 d/1 d/2"),
        (2, "a/slow1 c/slow1 a/1 b/1 c/1 b/slow1 b/slow2 c/2 d/1 d/2"),
        (3, "a/slow1 a/1 b/1 b/slow1 b/slow2 c/1 c/slow1 c/2 d/1 d/2"),
        (20, "a/slow1 b/slow1 b/slow2 c/slow1 a/1 b/1 c/1 c/2 d/1 d/2"),
    ],
)
def test_each_workers_part_begins_with_slow_tests_and_none_is_lost(
    workers: int, order: str
) -> None:
    ordered = slow_first(collected(*TESTS), workers)
    assert " ".join(item.nodeid for item in ordered) == order
