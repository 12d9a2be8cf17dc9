"""The ledger of API units: what a day may still cost, over all runs and processes.

A day's quota is a fact of the world, not of a run, so it is counted here, before each call. What a
call answered is `crawl_store.py`'s; which answer means a pause is the service's own knowledge.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from hashlib import blake2b

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from spotyt_dagster.clock import Clock, next_reset, quota_day
from spotyt_dagster.exceptions import ClockError
from spotyt_dagster.masking import masked
from spotyt_dagster.sources import crawl_database as db

#: No pause is longer, whatever a service says: YouTube's quota comes back at the next midnight, at
#: most 25 hours away (in the night in which summer time ends), and Spotify's longest ban seen is
#: 86,400 s. Asking again after that costs one call; a Retry-After of the year 9999 cost the crawl.
LONGEST_PAUSE = timedelta(hours=25)

#: So much may two clocks of one ledger differ, or a clock be set back by those who set it right.
CLOCK_TOLERANCE = timedelta(minutes=10)


def account_of(credential: str) -> str:
    """What an account is called in the ledger: a digest, from which no one gets its credential."""
    text = credential.strip().encode()
    return blake2b(text, digest_size=8, key=b"spotyt_dagster ledger").hexdigest()


@dataclass(frozen=True)
class Bucket:
    """A pot of calls that a service counts for itself.

    Attributes:
        name: of the pot.
        daily_units: what a day may cost; None where the service says no number.
        account: whose pot it is, from `account_of`.
    """

    name: str
    daily_units: int | None
    account: str = ""


@dataclass(frozen=True)
class Usage:
    """A bucket's state today, in units; `left` is None where the service counts none.

    `paused_because` is the reason of a pause that the service asked for, None without one.
    """

    bucket: str
    quota_day: date
    used: int
    answered: int
    left: int | None
    resumes_at: datetime | None
    paused_because: str | None = None


class QuotaSpent(Exception):  # noqa: N818 (no error: a day has its end)
    """No call may be made in this bucket before `resumes_at`. Not an error: a day has its end."""

    def __init__(self, bucket: str, resumes_at: datetime, reason: str):
        reason = masked(reason)
        super().__init__(f"{bucket}: {reason}; resumes at {resumes_at:%Y-%m-%d %H:%M} UTC")
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
        #: Units of before accounts were told apart, by the rows that are known to be there.
        self._known_rows: dict[tuple[Bucket, date], int] = {}

    def reserve(self, bucket: Bucket) -> date:
        """Count one unit before a call is made, in one atomic statement.

        Returns:
            The day of quota that pays for the call; `settle` wants it back.

        Raises:
            QuotaSpent: the day's units are gone, or the service asked us to stay away.
            ClockError: the clock was set back.
        """
        self.require_clock_goes_on()
        self.raise_if_paused(bucket)
        now = self.clock()
        today = quota_day(now)
        earlier = self._ensure_row(bucket, today)
        room = (
            []
            if bucket.daily_units is None
            else [db.units.c.reserved < bucket.daily_units - earlier]
        )
        with self._engine.begin() as connection:
            taken = connection.execute(
                sa.update(db.units)
                .where(*self._row(bucket, today), *room)
                .values(reserved=db.units.c.reserved + 1)
            )
        if taken.rowcount == 0:
            reason = f"all {bucket.daily_units:,} units of the day are used"
            raise QuotaSpent(bucket.name, next_reset(now), reason)
        return today

    def settle(self, connection: sa.Connection, bucket: Bucket, paid_on: date) -> None:
        """Mark a reserved call as answered, in the caller's transaction."""
        connection.execute(
            sa.update(db.units)
            .where(*self._row(bucket, paid_on))
            .values(answered=db.units.c.answered + 1)
        )

    def pause(self, bucket: Bucket, resumes_at: datetime, reason: str) -> QuotaSpent:
        """Write down that a service wants no call before `resumes_at`; returns what to raise.

        It is cut to `LONGEST_PAUSE`.
        """
        until = min(resumes_at, self.clock() + LONGEST_PAUSE)
        with self._engine.begin() as connection:
            connection.execute(sa.delete(db.pauses).where(*self._own_pause(bucket)))
            connection.execute(
                sa.insert(db.pauses).values(
                    api=self.api,
                    bucket=bucket.name,
                    account=bucket.account,
                    resumes_at=stamp(until),
                    reason=masked(reason)[:200],
                )
            )
        return QuotaSpent(bucket.name, until, reason)

    def end_pause(self, bucket: Bucket) -> bool:
        """Forget that a service wants no call; whether there was a pause."""
        with self._engine.begin() as connection:
            query = sa.delete(db.pauses).where(*self._binding_pauses(bucket))
            return connection.execute(query).rowcount > 0

    def raise_if_paused(self, bucket: Bucket) -> None:
        """Let nothing be sent while the service wants to be left alone.

        Raises:
            QuotaSpent: it asked us to stay away, and that time is not over.
        """
        pause = self._pause(bucket)
        if pause is not None:
            raise QuotaSpent(bucket.name, *pause)

    def require_clock_goes_on(self) -> None:
        """Let nothing be counted by a clock that was set back: a day would be granted twice.

        Raises:
            ClockError: it shows a moment before that of the last answered call.
        """
        now = self.clock()
        with self._engine.connect() as connection:
            latest = self._latest_moment(connection)
        if latest is not None and now < latest - CLOCK_TOLERANCE:
            raise ClockError(
                f"The clock shows {now:%Y-%m-%d %H:%M} UTC, but the last call of this ledger was "
                f"answered at {latest:%Y-%m-%d %H:%M} UTC, and its day's units would be granted "
                "again: set the clock (or SPOTYT_NOW) right, or, if it is right now and was wrong "
                "then, run `spotyt quota clear clock`."
            )

    def require_time_of(self, service: datetime | None) -> None:
        """Let no answer be kept that a live service dates differently: all days would be wrong.

        Args:
            service: what time its answer says it is, if it does.

        Raises:
            ClockError: the clock differs from it.
        """
        now = self.clock()
        # The sandbox lives at a simulated time; its server's Date is the system's.
        if self.api != "live" or service is None or abs(now - service) <= CLOCK_TOLERANCE:
            return
        raise ClockError(
            f"The clock of this machine shows {now:%Y-%m-%d %H:%M} UTC and that of the service "
            f"{service:%Y-%m-%d %H:%M} UTC: set the machine's clock right."
        )

    def note_moment(self, connection: sa.Connection) -> None:
        """Remember that a call was answered now, in the caller's transaction."""
        now = stamp(self.clock())
        latest = db.latest_moments.c
        connection.execute(
            sa.update(db.latest_moments)
            .where(latest.api == self.api, latest.moment < now)
            .values(moment=now)
        )

    def usage(self, bucket: Bucket) -> Usage:
        """Today's state of a bucket."""
        now = self.clock()
        today = quota_day(now)
        used, answered = self._counted(bucket, today, (bucket.account, db.ANY_ACCOUNT))
        left = None if bucket.daily_units is None else max(bucket.daily_units - used, 0)
        pause = self._pause(bucket)
        if pause is not None:
            return Usage(bucket.name, today, used, answered, 0, *pause)
        return Usage(
            bucket.name, today, used, answered, left, next_reset(now) if left == 0 else None
        )

    def _counted(self, bucket: Bucket, today: date, accounts: tuple[str, ...]) -> tuple[int, int]:
        """Units reserved and answered for these accounts."""
        query = sa.select(db.units.c.reserved, db.units.c.answered).where(
            db.units.c.api == self.api,
            db.units.c.bucket == bucket.name,
            db.units.c.account.in_(accounts),
            db.units.c.quota_day == today,
        )
        with self._engine.connect() as connection:
            rows = connection.execute(query).all()
        return sum(row.reserved for row in rows), sum(row.answered for row in rows)

    def _row(self, bucket: Bucket, today: date) -> tuple:
        return (
            db.units.c.api == self.api,
            db.units.c.bucket == bucket.name,
            db.units.c.account == bucket.account,
            db.units.c.quota_day == today,
        )

    def _own_pause(self, bucket: Bucket) -> tuple:
        return (*self._pauses(bucket), db.pauses.c.account == bucket.account)

    def _binding_pauses(self, bucket: Bucket) -> tuple:
        return (
            *self._pauses(bucket),
            db.pauses.c.account.in_((bucket.account, db.ANY_ACCOUNT)),
        )

    def _pauses(self, bucket: Bucket) -> tuple:
        return (db.pauses.c.api == self.api, db.pauses.c.bucket == bucket.name)

    def _pause(self, bucket: Bucket) -> tuple[datetime, str] | None:
        """The end and the reason of a pause that is not over yet."""
        now = self.clock()
        query = sa.select(db.pauses).where(*self._binding_pauses(bucket))
        with self._engine.connect() as connection:
            rows = connection.execute(query).all()
        ends = [(datetime.fromisoformat(row.resumes_at), row.reason) for row in rows]
        # One that ends later was noted by a clock that was wrong, or before there was a cap.
        last = now + LONGEST_PAUSE + CLOCK_TOLERANCE
        return max(((end, why) for end, why in ends if now < end <= last), default=None)

    def _latest_moment(self, connection: sa.Connection) -> datetime | None:
        """When a call was last answered; for a ledger of before this was noted, by its answers."""
        for column in (db.latest_moments.c.moment, db.answers.c.fetched_at):
            query = sa.select(sa.func.max(column)).where(column.table.c.api == self.api)
            text = connection.execute(query).scalar()
            if text:
                return datetime.fromisoformat(text)
        return None

    def _ensure_row(self, bucket: Bucket, today: date) -> int:
        """Have a row to count in; returns the units of before accounts were told apart."""
        known = self._known_rows.get((bucket, today))
        if known is not None:
            return known
        self._insert_once(db.latest_moments, api=self.api, moment="")
        self._insert_once(
            db.units, api=self.api, bucket=bucket.name, account=bucket.account, quota_day=today
        )
        earlier, _ = self._counted(bucket, today, (db.ANY_ACCOUNT,))
        self._known_rows[bucket, today] = earlier
        return earlier

    def _insert_once(self, table: sa.Table, **values: object) -> None:
        try:
            with self._engine.begin() as connection:
                connection.execute(sa.insert(table).values(**values))
        except IntegrityError:
            pass  # another thread or process was first: the row is there, which is all we want


def stamp(moment: datetime) -> str:
    """A moment as text that sorts as time does: always UTC, always with microseconds."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
