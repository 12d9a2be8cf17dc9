"""The day of quota follows Los Angeles, also on the two days a year that have 23 and 25 hours."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spotyt_dagster.clock import frozen_clock, next_reset, quota_day, system_clock

MOMENTS = st.datetimes(datetime(2023, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("moment", "day", "reset"),
    [
        # Winter: UTC-8.
        ("2026-01-10 07:59:59", date(2026, 1, 9), "2026-01-10 08:00"),
        ("2026-01-10 08:00:00", date(2026, 1, 10), "2026-01-11 08:00"),
        # Summer: UTC-7.
        ("2026-07-10 06:59:59", date(2026, 7, 9), "2026-07-10 07:00"),
        ("2026-07-10 07:00:00", date(2026, 7, 10), "2026-07-11 07:00"),
        # 2026-03-08 has 23 hours: it begins in winter time and ends in summer time.
        ("2026-03-08 07:59:59", date(2026, 3, 7), "2026-03-08 08:00"),
        ("2026-03-08 08:00:00", date(2026, 3, 8), "2026-03-09 07:00"),
        ("2026-03-09 06:59:59", date(2026, 3, 8), "2026-03-09 07:00"),
        # 2026-11-01 has 25 hours, two of them between one and two o'clock.
        ("2026-11-01 07:00:00", date(2026, 11, 1), "2026-11-02 08:00"),
        ("2026-11-01 09:30:00", date(2026, 11, 1), "2026-11-02 08:00"),
        ("2026-11-02 07:59:59", date(2026, 11, 1), "2026-11-02 08:00"),
    ],
)
def test_a_moment_lies_in_its_day_and_before_the_next_reset(moment, day, reset):
    assert quota_day(utc(moment)) == day
    assert next_reset(utc(moment)) == utc(reset)


def test_the_zone_that_a_moment_is_written_in_does_not_matter():
    moment = utc("2026-03-09 06:30")
    in_seoul = moment.astimezone(timezone(timedelta(hours=9)))
    assert quota_day(in_seoul) == quota_day(moment) == date(2026, 3, 8)
    assert next_reset(in_seoul) == next_reset(moment)


@given(MOMENTS)
def test_the_reset_is_the_first_moment_of_the_next_day(moment):
    reset = next_reset(moment)
    assert moment < reset <= moment + timedelta(hours=25)
    assert quota_day(reset) == quota_day(moment) + timedelta(days=1)
    assert quota_day(reset - timedelta(seconds=1)) == quota_day(moment)


def test_a_frozen_clock_always_shows_its_moment_in_utc():
    clock = frozen_clock(datetime(2026, 6, 1, 9, tzinfo=timezone(timedelta(hours=9))))
    assert clock() == clock() == datetime(2026, 6, 1, tzinfo=UTC)
    assert clock().tzinfo is UTC


def test_a_moment_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="time zone, got 2026-06-01T00:00:00"):
        frozen_clock(datetime(2026, 6, 1))


def test_the_system_clock_is_aware_and_goes_on():
    first, second = system_clock(), system_clock()
    assert first.tzinfo is UTC
    assert timedelta(0) <= second - first < timedelta(minutes=1)
