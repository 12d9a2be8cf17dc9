"""What clients used: units of quota by key, bucket and day; calls by endpoint; ids asked for.

The only state of the sandbox besides its access tokens. Locked: the server's thread writes while a
test's or the command line's reads.
"""

from collections import Counter, defaultdict
from datetime import date
from threading import Lock
from typing import Any


class Usage:
    """Usage of one sandbox.

    Args:
        daily_units: limit of each bucket, by key and day.
    """

    def __init__(self, daily_units: int):
        self.daily_units = daily_units
        self._lock = Lock()
        self._units: Counter[tuple[str, str, date]] = Counter()
        self._spent_elsewhere: set[tuple[str, str, date]] = set()
        self._calls: Counter[str] = Counter()
        self._ids: dict[date, dict[str, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))

    def count_call(self, endpoint: str) -> None:
        """Count a call, whatever comes of it."""
        with self._lock:
            self._calls[endpoint] += 1

    def charge(self, key: str, bucket: str, day: date) -> bool:
        """Take one unit, or say that none is left."""
        account = (key, bucket, day)
        with self._lock:
            if account in self._spent_elsewhere or self._units[account] >= self.daily_units:
                return False
            self._units[account] += 1
            return True

    def spend_elsewhere(self, key: str, bucket: str, day: date) -> None:
        """Exhaust the day's units, as another program with the same key would."""
        with self._lock:
            self._spent_elsewhere.add((key, bucket, day))

    def count_answered(self, kind: str, ids: list[str], day: date) -> None:
        """Count the ids of a call that was answered in full; those of a failed call are not."""
        with self._lock:
            self._ids[day][kind].update(ids)

    def stats(self, day: date) -> dict[str, Any]:
        """Usage as JSON can represent it.

        Args:
            day: what "today" means below.

        Returns:
            quota_day: `day` in ISO form.
            daily_units: limit of each bucket.
            units: by key, bucket and day, units taken. units_today: by bucket, all keys together.
            calls: by endpoint, since the start, failed ones too.
            ids: by kind, how many were `asked` for today and how many `distinct` ones.
            repeated_ids: by kind, those asked for more than once today, sorted.
        """
        with self._lock:
            units: dict[str, dict[str, dict[str, int]]] = {}
            today: Counter[str] = Counter()
            for (key, bucket, when), count in self._units.items():
                units.setdefault(key, {}).setdefault(bucket, {})[when.isoformat()] = count
                today[bucket] += count if when == day else 0
            asked = self._ids.get(day, {})
            return {
                "quota_day": day.isoformat(),
                "daily_units": self.daily_units,
                "units": units,
                "units_today": dict(today),
                "calls": dict(self._calls),
                "ids": {
                    kind: {"asked": counts.total(), "distinct": len(counts)}
                    for kind, counts in asked.items()
                },
                "repeated_ids": {
                    kind: sorted(name for name, count in counts.items() if count > 1)
                    for kind, counts in asked.items()
                },
            }
