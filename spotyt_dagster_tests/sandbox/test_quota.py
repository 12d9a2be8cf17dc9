"""What clients have used of the sandbox."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date

from spotyt_dagster.sandbox.quota import Usage

MONDAY, TUESDAY = date(2024, 11, 18), date(2024, 11, 19)


def test_threads_together_never_pass_the_limit():
    usage = Usage(daily_units=250)
    with ThreadPoolExecutor(8) as pool:
        granted = list(pool.map(lambda _: usage.charge("k", "default", MONDAY), range(1_000)))
    assert sum(granted) == 250
    assert usage.stats(MONDAY)["units"] == {"k": {"default": {"2024-11-18": 250}}}


def test_keys_buckets_and_days_have_each_their_own_units():
    usage = Usage(daily_units=1)
    accounts = [
        ("k", "default", MONDAY),
        ("k", "default", TUESDAY),
        ("k", "batchGetStats", MONDAY),
        ("other", "default", MONDAY),
    ]
    assert [usage.charge(*account) for account in accounts] == [True] * 4
    assert not any(usage.charge(*account) for account in accounts)
    assert usage.stats(MONDAY)["units_today"] == {"default": 2, "batchGetStats": 1}


def test_units_spent_elsewhere_are_gone_until_the_next_day():
    usage = Usage(daily_units=5)
    usage.spend_elsewhere("k", "default", MONDAY)
    assert not usage.charge("k", "default", MONDAY)
    assert usage.charge("k", "default", TUESDAY)


def test_ids_asked_twice_in_a_day_are_named():
    usage = Usage(daily_units=5)
    usage.count_answered("videos", ["a", "b"], MONDAY)
    usage.count_answered("videos", ["b", "c"], MONDAY)
    usage.count_answered("videos", ["a"], TUESDAY)
    stats = usage.stats(MONDAY)
    assert stats["ids"] == {"videos": {"asked": 4, "distinct": 3}}
    assert stats["repeated_ids"] == {"videos": ["b"]}
    assert usage.stats(TUESDAY)["repeated_ids"] == {"videos": []}
