"""The crawl of a list of ids: each id once a day, several requests at a time, a stop at quota.

The rules of a crawl belong here; how one request is made and stored is in `metered_client.py`.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import NamedTuple

from tqdm import tqdm

from spotyt_dagster.exceptions import SourceUnavailableError
from spotyt_dagster.sources.crawl_store import ERROR, CrawlStore, EntityRecord
from spotyt_dagster.sources.entity_type import EntityType
from spotyt_dagster.sources.ledger import QuotaExhausted
from spotyt_dagster.sources.shapes import none_read

#: So many pages in a row that fail after all their attempts mean that the service is down: asking
#: for more would spend a unit an attempt on nothing.
FAILED_PAGES_IN_A_ROW = 3

#: The ids of one request.
Page = list[str]
Fetch = Callable[[Sequence[str]], Sequence[EntityRecord]]


@dataclass(frozen=True)
class CrawlResult:
    """What a crawl brought.

    Attributes:
        records: of the ids, in their order.
        pages: requests that the ids needed which were not stored yet.
        pages_answered: how many of them were answered.
    """

    records: list[EntityRecord]
    pages: int
    pages_answered: int

    @property
    def missing(self) -> int:
        """How many records lack something, for whatever reason."""
        return sum(record.missing_reason is not None for record in self.records)


class CrawlStoppedByQuota(QuotaExhausted):
    """A crawl stopped because a quota is exhausted; the next one of the same ids resumes.

    Attributes:
        result: what was reached before.
    """

    def __init__(self, cause: QuotaExhausted, result: CrawlResult):
        super().__init__(cause.reason, cause.resumes_at, cause.bucket)
        self.result = result


def crawl(
    entity_type: EntityType,
    ids: Iterable[str],
    fetch: Fetch,
    store: CrawlStore,
    parallel_calls: int,
) -> CrawlResult:
    """Ask for every distinct id that is not stored yet.

    Stored is what was fetched today, or since this crawl of the same ids began, if it was stopped
    on an earlier day. Cost: ceil(new ids / `entity_type.ids_per_request`) calls, and as many more
    as calls fail and are retried.

    Args:
        entity_type: what the ids are of.
        ids: repeated ones are asked for once.
        fetch: makes one request for at most `entity_type.ids_per_request` ids, and stores what it
            returns.
        store: what is known already.
        parallel_calls: requests in flight at a time.

    Returns:
        The records, also of ids whose page kept failing (`missing_reason` is `error`; they are not
        stored, so that the next run asks again).

    Raises:
        CrawlStoppedByQuota: quota ended it; its result holds the records that were reached.
        SourceUnavailableError: `FAILED_PAGES_IN_A_ROW` pages in a row failed, or all of fewer.
        ApiAccessError: from `fetch`.
    """
    name, wanted = entity_type.name, list(dict.fromkeys(ids))
    with store.exclusive_lock(name):
        since = store.begin(name, wanted)

        def cached(page: Page) -> dict[str, EntityRecord]:
            return store.cached(name, page, since)

        def unread(page: Page) -> dict[str, EntityRecord]:
            now = store.clock()
            return {id_: EntityRecord(name, id_, None, ERROR, now) for id_ in page}

        def fetch_unknown(page: Page) -> dict[str, EntityRecord]:
            # Where there is no `exclusive_lock`, another process may have asked meanwhile.
            known = cached(page)
            unknown = [id_ for id_ in page if id_ not in known]
            new = fetch(unknown) if unknown else ()
            return known | {record.entity_id: record for record in new}

        records = cached(wanted)
        pages = chunked((id_ for id_ in wanted if id_ not in records), entity_type.ids_per_request)
        fetched = _fetch_pages(
            pages, fetch_unknown, cached, unread, parallel_calls, entity_type.plural
        )
        if fetched.pages_answered:
            store.delete_expired()
        if fetched.exhausted is None:
            store.finish(name, wanted)
    records |= fetched.records
    in_order = [records[id_] for id_ in wanted if id_ in records]
    result = CrawlResult(in_order, len(pages), fetched.pages_answered)
    if fetched.exhausted is not None:
        raise CrawlStoppedByQuota(fetched.exhausted, result) from fetched.exhausted
    return result


def chunked(ids: Iterable[str], size: int) -> list[Page]:
    """Split ids into pages.

    Args:
        ids: in any order, which is kept.
        size: ids of a page.

    Returns:
        Full pages and one with the rest; an exact multiple makes no empty last page.

    >>> chunked("abcd", 2)
    [['a', 'b'], ['c', 'd']]
    """
    listed = list(ids)
    return [listed[start : start + size] for start in range(0, len(listed), size)]


class _Fetched(NamedTuple):
    """What became of all pages: `exhausted` ended them early, unless it is None."""

    records: dict[str, EntityRecord]
    pages_answered: int
    exhausted: QuotaExhausted | None


def _fetch_pages(
    pages: Sequence[Page],
    fetch: Callable[[Page], dict[str, EntityRecord]],
    cached: Callable[[Page], dict[str, EntityRecord]],
    unread: Callable[[Page], dict[str, EntityRecord]],
    parallel_calls: int,
    label: str,
) -> _Fetched:
    """Fetch pages until all are done, a quota is exhausted or the service is down."""
    records: dict[str, EntityRecord] = {}
    answered = failed_in_a_row = 0
    failure: SourceUnavailableError | None = None
    exhausted: QuotaExhausted | None = None
    waiting = deque(pages)
    bar = tqdm(total=len(pages), desc=label, unit="call", disable=None, leave=False)
    with bar, ThreadPoolExecutor(parallel_calls) as pool:
        for page, future in _as_completed(pool, fetch, waiting, parallel_calls):
            try:
                fetched = future.result()
                _require_any_read(fetched)
                records |= fetched
                answered, failed_in_a_row = answered + 1, 0
            except QuotaExhausted as error:
                exhausted = error
                records |= cached(page)
                waiting.clear()
            except SourceUnavailableError as error:
                failure, failed_in_a_row = error, failed_in_a_row + 1
                if failed_in_a_row >= FAILED_PAGES_IN_A_ROW:
                    raise
                # Where ids are asked for one by one, some may have been answered.
                records |= unread(page) | cached(page)
            bar.update()
    # A table of errors alone is no crawl, and an unknown id alone no sign of a healthy service.
    any_read = answered or any(record.payload is not None for record in records.values())
    if failure and not exhausted and not any_read:
        raise failure
    return _Fetched(records, answered, exhausted)


def _require_any_read(records: Mapping[str, EntityRecord]) -> None:
    """Raise if of several ids none could be read, as happens where each has a call of its own."""
    if none_read(list(records.values())):
        raise SourceUnavailableError(
            f"None of {len(records)} ids was answered as documented. What was answered is kept: "
            "run again later to resume."
        )


def _as_completed(
    pool: Executor,
    fetch: Callable[[Page], dict[str, EntityRecord]],
    waiting: deque[Page],
    parallel_calls: int,
) -> Iterator[tuple[Page, Future[dict[str, EntityRecord]]]]:
    """Start waiting pages, so many at a time, and yield each with its call once that has ended.

    Whoever empties `waiting` gets those that are running already, and no more.
    """
    running: dict[Future[dict[str, EntityRecord]], Page] = {}
    while waiting or running:
        while waiting and len(running) < parallel_calls:
            page = waiting.popleft()
            running[pool.submit(fetch, page)] = page
        done, _ = wait(running, return_when=FIRST_COMPLETED)
        for future in done:
            yield running.pop(future), future
