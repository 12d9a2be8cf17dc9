"""What time it is, and which day of quota that makes.

Everything that needs the time is handed a `Clock`; nothing else in the package asks the system.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

Clock = Callable[[], datetime]

#: YouTube's day of quota starts at midnight here, daylight saving included (APIs' quota docs).
QUOTA_ZONE = ZoneInfo("America/Los_Angeles")


def system_clock() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC)


def frozen_clock(moment: datetime) -> Clock:
    """A clock that always shows `moment` (aware): a simulated day, the same for every process.

    >>> frozen_clock(datetime(2026, 11, 25, tzinfo=UTC))().isoformat()
    '2026-11-25T00:00:00+00:00'

    Raises:
        ValueError: `moment` has no time zone.
    """
    if moment.tzinfo is None:
        raise ValueError(f"a clock needs a moment with a time zone, got {moment.isoformat()}")
    utc = moment.astimezone(UTC)
    return lambda: utc


def quota_day(moment: datetime) -> date:
    """The day of quota (America/Los_Angeles) that an aware `moment` lies in.

    >>> quota_day(datetime(2026, 11, 25, 7, 59, tzinfo=UTC)).isoformat()
    '2026-11-24'
    """
    return moment.astimezone(QUOTA_ZONE).date()


def next_reset(moment: datetime) -> datetime:
    """The first midnight in America/Los_Angeles after an aware `moment`, in UTC.

    >>> next_reset(datetime(2026, 7, 1, 12, tzinfo=UTC)).isoformat()  # daylight saving
    '2026-07-02T07:00:00+00:00'
    >>> next_reset(datetime(2026, 11, 25, 12, tzinfo=UTC)).isoformat()
    '2026-11-26T08:00:00+00:00'
    """
    tomorrow = quota_day(moment) + timedelta(days=1)
    return datetime.combine(tomorrow, time(), QUOTA_ZONE).astimezone(UTC)


def in_utc(moment: datetime) -> str:
    """An aware `moment` as messages show it.

    >>> in_utc(datetime(2026, 11, 26, 8, tzinfo=UTC))
    '2026-11-26 08:00 UTC'
    """
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
