"""The ledger of API units: what a day may still cost, over all runs and processes.

A day's quota is a fact of the world, not of a run, so it is counted here, before each call. What a
call answered is `crawl_store.py`'s; which answer means a pause is the service's own knowledge.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from ..clock import Clock, next_reset, quota_day
from . import crawl_database as db


@dataclass(frozen=True)
class Bucket:
    """A pot of calls that a service counts for itself; `daily_units` None means it does not."""

    name: str
    daily_units: int | None


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


class Ledger:
    """Units used and pauses asked for in one API world (`live` or `sandbox`).

    Args:
        engine: the crawl's database.
        api: `live` or `sandbox`.
        clock: tells the day of quota.
    """

    def __init__(self, engine: sa.Engine, api: str, clock: Clock):
        self.api = api
        self.clock = clock
        self._engine = engine
        self._known_rows: set[tuple[str, date]] = set()

    def reserve(self, bucket: Bucket) -> date:
        """Count one unit before a call is made, in one atomic statement.

        Returns:
            The day of quota that pays for the call; `settle` wants it back.

        Raises:
            QuotaSpent: the day's units are gone, or the service asked us to stay away.
        """
        self.respect_pause(bucket)
        now = self.clock()
        today = quota_day(now)
        self._ensure_row(bucket.name, today)
        room = [] if bucket.daily_units is None else [db.quota.c.reserved < bucket.daily_units]
        with self._engine.begin() as connection:
            taken = connection.execute(
                sa.update(db.quota)
                .where(*self._row(bucket.name, today), *room)
                .values(reserved=db.quota.c.reserved + 1)
            )
        if taken.rowcount == 0:
            reason = f"all {bucket.daily_units:,} units of the day are used"
            raise QuotaSpent(bucket.name, next_reset(now), reason)
        return today

    def settle(self, connection: sa.Connection, bucket: Bucket, paid_on: date) -> None:
        """Mark a reserved call as answered, in the caller's transaction."""
        connection.execute(
            sa.update(db.quota)
            .where(*self._row(bucket.name, paid_on))
            .values(answered=db.quota.c.answered + 1)
        )

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

    def respect_pause(self, bucket: Bucket) -> None:
        """Let nothing be sent while the service wants to be left alone.

        Raises:
            QuotaSpent: it asked us to stay away, and that time is not over.
        """
        pause = self._pause(bucket.name)
        if pause is not None:
            raise QuotaSpent(bucket.name, *pause)

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
        left = None if bucket.daily_units is None else max(bucket.daily_units - used, 0)
        pause = self._pause(bucket.name)
        if pause is not None:
            return Usage(bucket.name, today, used, answered, 0, pause[0])
        return Usage(
            bucket.name, today, used, answered, left, next_reset(now) if left == 0 else None
        )

    def _row(self, bucket: str, today: date) -> tuple:
        return (
            db.quota.c.api == self.api,
            db.quota.c.bucket == bucket,
            db.quota.c.quota_day == today,
        )

    def _pause_row(self, bucket: str) -> tuple:
        return (db.pauses.c.api == self.api, db.pauses.c.bucket == bucket)

    def _pause(self, bucket: str) -> tuple[datetime, str] | None:
        """The end and the reason of a pause that is not over yet."""
        with self._engine.connect() as connection:
            row = connection.execute(
                sa.select(db.pauses).where(*self._pause_row(bucket))
            ).one_or_none()
        if row is None:
            return None
        resumes_at = datetime.fromisoformat(row.resumes_at)
        return (resumes_at, row.reason) if resumes_at > self.clock() else None

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
