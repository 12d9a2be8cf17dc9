"""What is said before models are trained at full effort: about how long it will take."""

from collections.abc import Sequence

from spotyt_dagster.learning.effort import full_effort_seconds
from spotyt_dagster.reporting.formatting import minutes

LONGEST_NAMED = 3


def full_effort_words(models: Sequence[str], tracks: int) -> str:
    """A sentence or two on models named as their assets are, for a table of so many tracks."""
    expected = full_effort_seconds(models, tracks)
    timed, others = expected.dropna(), expected[expected.isna()]
    parts = []
    if len(timed):
        parts.append(f"about {minutes(timed.sum())} of training for {tracks:,} tracks on two cores")
    if len(timed) > 1:
        longest = timed.nlargest(LONGEST_NAMED).items()
        parts.append("longest " + ", ".join(f"{name} {minutes(took)}" for name, took in longest))
    if len(others):
        parts.append("never timed: " + ", ".join(map(str, others.index)))
    return f"SPOTYT_EFFORT=full: {', '.join(parts)}. A GPU shortens the networks."
