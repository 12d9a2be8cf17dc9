"""Which calls fail, and how: decided by script or at random, never by the order of threads.

Only the decision is made here. The form of a refusal is each API's (`youtube_errors.py`,
`spotify_api.py`), that of a malformed answer `malformed.py`'s; connections are `app.py`'s.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from spotyt_dagster.sandbox.hashed_random import uniforms

#: Retry-After of a passing rate limit, and of Spotify's long ban (10,000 to 86,400 were reported).
RETRY_AFTER_S = 1
LONG_RETRY_AFTER_S = 10_000


class Fault(StrEnum):
    """One way for a call to fail.

    A fault that an endpoint does not know (`BEARER_REFUSED` is Spotify's, `STATISTICS_NULL`
    YouTube's) leaves its answer as it is.
    """

    ERROR_500 = "500 backendError"
    ERROR_503 = "503 backendError"
    RATE_LIMITED = "429 with a short Retry-After"
    RATE_LIMITED_BARE = "429 without Retry-After"
    BANNED = "429 with Retry-After 10,000"
    RATE_LIMIT_EXCEEDED = "403 rateLimitExceeded"
    USER_RATE_LIMIT_EXCEEDED = "403 userRateLimitExceeded"
    QUOTA_EXCEEDED = "the day's quota is exhausted"
    DAILY_LIMIT_EXCEEDED = "the day's quota is exhausted, reported in the older form"
    DROPPED = "connection closed without an answer"
    TRUNCATED = "JSON cut in half"
    SLOW = "an answer that takes its time"
    TIMEOUT_408 = "408 request timeout"
    CONFLICT_409 = "409 conflict"
    PROCESSING_FAILURE = "400 processingFailure"
    BEARER_REFUSED = "400 Only valid bearer authentication supported"
    ERROR_WITH_200 = "200 with an error body"
    NO_LIST = "200 without items"
    EMPTY_OBJECT = "200 with {}"
    JSON_NULL = "200 with null"
    JSON_LIST = "200 with a list"
    DEEP_NESTING = "200 with brackets nested 100,000 deep"
    OTHER_IDS = "200 with other ids and a nextPageToken"
    COUNT_AS_TEXT = "a count of 1.2M"
    COUNT_BEYOND_INT64 = "a count of 2^63"
    COUNT_WITH_FRACTION = "a count of 1.5"
    COUNT_NEGATIVE = "a count of -3"
    STATISTICS_NULL = "statistics that are null"
    FLAG_AS_TEXT = "madeForKids that is yes"
    DRIPPING_BODY = "a body that drips without end"
    DRIPPING_HEADERS = "headers that drip without end"
    HUGE_BODY = "a body of 200 MiB"
    GZIP_BOMB = "a body that unpacks to 1 GiB"


@dataclass(frozen=True)
class Faults:
    """Faults to inject, by endpoint name (`server.ENDPOINTS`), "*" standing for every other one.

    Attributes:
        script: faults of an endpoint's first calls, one entry a call, None for no fault.
        rates: of later calls, the probability of each fault (at most 1 in sum).
        seed: decides which calls the rates hit.
        slow_s: seconds for which `Fault.SLOW` delays an answer.

    Raises:
        ValueError: rates of an endpoint below 0 or above 1 in sum.
    """

    script: Mapping[str, Sequence[Fault | None]] = field(default_factory=dict)
    rates: Mapping[str, Mapping[Fault, float]] = field(default_factory=dict)
    seed: int = 0
    slow_s: float = 2.0

    def __post_init__(self):
        for endpoint, rates in self.rates.items():
            if min(rates.values(), default=0) < 0 or sum(rates.values()) > 1:
                raise ValueError(f"the rates of {endpoint} must be 0 to 1 together: {dict(rates)}")

    def at(self, endpoint: str, call: int) -> Fault | None:
        """The fault of an endpoint's call number `call`, counted from 0."""
        script = self.script.get(endpoint, self.script.get("*", ()))
        if call < len(script):
            return script[call]
        rates = self.rates.get(endpoint, self.rates.get("*"))
        if not rates:
            return None
        draw = uniforms([f"{endpoint} {call}"], "fault", ["fault"], self.seed)["fault"][0]
        for fault, rate in rates.items():
            if draw < rate:
                return fault
            draw -= rate
        return None


class FaultPlan:
    """Faults with the count of calls that they go by.

    Args:
        faults: what to inject.
        endpoints: the names there are.

    Raises:
        ValueError: `faults` names an endpoint that does not exist.
    """

    def __init__(self, faults: Faults, endpoints: Sequence[str]):
        unknown = {*faults.script, *faults.rates} - {*endpoints, "*"}
        if unknown:
            raise ValueError(f"no such endpoints: {sorted(unknown)}; there are {list(endpoints)}")
        self.slow_s = faults.slow_s
        self._faults = faults
        self._calls: Counter[str] = Counter()

    def next(self, endpoint: str) -> Fault | None:
        """The fault of the endpoint's next call."""
        self._calls[endpoint] += 1
        return self._faults.at(endpoint, self._calls[endpoint] - 1)
