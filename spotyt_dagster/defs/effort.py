"""What is said before models are trained at full effort: about how long it will take."""

from collections.abc import Sequence

from ..learning.effort import full_effort_seconds
from ..reporting.formats import seconds

LONGEST_NAMED = 3


def full_effort_words(models: Sequence[str], tracks: int) -> str:
    """One sentence or two on models named as their assets are, for a table of so many tracks."""
    expected = full_effort_seconds(models, tracks)
    timed, others = expected.dropna(), expected[expected.isna()]
    words = [f"SPOTYT_EFFORT=full: about {seconds(timed.sum())} of training for {tracks:,} tracks"]
    if len(timed) > 1:
        longest = timed.nlargest(LONGEST_NAMED).items()
        words.append("most of it " + ", ".join(f"{m} {seconds(took)}" for m, took in longest))
    if len(others):
        words.append("not timed: " + ", ".join(map(str, others.index)))
    return "; ".join(words) + ". Two cores were timed; a GPU shortens the networks."
