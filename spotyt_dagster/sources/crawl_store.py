"""The store of answers, beside the ledger of units in one database.

What a call answered is kept in the same transaction that marks the call as answered, so that a
crash at any moment loses at most the calls in flight and no later run pays twice for an id. Asking
the services is `http.py`'s, `youtube.py`'s and `spotify.py`'s; units are `ledger.py`'s.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256

import sqlalchemy as sa

from spotyt_dagster.clock import Clock, quota_day
from spotyt_dagster.masking import masked_logger
from spotyt_dagster.sources import crawl_database as db
from spotyt_dagster.sources.ledger import (
    CLOCK_TOLERANCE,
    Bucket,
    Ledger,
    stamp,
)

log = masked_logger(__name__)

#: YouTube's developer policy III.E.4.d: statistics are refreshed or deleted after 30 days.
RETENTION = timedelta(days=30)

#: SQLite binds at most 32,766 values a statement; this also keeps other databases' plans small.
_IDS_A_STATEMENT = 10_000


@dataclass(frozen=True)
class Answer:
    """What a service said of one entity: its JSON, or why there is none."""

    kind: str
    entity_id: str
    payload: dict | None
    missing_reason: str | None
    fetched_at: datetime


class CrawlStore(Ledger):
    """Ledger and answers of one API world (`live` or `sandbox`); the two never see each other.

    A crawl is known by the ids it asks for. One that did not come to its end, for want of units or
    because it was killed, goes on where it stopped on any day until `RETENTION` is over; otherwise
    a crawl that a day's units do not pay for would begin anew every day and never end.

    Args:
        url: SQLAlchemy URL. A SQLite file's folder is made.
        api: `live` or `sandbox`.
        clock: tells the day of quota.

    Raises:
        SettingsError: the database cannot be opened.
    """

    def __init__(self, url: str, api: str, clock: Clock):
        super().__init__(db.open_engine(url), api, clock)

    def keep(self, bucket: Bucket, paid_on: date, answers: Sequence[Answer]) -> None:
        """Mark a reserved call as answered and keep what it said, in one transaction."""
        rows = [self._as_row(answer, paid_on) for answer in answers]
        with self._engine.begin() as connection:
            self.settle(connection, bucket, paid_on)
            for kind in {answer.kind for answer in answers}:
                ids = [answer.entity_id for answer in answers if answer.kind == kind]
                connection.execute(
                    sa.delete(db.answers).where(
                        *self._of_kind(kind),
                        db.answers.c.quota_day == paid_on,
                        db.answers.c.entity_id.in_(ids),
                    )
                )
            if rows:
                connection.execute(sa.insert(db.answers), rows)
                self.note_moment(connection)

    def answered(
        self, kind: str, ids: Iterable[str], since: date | None = None
    ) -> dict[str, Answer]:
        """What the store holds of these entities from the day `since` (today) on, by id."""
        first_day = since or quota_day(self.clock())
        return {answer.entity_id: answer for answer in self._read(kind, set(ids), first_day)}

    def held(self, kind: str, ids: Iterable[str]) -> dict[str, Answer]:
        """What a crawl of exactly these ids would not ask for again, by id."""
        wanted = set(ids)
        return self.answered(kind, wanted, self._began(kind, wanted))

    def begin(self, kind: str, ids: Iterable[str]) -> date:
        """Note that a crawl of these ids begins, or goes on; returns the day it began.

        Raises:
            ClockError: the clock was set back; answers of days to come would count as today's.
        """
        self.require_clock_goes_on()
        wanted = set(ids)
        began = self._began(kind, wanted)
        if began is not None:
            return began
        today = quota_day(self.clock())
        crawl = self._crawl(kind, wanted)
        with self._engine.begin() as connection:
            connection.execute(sa.delete(db.crawls).where(*self._crawl_row(crawl)))
            connection.execute(sa.insert(db.crawls).values(**crawl, began=today))
        return today

    def finish(self, kind: str, ids: Iterable[str]) -> None:
        """Note that the crawl of these ids came to its end; from tomorrow on it begins anew."""
        crawl = self._crawl(kind, set(ids))
        with self._engine.begin() as connection:
            connection.execute(
                sa.update(db.crawls)
                .where(*self._crawl_row(crawl))
                .values(finished=quota_day(self.clock()))
            )

    @contextmanager
    def alone(self, kind: str) -> Iterator[None]:
        """Let no other process crawl this kind meanwhile: both would ask the same ids at once.

        The system takes the lock from a process that is killed. It is a file beside a SQLite file;
        on another database there is none, and pages in flight at the same moment cost twice.
        """
        lock = db.lock_beside(self._engine, f"{self.api}.{kind}")
        if lock is None:
            yield
            return
        try:
            lock.acquire(blocking=False)
        except TimeoutError:
            log.warning("another process is crawling %ss here: waiting for it to end", kind)
            lock.acquire()
        try:
            yield
        finally:
            lock.release()

    def set_clock_right(self) -> int:
        """Take the present moment for the latest, though calls were answered "later".

        Answers of moments to come are deleted, since they would count as of today for days; returns
        how many.
        """
        now = self.clock()
        latest, answers, crawls = db.latest_moments.c, db.answers.c, db.crawls.c
        with self._engine.begin() as connection:
            connection.execute(
                sa.update(db.latest_moments).where(latest.api == self.api).values(moment=stamp(now))
            )
            connection.execute(
                sa.delete(db.crawls).where(crawls.api == self.api, crawls.began > quota_day(now))
            )
            return connection.execute(
                sa.delete(db.answers).where(
                    answers.api == self.api, answers.fetched_at > stamp(now + CLOCK_TOLERANCE)
                )
            ).rowcount

    def delete_expired(self) -> int:
        """Delete answers `RETENTION` old or older; returns how many.

        Only after a call was answered, never by looking: a clock that is set 31 days ahead would
        delete them all.
        """
        oldest = self.clock() - RETENTION
        with self._engine.begin() as connection:
            connection.execute(sa.delete(db.crawls).where(db.crawls.c.began < quota_day(oldest)))
            return connection.execute(
                sa.delete(db.answers).where(db.answers.c.fetched_at <= stamp(oldest))
            ).rowcount

    def close(self) -> None:
        """Give the database's connections back."""
        self._engine.dispose()

    def _read(self, kind: str, wanted: set[str], first_day: date) -> Iterator[Answer]:
        ids = sorted(wanted)
        with self._engine.connect() as connection:
            for start in range(0, len(ids), _IDS_A_STATEMENT):
                query = (
                    sa.select(db.answers)
                    .where(
                        *self._of_kind(kind),
                        db.answers.c.quota_day >= first_day,
                        db.answers.c.entity_id.in_(ids[start : start + _IDS_A_STATEMENT]),
                    )
                    .order_by(db.answers.c.quota_day)
                )
                for row in connection.execute(query):
                    if (answer := _answer_of(row)) is not None:
                        yield answer

    def _as_row(self, answer: Answer, paid_on: date) -> dict:
        payload = answer.payload
        return {
            "api": self.api,
            "kind": answer.kind,
            "entity_id": answer.entity_id,
            "quota_day": paid_on,
            "fetched_at": stamp(answer.fetched_at),
            "payload": None if payload is None else json.dumps(payload),
            "missing_reason": answer.missing_reason,
        }

    def _of_kind(self, kind: str) -> tuple:
        return (db.answers.c.api == self.api, db.answers.c.kind == kind)

    def _crawl(self, kind: str, ids: set[str]) -> dict[str, str]:
        digest = sha256("\n".join(sorted(ids)).encode()).hexdigest()
        return {"api": self.api, "kind": kind, "ids_digest": digest}

    def _crawl_row(self, crawl: dict[str, str]) -> list:
        return [db.crawls.c[name] == value for name, value in crawl.items()]

    def _began(self, kind: str, ids: set[str]) -> date | None:
        """The day on which the crawl of these ids began that goes on, or that ended today."""
        query = sa.select(db.crawls).where(*self._crawl_row(self._crawl(kind, ids)))
        with self._engine.connect() as connection:
            row = connection.execute(query).one_or_none()
        now = self.clock()
        # A clock that was ahead began it in days to come.
        if row is None or not quota_day(now - RETENTION) <= row.began <= quota_day(now):
            return None
        return row.began if row.finished in (None, quota_day(now)) else None


def _answer_of(row: sa.Row) -> Answer | None:
    """A kept answer; None where the row is damaged, so that its id is asked for again."""
    try:
        payload = None if row.payload is None else json.loads(row.payload)
        fetched_at = datetime.fromisoformat(row.fetched_at)
    except (ValueError, TypeError, RecursionError):
        return None
    if not isinstance(payload, dict | None) or fetched_at.tzinfo is None:
        return None
    return Answer(row.kind, row.entity_id, payload, row.missing_reason, fetched_at)


@contextmanager
def open_store(url: str, api: str, clock: Clock) -> Iterator[CrawlStore]:
    """A `CrawlStore` that is closed at the end."""
    store = CrawlStore(url, api, clock)
    try:
        yield store
    finally:
        store.close()
