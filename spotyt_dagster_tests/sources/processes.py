"""What tests let processes of their own do at once; light, for each process imports it."""

import multiprocessing
import time
from collections.abc import Callable
from datetime import UTC, datetime
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier, Event
from typing import Any

from spotyt_dagster.clock import frozen_clock
from spotyt_dagster.sources.crawl_store import open_store
from spotyt_dagster.sources.ledger import Bucket, QuotaSpent

PROCESSES = multiprocessing.get_context("spawn")

CLOCK = frozen_clock(datetime(2024, 11, 15, 20, tzinfo=UTC))


def in_processes(work: Callable[..., None], count: int, *arguments: object) -> list[Any]:
    """What `count` processes of `work` put into the queue that they are given last.

    The argument before it is a barrier, where they meet to start together.
    """
    start, told = PROCESSES.Barrier(count), PROCESSES.Queue()
    workers = [PROCESSES.Process(target=work, args=(*arguments, start, told)) for _ in range(count)]
    for worker in workers:
        worker.start()
    results = [told.get(timeout=60) for _ in workers]
    for worker in workers:
        worker.join(10)
    assert [worker.exitcode for worker in workers] == [0] * count
    return results


def take_all(url: str, bucket: Bucket, start: Barrier, taken: Queue) -> None:
    """Reserve until nothing is left, and tell how many that were."""
    count = 0
    with open_store(url, "sandbox", CLOCK) as store:
        start.wait(30)
        try:
            while True:
                store.reserve(bucket)
                count += 1
        except QuotaSpent:
            taken.put(count)


def open_each(urls: list[str], start: Barrier, failures: Queue) -> None:
    """Open new databases in step with the other processes, and tell what went wrong."""
    told = []
    for url in urls:
        start.wait(30)
        try:
            open_store(url, "sandbox", CLOCK).__enter__()
        except Exception as error:
            told.append(repr(error))
    failures.put(told)


def hold(url: str, kind: str, holding: Event) -> None:
    """Crawl a kind for longer than any test."""
    with open_store(url, "sandbox", CLOCK) as store, store.alone(kind):
        holding.set()
        time.sleep(60)


def crawl_videos(
    url: str, server: str, ids: list[str] | tuple[list[str], ...], daily_units: int,
    start: Barrier, told: Queue,
) -> None:  # fmt: skip
    """Crawl videos (each process its own part where `ids` has parts); tell how many were read."""
    from spotyt_dagster.sandbox.server import SANDBOX_KEY
    from spotyt_dagster.sources.crawl import crawl
    from spotyt_dagster.sources.http import RetryPolicy
    from spotyt_dagster.sources.session import new_session
    from spotyt_dagster.sources.youtube import YouTube

    with open_store(url, "sandbox", CLOCK) as store, new_session(4) as session:
        base = f"{server}/youtube/v3"
        client = YouTube(base, SANDBOX_KEY, daily_units, session, store, RetryPolicy(3, 0.01))
        own = ids[start.wait(30)] if isinstance(ids, tuple) else ids
        if own is ids:
            start.wait(30)
        done = crawl("video", own, client.videos, store, 4)
        told.put((len(done.answers), done.stopped is not None))
