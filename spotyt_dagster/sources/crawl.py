"""Crawls a list of ids: each id once a day, fifty a call, several calls at a time, stop at quota.

The rules of the crawl stand here; how one call is made and kept is `http.py`'s.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import date
from itertools import islice

from tqdm import tqdm

from spotyt_dagster.exceptions import SourceUnavailableError
from spotyt_dagster.sources.crawl_store import Answer, CrawlStore
from spotyt_dagster.sources.http import MAX_IDS_PER_REQUEST
from spotyt_dagster.sources.ledger import QuotaSpent
from spotyt_dagster.sources.shapes import none_read

#: So many pages in a row that fail after all their tries mean that the service is down: going on
#: would spend a unit a try on nothing.
FAILED_PAGES_IN_A_ROW = 3

Ask = Callable[[Sequence[str]], Sequence[Answer]]


@dataclass(frozen=True)
class Crawl:
    """What came of a crawl: `answers` in the order of the ids; whole if `stopped` is None."""

    answers: list[Answer]
    pages: int
    pages_answered: int
    stopped: QuotaSpent | None


def crawl(
    kind: str,
    ids: Iterable[str],
    ask: Ask,
    store: CrawlStore,
    parallel_calls: int,
) -> Crawl:
    """Ask for every distinct id that the store does not hold yet: from today, or since this crawl
    of the same ids began, if it was stopped on an earlier day.

    Cost: ceil(new ids / MAX_IDS_PER_REQUEST) calls, and as many more as calls fail and are retried.

    Args:
        kind: of the entities, as in `Answer.kind`.
        ids: repeated ones are asked once.
        ask: makes one call for at most `MAX_IDS_PER_REQUEST` ids; keeps its answers itself.
        store: what is held already.
        parallel_calls: calls in flight at a time.

    Returns:
        The answers, also those of ids whose page kept failing (missing_reason `error`, not kept, so
        that the next run asks again); where quota ended, those that were reached.

    Raises:
        SourceUnavailableError: `FAILED_PAGES_IN_A_ROW` pages in a row failed, or all of fewer.
        ApiAccessError: from `ask`.
    """
    wanted = list(dict.fromkeys(ids))
    with store.alone(kind):
        since = store.begin(kind, wanted)
        answers = store.answered(kind, wanted, since)
        pages = cut(id_ for id_ in wanted if id_ not in answers)
        asking = _PageFetcher(kind, ask, store, since)
        stopped = asking.ask_all(pages, parallel_calls, answers)
        asking.require_an_answer(stopped)
        if asking.pages_answered:
            store.delete_expired()
        if stopped is None:
            store.finish(kind, wanted)
    in_order = [answers[id_] for id_ in wanted if id_ in answers]
    return Crawl(in_order, len(pages), asking.pages_answered, stopped)


def cut(ids: Iterable[str]) -> list[list[str]]:
    """Pages of at most `MAX_IDS_PER_REQUEST` ids, in order; the last is never empty."""
    listed = list(ids)
    return [
        listed[start : start + MAX_IDS_PER_REQUEST]
        for start in range(0, len(listed), MAX_IDS_PER_REQUEST)
    ]


class _PageFetcher:
    """The state of one crawl: how many pages were answered, and how many failed of late."""

    def __init__(self, kind: str, ask: Ask, store: CrawlStore, since: date):
        self._kind = kind
        self._ask = ask
        self._store = store
        self._since = since
        self._failed_in_a_row = 0
        self._last_failure: SourceUnavailableError | None = None
        self._answered_in_part = False
        self.pages_answered = 0

    def ask_all(
        self, pages: list[list[str]], parallel_calls: int, answers: dict[str, Answer]
    ) -> QuotaSpent | None:
        """Fill `answers` page by page; returns the end of quota, if it came."""
        stopped = None
        rest = iter(pages)
        bar = tqdm(total=len(pages), desc=f"{self._kind}s", unit="call", disable=None, leave=False)
        with bar, ThreadPoolExecutor(parallel_calls) as pool:
            running = self._start(rest, pool, parallel_calls)
            while running:
                done, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    page = running.pop(future)
                    try:
                        answers.update((one.entity_id, one) for one in self._result(future, page))
                    except QuotaSpent as spent:
                        stopped = spent
                        answers.update(self._kept(page))
                    bar.update()
                if stopped is None:
                    running |= self._start(rest, pool, len(done))
        return stopped

    def require_an_answer(self, stopped: QuotaSpent | None) -> None:
        """Raise the last failure if no id was answered: a table of errors alone is no crawl."""
        answered = self.pages_answered or self._answered_in_part
        if stopped is None and self._last_failure and not answered:
            raise self._last_failure

    def _start(
        self, rest: Iterator[list[str]], pool: ThreadPoolExecutor, most: int
    ) -> dict[Future[Sequence[Answer]], list[str]]:
        return {pool.submit(self._ask_unknown, page): page for page in islice(rest, most)}

    def _ask_unknown(self, page: list[str]) -> Sequence[Answer]:
        # Where processes cannot be kept apart (`alone`), another may have asked meanwhile.
        known = self._kept(page)
        unknown = [id_ for id_ in page if id_ not in known]
        return [*known.values(), *(self._ask(unknown) if unknown else ())]

    def _result(self, future: Future[Sequence[Answer]], page: list[str]) -> Sequence[Answer]:
        try:
            answers = future.result()
            _require_any_read(answers)
        except SourceUnavailableError as error:
            self._last_failure = error
            self._failed_in_a_row += 1
            if self._failed_in_a_row >= FAILED_PAGES_IN_A_ROW:
                raise
            return self._kept_or_error(page)
        self._failed_in_a_row = 0
        self.pages_answered += 1
        return answers

    def _kept_or_error(self, page: list[str]) -> list[Answer]:
        """A page that failed; where its ids are asked one by one, some may have been answered."""
        kept, now = self._kept(page), self._store.clock()
        # An unknown id alone is no sign of a service in good health.
        self._answered_in_part |= any(one.payload is not None for one in kept.values())
        return [kept.get(id_, Answer(self._kind, id_, None, "error", now)) for id_ in page]

    def _kept(self, page: list[str]) -> dict[str, Answer]:
        return self._store.answered(self._kind, page, self._since)


def _require_any_read(answers: Sequence[Answer]) -> None:
    """Raise if of several ids none could be read, as happens where each has a call of its own."""
    if none_read(answers):
        raise SourceUnavailableError(
            f"None of {len(answers)} ids was answered as documented. What was answered is kept: "
            "run again later to resume."
        )
