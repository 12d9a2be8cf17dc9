"""The ledger of API units and the store of answers, one database for both.

A day's quota is a fact of the world, not of a run, so it is counted here, over all runs and
processes, before each call. What a call answered is kept in the same transaction that marks the
call as answered, so that a crash at any moment loses at most the calls in flight and no later run
pays twice for an id. Asking the services is `http.py`'s, `youtube.py`'s and `spotify.py`'s.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from ..clock import Clock, next_reset, quota_day
from . import crawl_database as db

#: YouTube's developer policy III.E.4.d: statistics are refreshed or deleted after 30 days.
RETENTION = timedelta(days=30)

#: SQLite binds at most 32,766 values a statement; this also keeps other databases' plans small.
_IDS_A_STATEMENT = 10_000


@dataclass(frozen=True)
class Bucket:
    """A pot of calls that a service counts for itself; `daily_units` None means it does not."""

    name: str
    daily_units: int | None


@dataclass(frozen=True)
class Answer:
    """What a service said of one entity: its JSON, or why there is none."""

    kind: str
    entity_id: str
    payload: dict | None
    missing_reason: str | None
    fetched_at: datetime


@dataclass(frozen=True)
class Usage:
    """A bucket's state today, in units; `left` is None where the service counts none."""

    bucket: str
    quota_day: date
    used: int
    answered: int
    left: int | None
    resumes_at: datetime | None


class QuotaSpent(Exception):
    """No call may be made in this bucket before `resumes_at`. Not an error: a day has its end."""

    def __init__(self, bucket: str, resumes_at: datetime, reason: str):
        super().__init__(f"{bucket}: {reason}; goes on at {resumes_at:%Y-%m-%d %H:%M} UTC")
        self.bucket = bucket
        self.resumes_at = resumes_at
        self.reason = reason


