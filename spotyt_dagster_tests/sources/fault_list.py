"""Faults of a service or of the environment that crawls met, and what each does to a real crawl.

The list alone: `test_fault_list.py` holds the crawl functions to it, `benchmarks/faults.py` the
command line.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from spotyt_dagster.sandbox.faults import Fault, Faults
from spotyt_dagster.sandbox.spotify_api import Tier

#: What has to come of a crawl. `undisturbed`: the tables of a healthy service. `fails`: nothing is
#: a fact about an id, and the message says that the service is at fault. `refused`: the same, and
#: the message names what to set. `one error a page`: that id is asked again, its neighbours have
#: their values.
Right = Literal["undisturbed", "fails", "refused", "one error a page"]

#: Type of entity that each endpoint is asked for; what has no token has no artists.
ENTITY_TYPES = {
    "videos": "video",
    "channels": "channel",
    "artists": "artist",
    "artist": "artist",
    "token": "artist",
}

#: A port on which nobody listens: what is sent to such a proxy fails.
_DEAD_PROXY = "http://127.0.0.1:9"
_NETRC = "default login me password of-the-netrc\n"


@dataclass(frozen=True)
class Case:
    """One fault, where it strikes, and what has to come of it.

    Attributes:
        name: of the fault.
        endpoint: of the sandbox, as in `Faults`.
        right: what has to come of the crawl.
        fault: the sandbox's; None for a fault of the environment.
        once: whether it strikes the first call alone; else it strikes each.
        netrc: whether there is a ~/.netrc with a password for every host.
        variables: of the environment.
    """

    name: str
    endpoint: str
    right: Right
    fault: Fault | None = None
    once: bool = False
    netrc: bool = False
    variables: Mapping[str, str] = field(default_factory=dict)

    @property
    def faults(self) -> Faults:
        """The faults as the sandbox takes them."""
        if self.fault is None:
            return Faults()
        if self.once:
            return Faults(script={self.endpoint: [self.fault]})
        return Faults(rates={self.endpoint: {self.fault: 1.0}})

    @property
    def tier(self) -> Tier:
        """Spotify's tier, in which the endpoint is asked."""
        return "development" if self.endpoint == "artist" else "extended"

    @property
    def entity_type(self) -> str:
        """The type of entity that the endpoint is asked for."""
        return ENTITY_TYPES[self.endpoint]

    def environment(self, home: Path) -> dict[str, str]:
        """Variables of the environment under this fault.

        Args:
            home: an existing folder; it gets the ~/.netrc, if there is one.
        """
        if not self.netrc:
            return dict(self.variables)
        (home / ".netrc").write_text(_NETRC)
        return {"HOME": str(home), **self.variables}

    def __str__(self) -> str:
        if self.fault is None:
            return self.name
        return f"{self.name}, {'one call' if self.once else 'every call'} of {self.endpoint}"


def _of(endpoints: Sequence[str], right: Right, *faults: Fault, once: bool = False) -> list[Case]:
    return [Case(str(one), at, right, one, once) for one in faults for at in endpoints]


_YOUTUBE = ("videos", "channels")
_BATCHED = (*_YOUTUBE, "artists")
_ALL = (*_BATCHED, "artist", "token")
_SHAPES = (
    Fault.ERROR_WITH_200,
    Fault.NO_LIST,
    Fault.EMPTY_OBJECT,
    Fault.JSON_NULL,
    Fault.JSON_LIST,
    Fault.DEEP_NESTING,
    Fault.TRUNCATED,
)
_STATUSES = (Fault.TIMEOUT_408, Fault.CONFLICT_409, Fault.ERROR_503)
_TOO_LARGE = (Fault.HUGE_BODY, Fault.GZIP_BOMB)
_WITHOUT_END = (Fault.DRIPPING_BODY, Fault.DRIPPING_HEADERS)
_COUNTS = (
    Fault.COUNT_AS_TEXT,
    Fault.COUNT_BEYOND_INT64,
    Fault.COUNT_WITH_FRACTION,
    Fault.COUNT_NEGATIVE,
)

CASES = [
    *_of((*_BATCHED, "token"), "undisturbed", *_SHAPES, *_STATUSES, once=True),
    *_of(_ALL, "fails", *_SHAPES, *_STATUSES),
    *_of(_YOUTUBE, "undisturbed", Fault.PROCESSING_FAILURE, once=True),
    *_of(_YOUTUBE, "fails", Fault.PROCESSING_FAILURE),
    *_of((*_BATCHED, "artist"), "fails", Fault.OTHER_IDS),
    *_of(_BATCHED, "one error a page", *_COUNTS),
    *_of(_YOUTUBE, "one error a page", Fault.STATISTICS_NULL),
    *_of(("videos",), "one error a page", Fault.FLAG_AS_TEXT),
    *_of(("artists", "artist", "token"), "refused", Fault.BEARER_REFUSED),
    *_of(_BATCHED, "undisturbed", *_TOO_LARGE, *_WITHOUT_END, once=True),
    *_of(_ALL, "fails", *_TOO_LARGE, *_WITHOUT_END),
    Case("a ~/.netrc with a password for every host", "artists", "undisturbed", netrc=True),
    Case(
        "proxies at which nobody listens",
        "videos",
        "undisturbed",
        variables=dict.fromkeys(
            ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"), _DEAD_PROXY
        ),
    ),
]
