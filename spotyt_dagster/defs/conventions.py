"""What all assets share: owner, groups in order, pools, and how a person's error ends a step."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import dagster as dg

from spotyt_dagster.exceptions import UserError, explained
from spotyt_dagster.masking import quotes_a_secret

OWNERS = ["team:spotyt"]

#: Groups in the order in which data walks through them; each is also the assets' key prefix.
GROUPS = (
    "ingest", "crawl", "tables", "clustering", "regression", "classification", "tuning", "report",
)  # fmt: skip

#: One training at a time: two would race for the same cores (dagster.yaml sets the limit of every
#: pool to 1).
TRAINING_POOL = "training"


def pool_of(service: str) -> str:
    """The pool of a service's steps: two at a time would race for its last units.

    >>> pool_of("youtube")
    'youtube_api'
    """
    return f"{service}_api"


def asset_defaults(group: str, *kinds: str, **more: Any) -> dict[str, Any]:
    """The arguments that an asset of a group takes."""
    return {"key_prefix": group, "group_name": group, "owners": OWNERS, "kinds": set(kinds), **more}


@contextmanager
def user_errors_as_failures() -> Iterator[None]:
    """What a person can fix ends the step with one message, and nothing above retries it.

    That is a `UserError`, or what `explained` makes of an error of the system or of a database.
    Retrying is HTTP's alone: three layers that each retry made one crawler ask 5,000 times.
    """
    try:
        yield
    except Exception as error:
        known = explained(error)
        if known is None and quotes_a_secret(error):
            # Dagster would store the whole chain of errors as it is.
            known = UserError(f"{type(error).__name__}: {error}")
        if known is None:
            raise
        raise dg.Failure(description=str(known), allow_retries=False) from None
