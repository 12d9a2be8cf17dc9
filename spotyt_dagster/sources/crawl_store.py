"""The store of what services said of each entity, beside the ledger of units in one database.

A response is stored in the same transaction that marks its call as answered, so that a crash at any
moment loses at most the calls in flight and no later run pays twice for an id. Asking the services
belongs in `metered_client.py`, counting units in `ledger.py`.
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
from spotyt_dagster.sources.ledger import CLOCK_TOLERANCE, Bucket, Ledger, stamp

log = masked_logger(__name__)

#: YouTube's developer policy III.E.4.d: statistics are refreshed or deleted after 30 days.
RETENTION = timedelta(days=30)

#: SQLite binds at most 32,766 values a statement; this also keeps other databases' plans small.
_IDS_PER_STATEMENT = 10_000

#: Missing for a reason that asking again may remove; every other reason is an answer.
ERROR = "error"


@dataclass(frozen=True)
class EntityRecord:
    """What a service said of one entity.

    Attributes:
        entity_type: name of the `EntityType`, such as `video`.
        entity_id: the service's id.
        payload: what the service said, as JSON's types; None where there is nothing.
        missing_reason: why there is nothing, or not all: `not_found`, `error`, …; None otherwise.
        fetched_at: when it was said (aware).
    """

    entity_type: str
    entity_id: str
    payload: dict | None
    missing_reason: str | None
    fetched_at: datetime


class CrawlStore:
    """Records of one side (`live` or `sandbox`) of a database; the two never see each other.

    A crawl is known by the ids it asks for. One that did not finish, for want of units or because
    it was killed, resumes on any day until `RETENTION` is over; otherwise a crawl that a day's
    units do not pay for would begin anew every day and never finish.

    Attributes:
        ledger: the units of the same side of the same database.
        api: `live` or `sandbox`.

    Args:
        url: SQLAlchemy URL. A SQLite file's folder is made.
        api: `live` or `sandbox`.
        clock: says which day of quota it is.

    Raises:
        SettingsError: the database cannot be opened.
    """

    def __init__(self, url: str, api: str, clock: Clock):
        self._engine = db.open_engine(url)
        self.api = api
        self.ledger = Ledger(self._engine, api, clock)

    @property
    def clock(self) -> Clock:
        """The clock that days of quota go by."""
        return self.ledger.clock

    def save_response(self, bucket: Bucket, paid_on: date, records: Sequence[EntityRecord]) -> None:
        """Mark a reserved call as answered and store what it brought, in one transaction.

        Args:
            bucket: what the call drew on.
            paid_on: the day that `Ledger.reserve` returned for it.
            records: what is stored, in place of records of the same entities and day; none for a
                call that brought nothing to store.
        """
        rows = [self._as_row(record, paid_on) for record in records]
        with self._engine.begin() as connection:
            self.ledger.mark_answered(connection, bucket, paid_on)
            for name in {record.entity_type for record in records}:
                ids = [record.entity_id for record in records if record.entity_type == name]
                connection.execute(
                    sa.delete(db.answers).where(
                        *self._of_type(name),
                        db.answers.c.quota_day == paid_on,
                        db.answers.c.entity_id.in_(ids),
                    )
                )
            if rows:
                connection.execute(sa.insert(db.answers), rows)
                self.ledger.note_moment(connection)

    def cached(
        self, entity_type: str, ids: Iterable[str], since: date | None = None
    ) -> dict[str, EntityRecord]:
        """Look up what is stored of these entities.

        Args:
            entity_type: name of their type.
            ids: theirs.
            since: the first day of quota whose records count; today where None.

        Returns:
            The newest record of each entity that has one, by id.
        """
        first_day = since or quota_day(self.clock())
        records = self._read(entity_type, set(ids), first_day)
        return {record.entity_id: record for record in records}

    def resumable(self, entity_type: str, ids: Iterable[str]) -> dict[str, EntityRecord]:
        """Look up what a crawl of exactly these ids would not ask for again.

        Args:
            entity_type: name of their type.
            ids: all ids of the crawl.

        Returns:
            Records by id: of today, or since the crawl of these ids began.
        """
        wanted = set(ids)
        return self.cached(entity_type, wanted, self._began(entity_type, wanted))

    def begin(self, entity_type: str, ids: Iterable[str]) -> date:
        """Note that a crawl of these ids begins or resumes.

        Args:
            entity_type: name of their type.
            ids: all ids of the crawl.

        Returns:
            The day of quota on which it began.

        Raises:
            ClockError: the clock was set back; records of days to come would count as today's.
        """
        self.ledger.require_clock_not_set_back()
        wanted = set(ids)
        began = self._began(entity_type, wanted)
        if began is not None:
            return began
        today = quota_day(self.clock())
        crawl = self._crawl(entity_type, wanted)
        with self._engine.begin() as connection:
            connection.execute(sa.delete(db.crawls).where(*self._crawl_row(crawl)))
            connection.execute(sa.insert(db.crawls).values(**crawl, began=today))
        return today

    def finish(self, entity_type: str, ids: Iterable[str]) -> None:
        """Note that the crawl of these ids finished; from tomorrow on it begins anew.

        Args:
            entity_type: name of their type.
            ids: all ids of the crawl.
        """
        crawl = self._crawl(entity_type, set(ids))
        with self._engine.begin() as connection:
            connection.execute(
                sa.update(db.crawls)
                .where(*self._crawl_row(crawl))
                .values(finished=quota_day(self.clock()))
            )

    @contextmanager
    def exclusive_lock(self, entity_type: str) -> Iterator[None]:
        """Keep other processes from crawling a type at the same time, which would ask ids twice.

        The system takes the lock from a process that is killed. It is a file beside a SQLite file;
        for another database there is none, and pages in flight at the same moment cost twice.

        Args:
            entity_type: name of the type.

        Yields:
            Once no other process has the lock.
        """
        lock = db.lock_beside(self._engine, f"{self.api}.{entity_type}")
        if lock is None:
            yield
            return
        try:
            lock.acquire(blocking=False)
        except TimeoutError:
            log.warning("another process is crawling %ss here: waiting for it to end", entity_type)
            lock.acquire()
        try:
            yield
        finally:
            lock.release()

    def set_clock_right(self) -> int:
        """Go by the present moment, though calls were answered at "later" ones.

        Records of moments to come are deleted, since they would count as today's for days.

        Returns:
            How many were deleted.
        """
        now = self.clock()
        answers, crawls = db.answers.c, db.crawls.c
        with self._engine.begin() as connection:
            self.ledger.reset_moment(connection)
            connection.execute(
                sa.delete(db.crawls).where(crawls.api == self.api, crawls.began > quota_day(now))
            )
            return connection.execute(
                sa.delete(db.answers).where(
                    answers.api == self.api, answers.fetched_at > stamp(now + CLOCK_TOLERANCE)
                )
            ).rowcount

    def delete_expired(self) -> int:
        """Delete records that are `RETENTION` old or older.

        Only after a call was answered, never by looking: a clock that is set 31 days ahead would
        delete them all.

        Returns:
            How many were deleted.
        """
        oldest = self.clock() - RETENTION
        with self._engine.begin() as connection:
            connection.execute(sa.delete(db.crawls).where(db.crawls.c.began < quota_day(oldest)))
            return connection.execute(
                sa.delete(db.answers).where(db.answers.c.fetched_at <= stamp(oldest))
            ).rowcount

    def close(self) -> None:
        """Close the database's connections."""
        self._engine.dispose()

    def _read(self, entity_type: str, wanted: set[str], first_day: date) -> Iterator[EntityRecord]:
        ids = sorted(wanted)
        with self._engine.connect() as connection:
            for start in range(0, len(ids), _IDS_PER_STATEMENT):
                query = (
                    sa.select(db.answers)
                    .where(
                        *self._of_type(entity_type),
                        db.answers.c.quota_day >= first_day,
                        db.answers.c.entity_id.in_(ids[start : start + _IDS_PER_STATEMENT]),
                    )
                    .order_by(db.answers.c.quota_day)
                )
                for row in connection.execute(query):
                    if (record := _record_of(row)) is not None:
                        yield record

    def _as_row(self, record: EntityRecord, paid_on: date) -> dict:
        payload = record.payload
        return {
            "api": self.api,
            "kind": record.entity_type,
            "entity_id": record.entity_id,
            "quota_day": paid_on,
            "fetched_at": stamp(record.fetched_at),
            "payload": None if payload is None else json.dumps(payload),
            "missing_reason": record.missing_reason,
        }

    def _of_type(self, entity_type: str) -> tuple:
        return (db.answers.c.api == self.api, db.answers.c.kind == entity_type)

    def _crawl(self, entity_type: str, ids: set[str]) -> dict[str, str]:
        digest = sha256("\n".join(sorted(ids)).encode()).hexdigest()
        return {"api": self.api, "kind": entity_type, "ids_digest": digest}

    def _crawl_row(self, crawl: dict[str, str]) -> list:
        return [db.crawls.c[name] == value for name, value in crawl.items()]

    def _began(self, entity_type: str, ids: set[str]) -> date | None:
        """When the crawl of these ids began, if it is unfinished or finished today."""
        query = sa.select(db.crawls).where(*self._crawl_row(self._crawl(entity_type, ids)))
        with self._engine.connect() as connection:
            row = connection.execute(query).one_or_none()
        now = self.clock()
        # A clock that was ahead began it in days to come.
        if row is None or not quota_day(now - RETENTION) <= row.began <= quota_day(now):
            return None
        return row.began if row.finished in (None, quota_day(now)) else None


def _record_of(row: sa.Row) -> EntityRecord | None:
    """A stored record; None where the row is damaged, so that its id is asked for again."""
    try:
        payload = None if row.payload is None else json.loads(row.payload)
        fetched_at = datetime.fromisoformat(row.fetched_at)
    except (ValueError, TypeError, RecursionError):
        return None
    if not isinstance(payload, dict | None) or fetched_at.tzinfo is None:
        return None
    return EntityRecord(row.kind, row.entity_id, payload, row.missing_reason, fetched_at)


@contextmanager
def open_store(url: str, api: str, clock: Clock) -> Iterator[CrawlStore]:
    """Open a `CrawlStore` and close it at the end.

    Args:
        url: as `CrawlStore` takes it.
        api: `live` or `sandbox`.
        clock: says which day of quota it is.

    Yields:
        The store.

    Raises:
        SettingsError: the database cannot be opened.
    """
    store = CrawlStore(url, api, clock)
    try:
        yield store
    finally:
        store.close()
