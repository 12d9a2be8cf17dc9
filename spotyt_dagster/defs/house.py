"""What all assets share: owner, groups in order, pools, and how a person's error ends a step."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import dagster as dg

from ..errors import UserError

OWNERS = ["team:spotyt"]

#: Groups in the order in which data walks through them; each is also the assets' key prefix.
GROUPS = ("ingest", "crawl", "tables", "clustering", "regression", "classification", "report")

#: One step at a time each: two steps of one API would race for its last units, two trainings for
#: the same cores (dagster.yaml sets the limit of every pool to 1).
YOUTUBE_POOL, SPOTIFY_POOL, TRAINING_POOL = "youtube_api", "spotify_api", "training"


def in_group(group: str, *kinds: str, **more: Any) -> dict[str, Any]:
    """The arguments that an asset of a group takes."""
    return {"key_prefix": group, "group_name": group, "owners": OWNERS, "kinds": set(kinds), **more}


@contextmanager
def told_plainly() -> Iterator[None]:
    """A `UserError` inside ends the step with its message, and nothing above retries it.

    Retrying is HTTP's alone: three layers that each retry made one crawler ask 5,000 times.
    """
    try:
        yield
    except UserError as error:
        raise dg.Failure(description=str(error), allow_retries=False) from None
