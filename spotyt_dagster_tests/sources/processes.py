"""Work that tests do in parallel processes; quick to import, since each process imports it."""

import multiprocessing
import time
from collections.abc import Callable
from datetime import UTC, datetime
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier, Event
from typing import Any

from spotyt_dagster.clock import frozen_clock
from spotyt_dagster.sources.crawl_store import open_store
from spotyt_dagster.sources.ledger import Bucket, QuotaExhausted

PROCESSES = multiprocessing.get_context("spawn")

CLOCK = frozen_clock(datetime(2024, 11, 15, 20, tzinfo=UTC))


def in_processes(work: Callable[..., None], count: int, *arguments: object) -> list[Any]:
    """Run `work` in `count` processes at once.

    Args:
        work: takes the arguments, a barrier at which the processes meet to start together, and a
            queue for its one result.
        count: of processes.
        *arguments: passed to each.

    Returns:
        The results, in the order in which they came.
    """
    start, results = PROCESSES.Barrier(count), PROCESSES.Queue()
    workers = [
        PROCESSES.Process(target=work, args=(*arguments, start, results)) for _ in range(count)
    ]
    for worker in workers:
        worker.start()
    found = [results.get(timeout=60) for _ in workers]
    for worker in workers:
        worker.join(10)
    assert [worker.exitcode for worker in workers] == [0] * count
    return found


def take_all(url: str, bucket: Bucket, start: Barrier, taken: Queue) -> None:
    """Reserve until nothing is left; the result is how many that were."""
    count = 0
    with open_store(url, "sandbox", CLOCK) as store:
        start.wait(30)
        try:
            while True:
                store.ledger.reserve(bucket)
                count += 1
        except QuotaExhausted:
            taken.put(count)


def open_each(urls: list[str], start: Barrier, failures: Queue) -> None:
    """Open new databases in step with the other processes; the result is what failed."""
    failed = []
    for url in urls:
        start.wait(30)
        try:
            with open_store(url, "sandbox", CLOCK):
                pass
        except Exception as error:
            failed.append(repr(error))
    failures.put(failed)


def hold(url: str, entity_type: str, holding: Event) -> None:
    """Crawl an entity type for longer than any test."""
    with open_store(url, "sandbox", CLOCK) as store, store.exclusive_lock(entity_type):
        holding.set()
        time.sleep(60)


def crawl_videos(
    url: str, server: str, ids: list[str] | tuple[list[str], ...], daily_units: int,
    start: Barrier, results: Queue,
) -> None:  # fmt: skip
    """Crawl videos; the result is how many were read, and whether quota stopped the crawl.

    Each process crawls its own list where `ids` is a tuple of them.
    """
    from spotyt_dagster.sandbox.server import SANDBOX_KEY
    from spotyt_dagster.sources.crawl import CrawlStoppedByQuota, crawl
    from spotyt_dagster.sources.http import RetryPolicy
    from spotyt_dagster.sources.session import new_session
    from spotyt_dagster.sources.youtube import VIDEOS, YouTube

    with open_store(url, "sandbox", CLOCK) as store, new_session(4) as session:
        base = f"{server}/youtube/v3"
        client = YouTube(base, SANDBOX_KEY, daily_units, session, store, RetryPolicy(3, 0.01))
        own = ids[start.wait(30)] if isinstance(ids, tuple) else ids
        if own is ids:
            start.wait(30)
        try:
            done, stopped = crawl(VIDEOS, own, client.videos, store, 4), False
        except CrawlStoppedByQuota as by:
            done, stopped = by.result, True
        results.put((len(done.records), stopped))
