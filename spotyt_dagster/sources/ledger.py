"""The ledger of API units: what a day may still cost, over all runs and processes.

A day's quota is a fact of the world, not of a run, so it is counted here, before each call. What a
call brought is stored by `crawl_store.py`; which response means that a quota is exhausted is for
each service's module to say (`youtube.py`, `spotify.py`).
"""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from hashlib import blake2b

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from spotyt_dagster.clock import Clock, in_utc, next_reset, quota_day
from spotyt_dagster.exceptions import ClockError
from spotyt_dagster.masking import masked
from spotyt_dagster.sources import crawl_database as db

#: No pause is longer, whatever a service says: YouTube's quota comes back at the next midnight, at
#: most 25 hours away (in the night in which summer time ends), and Spotify's longest ban seen is
#: 86,400 s. Asking again after that costs one call; a Retry-After of the year 9999 cost the crawl.
LONGEST_PAUSE = timedelta(hours=25)

#: How much two clocks of one ledger may differ, and how far a clock may be set back.
CLOCK_TOLERANCE = timedelta(minutes=10)


def account_of(credential: str) -> str:
    """Name an account in the ledger without showing its credential.

    Args:
        credential: YouTube's API key, Spotify's client id; surrounding whitespace does not count.

    Returns:
        A keyed digest of 16 hexadecimal digits, the same in every process.
    """
    text = credential.strip().encode()
    return blake2b(text, digest_size=8, key=b"spotyt_dagster ledger").hexdigest()


@dataclass(frozen=True)
class Bucket:
    """A pot of calls that a service counts separately.

    Attributes:
        name: `service/unit`, such as `youtube/units`.
        daily_units: what a day may cost; None where the service publishes no number.
        account: whose pot it is, from `account_of`; empty in a bucket of no account in particular.
        limit_setting: environment variable that sets `daily_units`; None where none does.
    """

    name: str
    daily_units: int | None
    account: str = ""
    limit_setting: str | None = None

    @property
    def label(self) -> str:
        """The name as a column of a table bears it: `youtube_units`."""
        return self.name.replace("/", "_")

    @property
    def service(self) -> str:
        """Whose bucket it is: `youtube`."""
        return self.name.partition("/")[0]

    @property
    def unit(self) -> str:
        """What is counted: `units`, `calls`."""
        return self.name.partition("/")[2]

    def of_account(self, credential: str, daily_units: int | None = None) -> "Bucket":
        """Make the bucket of one account.

        Args:
            credential: of the account.
            daily_units: what a day may cost; None keeps the limit of this bucket.

        Returns:
            The bucket with its account, and with the limit where one is given.
        """
        limit = self.daily_units if daily_units is None else daily_units
        return replace(self, account=account_of(credential), daily_units=limit)


@dataclass(frozen=True)
class Usage:
    """A bucket's state today, in units.

    Attributes:
        bucket: name of the bucket.
        quota_day: the day of quota that is counted.
        used: units reserved, whether or not their calls were answered.
        answered: units whose calls were answered.
        left: units that may still be used; None where the service publishes no limit.
        resumes_at: when calls may be made again; None where they may be made now.
        paused_because: reason of a pause that the service asked for; None without one.
    """

    bucket: str
    quota_day: date
    used: int
    answered: int
    left: int | None
    resumes_at: datetime | None
    paused_because: str | None = None


class QuotaExhausted(Exception):  # noqa: N818 (no error: every day's quota ends)
    """No call may be made before `resumes_at`: the quota is used up, or the service wants a pause.

    Attributes:
        reason: why, in words that bear no secret.
        resumes_at: when calls may be made again (aware).
        bucket: name of the bucket; None where a service's response was read and no bucket is known.
    """

    def __init__(self, reason: str, resumes_at: datetime, bucket: str | None = None):
        self.reason = masked(reason)
        self.resumes_at = resumes_at
        self.bucket = bucket
        where = "" if bucket is None else f"{bucket}: "
        super().__init__(f"{where}{self.reason}; resumes at {in_utc(resumes_at)}")