class CrawlStore:
    """Ledger and answers of one API world (`live` or `sandbox`); the two never see each other.

    Args:
        url: SQLAlchemy URL. A SQLite file's folder is made.
        api: `live` or `sandbox`.
        clock: tells the day of quota.

    Raises:
        SettingError: the database cannot be opened.
    """

    def __init__(self, url: str, api: str, clock: Clock):
        self.api = api
        self.clock = clock
        self._engine = db.open_engine(url)
        self._known_rows: set[tuple[str, date]] = set()

    def reserve(self, bucket: Bucket) -> date:
        """Count one unit before a call is made, in one atomic statement.

        Returns:
            The day of quota that pays for the call; `keep` wants it back.

        Raises:
            QuotaSpent: the day's units are gone, or the service asked us to stay away.
        """
        now = self.clock()
        paused = self._pause(bucket.name)
        if paused is not None and paused[0] > now:
            raise QuotaSpent(bucket.name, *paused)
        today = quota_day(now)
        self._ensure_row(bucket.name, today)
        row = self._row(bucket.name, today)
        room = [] if bucket.daily_units is None else [db.quota.c.reserved < bucket.daily_units]
        with self._engine.begin() as connection:
            taken = connection.execute(
                sa.update(db.quota).where(*row, *room).values(reserved=db.quota.c.reserved + 1)
            )
        if taken.rowcount == 0:
            reason = f"all {bucket.daily_units:,} units of the day are used"
            raise QuotaSpent(bucket.name, next_reset(now), reason)
        return today

    def keep(self, bucket: Bucket, paid_on: date, answers: Sequence[Answer]) -> None:
        """Mark a reserved call as answered and keep what it said, in one transaction."""
        rows = [self._as_row(answer, paid_on) for answer in answers]
        with self._engine.begin() as connection:
            connection.execute(
                sa.update(db.quota)
                .where(*self._row(bucket.name, paid_on))
                .values(answered=db.quota.c.answered + 1)
            )
            for kind in {answer.kind for answer in answers}:
                ids = [answer.entity_id for answer in answers if answer.kind == kind]
                connection.execute(
                    sa.delete(db.answers).where(
                        *self._of_day(kind, paid_on), db.answers.c.entity_id.in_(ids)
                    )
                )
            if rows:
                connection.execute(sa.insert(db.answers), rows)

    def answered(self, kind: str, ids: Iterable[str]) -> dict[str, Answer]:
        """What today's store holds of these entities, by id."""
        wanted = set(ids)
        return {answer.entity_id: answer for answer in self._read(kind, wanted)}

    def pause(self, bucket: Bucket, resumes_at: datetime, reason: str) -> QuotaSpent:
        """Write down that a service wants no call before `resumes_at`; returns what to raise."""
        with self._engine.begin() as connection:
            connection.execute(sa.delete(db.pauses).where(*self._pause_row(bucket.name)))
            connection.execute(
                sa.insert(db.pauses).values(
                    api=self.api,
                    bucket=bucket.name,
                    resumes_at=resumes_at.astimezone(UTC).isoformat(),
                    reason=reason[:200],
                )
            )
        return QuotaSpent(bucket.name, resumes_at, reason)

    def usage(self, bucket: Bucket) -> Usage:
        """Today's state of a bucket."""
        now = self.clock()
        today = quota_day(now)
        with self._engine.connect() as connection:
            row = connection.execute(
                sa.select(db.quota.c.reserved, db.quota.c.answered).where(
                    *self._row(bucket.name, today)
                )
            ).one_or_none()
        used, answered = (0, 0) if row is None else (row.reserved, row.answered)
        paused = self._pause(bucket.name)
        resumes_at = paused[0] if paused is not None and paused[0] > now else None
        left = None if bucket.daily_units is None else max(bucket.daily_units - used, 0)
        if resumes_at is not None:
            left = 0
        elif left == 0:
            resumes_at = next_reset(now)
        return Usage(bucket.name, today, used, answered, left, resumes_at)

    def forget_old(self) -> int:
        """Delete answers older than `RETENTION`; returns how many."""
        oldest = quota_day(self.clock() - RETENTION)
        with self._engine.begin() as connection:
            return connection.execute(
                sa.delete(db.answers).where(db.answers.c.quota_day < oldest)
            ).rowcount

    def close(self) -> None:
        """Give the database's connections back."""
        self._engine.dispose()

    def _read(self, kind: str, wanted: set[str]) -> Iterator[Answer]:
        ids = sorted(wanted)
        today = quota_day(self.clock())
        with self._engine.connect() as connection:
            for start in range(0, len(ids), _IDS_A_STATEMENT):
                some = ids[start : start + _IDS_A_STATEMENT]
                query = sa.select(db.answers).where(
                    *self._of_day(kind, today), db.answers.c.entity_id.in_(some)
                )
                for row in connection.execute(query):
                    yield Answer(
                        kind,
                        row.entity_id,
                        None if row.payload is None else json.loads(row.payload),
                        row.missing_reason,
                        datetime.fromisoformat(row.fetched_at),
                    )

    def _as_row(self, answer: Answer, paid_on: date) -> dict:
        payload = answer.payload
        return {
            "api": self.api,
            "kind": answer.kind,
            "entity_id": answer.entity_id,
            "quota_day": paid_on,
            "fetched_at": answer.fetched_at.astimezone(UTC).isoformat(),
            "payload": None if payload is None else json.dumps(payload, ensure_ascii=False),
            "missing_reason": answer.missing_reason,
        }

    def _row(self, bucket: str, today: date) -> tuple:
        return (
            db.quota.c.api == self.api,
            db.quota.c.bucket == bucket,
            db.quota.c.quota_day == today,
        )

    def _of_day(self, kind: str, today: date) -> tuple:
        return (
            db.answers.c.api == self.api,
            db.answers.c.kind == kind,
            db.answers.c.quota_day == today,
        )

    def _pause_row(self, bucket: str) -> tuple:
        return (db.pauses.c.api == self.api, db.pauses.c.bucket == bucket)

    def _pause(self, bucket: str) -> tuple[datetime, str] | None:
        with self._engine.connect() as connection:
            row = connection.execute(
                sa.select(db.pauses).where(*self._pause_row(bucket))
            ).one_or_none()
        return None if row is None else (datetime.fromisoformat(row.resumes_at), row.reason)

    def _ensure_row(self, bucket: str, today: date) -> None:
        if (bucket, today) in self._known_rows:
            return
        try:
            with self._engine.begin() as connection:
                connection.execute(
                    sa.insert(db.quota).values(api=self.api, bucket=bucket, quota_day=today)
                )
        except IntegrityError:
            pass  # another thread or process was first: the row is there, which is all we want
        self._known_rows.add((bucket, today))


@contextmanager
def open_store(url: str, api: str, clock: Clock) -> Iterator[CrawlStore]:
    """A `CrawlStore` that is closed at the end."""
    store = CrawlStore(url, api, clock)
    try:
        yield store
    finally:
        store.close()