class Ledger:
    """Units used and pauses asked for on one side (`live` or `sandbox`) of a crawl's database.

    Args:
        engine: the crawl's database.
        api: `live` or `sandbox`; the two never count each other's units.
        clock: says which day of quota it is.
    """

    def __init__(self, engine: sa.Engine, api: str, clock: Clock):
        self.api = api
        self.clock = clock
        self._engine = engine
        #: Units counted before there were accounts, by the rows that are known to exist.
        self._known_rows: dict[tuple[Bucket, date], int] = {}

    def reserve(self, bucket: Bucket) -> date:
        """Count one unit before a call is made, in one atomic statement.

        Args:
            bucket: what the call draws on.

        Returns:
            The day of quota that pays for the call, which `mark_answered` needs.

        Raises:
            QuotaExhausted: the day's units are used, or the service asked for a pause.
            ClockError: the clock was set back.
        """
        self.require_clock_not_set_back()
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
            reserved = connection.execute(
                sa.update(db.units)
                .where(*self._row(bucket, today), *room)
                .values(reserved=db.units.c.reserved + 1)
            )
        if reserved.rowcount == 0:
            reason = f"all {bucket.daily_units:,} units of the day are used"
            raise QuotaExhausted(reason, next_reset(now), bucket.name)
        return today

    def mark_answered(self, connection: sa.Connection, bucket: Bucket, paid_on: date) -> None:
        """Count a reserved call as answered.

        Args:
            connection: the caller's transaction, in which the response is stored as well.
            bucket: as given to `reserve`.
            paid_on: as `reserve` returned it.
        """
        connection.execute(
            sa.update(db.units)
            .where(*self._row(bucket, paid_on))
            .values(answered=db.units.c.answered + 1)
        )

    def pause(self, bucket: Bucket, resumes_at: datetime, reason: str) -> datetime:
        """Note that a service wants no call for a while, in place of any earlier pause.

        Args:
            bucket: what is paused.
            resumes_at: when the service takes calls again (aware).
            reason: why, for people; secrets in it are masked.

        Returns:
            When calls may be made again: `resumes_at`, but at most `LONGEST_PAUSE` from now.
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
        return until

    def end_pause(self, bucket: Bucket) -> bool:
        """Delete a pause before it is over.

        Args:
            bucket: what is paused.

        Returns:
            Whether there was a pause.
        """
        with self._engine.begin() as connection:
            query = sa.delete(db.pauses).where(*self._binding_pauses(bucket))
            return connection.execute(query).rowcount > 0

    def raise_if_paused(self, bucket: Bucket) -> None:
        """Make sure that nothing is sent while the service wants a pause.

        Args:
            bucket: what a call would draw on.

        Raises:
            QuotaExhausted: the service asked for a pause that is not over.
        """
        pause = self._pause(bucket)
        if pause is not None:
            until, reason = pause
            raise QuotaExhausted(reason, until, bucket.name)

    def require_clock_not_set_back(self) -> None:
        """Make sure that no unit is counted by a clock that was set back.

        It would grant the same day twice.

        Raises:
            ClockError: it shows a moment before that of the last answered call.
        """
        now = self.clock()
        with self._engine.connect() as connection:
            latest = self._latest_moment(connection)
        if latest is not None and now < latest - CLOCK_TOLERANCE:
            raise ClockError(
                f"The clock shows {in_utc(now)}, but the last call of this ledger was "
                f"answered at {in_utc(latest)}, and its day's units would be granted "
                "again: set the clock (or SPOTYT_NOW) right, or, if it is right now and was wrong "
                "then, run `spotyt quota clear clock`."
            )

    def require_time_of(self, service: datetime | None) -> None:
        """Make sure that no response is stored whose date differs from the clock's.

        Only live ones: the sandbox has a simulated time, and its server's Date is the system's.

        Args:
            service: the time that a response says it is, if it does.

        Raises:
            ClockError: the two differ by more than `CLOCK_TOLERANCE`.
        """
        now = self.clock()
        if self.api != "live" or service is None or abs(now - service) <= CLOCK_TOLERANCE:
            return
        raise ClockError(
            f"The clock of this machine shows {in_utc(now)} and that of the service "
            f"{in_utc(service)}: set the machine's clock right."
        )

    def note_moment(self, connection: sa.Connection) -> None:
        """Note that a call was answered now, unless a later moment is noted already.

        Args:
            connection: the caller's transaction.
        """
        now = stamp(self.clock())
        latest = db.latest_moments.c
        connection.execute(
            sa.update(db.latest_moments)
            .where(latest.api == self.api, latest.moment < now)
            .values(moment=now)
        )

    def reset_moment(self, connection: sa.Connection) -> None:
        """Take the present moment for the latest, even if a later one is noted.

        Args:
            connection: the caller's transaction.
        """
        moments = sa.update(db.latest_moments).where(db.latest_moments.c.api == self.api)
        connection.execute(moments.values(moment=stamp(self.clock())))

    def usage(self, bucket: Bucket) -> Usage:
        """Look up a bucket's state today.

        Args:
            bucket: the bucket of an account.

        Returns:
            Units used and left, and when calls may be made again.
        """
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
        # One that ends later was noted by a clock that was wrong, or before there was a limit.
        last = now + LONGEST_PAUSE + CLOCK_TOLERANCE
        return max(((end, why) for end, why in ends if now < end <= last), default=None)

    def _latest_moment(self, connection: sa.Connection) -> datetime | None:
        """When a call was last answered; in a ledger that noted no moments, by its responses."""
        for column in (db.latest_moments.c.moment, db.answers.c.fetched_at):
            query = sa.select(sa.func.max(column)).where(column.table.c.api == self.api)
            text = connection.execute(query).scalar()
            if text:
                return datetime.fromisoformat(text)
        return None

    def _ensure_row(self, bucket: Bucket, today: date) -> int:
        """Make the row to count in; returns the units counted before there were accounts."""
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
            pass  # another thread or process was first: the row exists, which is all we want


def stamp(moment: datetime) -> str:
    """Write a moment as text that sorts as time does.

    Args:
        moment: aware.

    Returns:
        ISO 8601 in UTC, always with microseconds.
    """
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
