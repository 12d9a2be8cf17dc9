"""Names for readers: of metrics, protocols and standings, and the warning on simulated numbers.

Not here: how numbers are written (formatting.py), and the explanations that need no Python
(templates/how_to_read.html.jinja).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from spotyt_dagster.learning.evaluation.metrics import BY_NAME, Metric
from spotyt_dagster.reporting import formatting
from spotyt_dagster.reporting.ranking import MOST_IN_ONE_CLUSTER
from spotyt_dagster.tables.provenance import SIMULATED, SOURCES, Provenance

TASK_TITLES = {
    "regression": "Regression: how many views?",
    "classification": "Classification: does a track lean to YouTube?",
    "regression all rows": "Regression: lines drawn through all rows",
    "regression leak_audit": "Regression: what scores owe to columns that tell the target",
    "classification leak_audit": "Classification: what scores owe to columns that tell the target",
    "clustering": "Clustering: which kinds of track are there?",
    "clustering all rows": "Clustering: which kinds of track are there?",
}
PROTOCOL_TITLES = {
    "grouped": "Grouped by artist",
    "study": "Study's protocol",
    "all rows": "All rows",
}


STANDINGS = {
    "at_floor": "not distinguishable from the floor",
    "floor": "the floor: looks at no track",
    "below_floor": "no rank: worse than the floor",
    "other_scale": "no rank here: fitted on the logarithm",
    "one_cluster": f"no rank: over {MOST_IN_ONE_CLUSTER:.0%} in one cluster".replace("%", " %"),
    "repeated": "no rank: these fits have a line of their own",
}
"""What is said under a model of its place in the ranking, where something is to be said."""

SNAPSHOTS = {"crawled": "crawled columns", "baseline": "columns of 2023"}

FIT_SCALES = {"log10": "fitted on the logarithm"}
"""What is said of the scale that a model was fitted on, where it is not the target's own."""


@dataclass(frozen=True)
class Banner:
    """What a reader must know before anything else on a page with simulated numbers.

    Attributes:
        headline: in capitals.
        sentences: what is simulated, and what that means.
    """

    headline: str
    sentences: tuple[str, ...]


def metric(name: str) -> Metric:
    """What is known of a metric; one that is not in the registry goes by its own name."""
    return BY_NAME.get(name) or Metric(name, formatting.label(name), "", "neither")


def variant(detail: str, fit_scale: str) -> str:
    """What tells a fit from the others of the same model and target; empty where it has one.

    Args:
        detail: of the metrics table, such as "k=3".
        fit_scale: identity or log10.

    Example:
        >>> variant("k=3", "log10")
        'k=3, fitted on the logarithm'
    """
    return ", ".join(filter(None, (detail, FIT_SCALES.get(fit_scale))))


def mark(rows: pd.DataFrame) -> str:
    """Whether the numbers of leaderboard rows are simulated.

    Args:
        rows: with the columns of `provenance.SOURCES`.

    Returns:
        "simulated", "partly simulated" or nothing.
    """
    simulated = [Provenance.of(part).is_simulated for part in _by_source(rows)]
    if not any(simulated):
        return ""
    return "simulated" if all(simulated) else "partly simulated"


def _by_source(rows: pd.DataFrame) -> Iterable[pd.DataFrame]:
    return (part for _, part in rows.groupby([rows[name].map(tuple) for name in SOURCES]))


def banner(provenance: Provenance) -> Banner | None:
    """The warning on top of a page, or None where nothing is simulated."""
    if not SIMULATED.isdisjoint(provenance.raw_source):
        return Banner(
            "SIMULATED NUMBERS",
            (
                "The tracks on this page do not exist. They are synthetic, as are their artists, "
                "views, likes and streams: they show how the whole thing works.",
                "Nothing here says anything about real music, real people or real platforms. "
                "Do not quote a number or a picture from this page.",
            ),
        )
    if provenance.is_simulated:
        return Banner(
            "SIMULATED NUMBERS",
            (
                "The tracks and their 2023 numbers come from the data set named below, but "
                "today's views, likes, comments, subscribers, followers and popularity do not: "
                "a program on this machine simulated them, because YouTube and Spotify were not "
                "asked.",
                "Whatever is marked “simulated” says nothing about real music. Do not quote it. "
                "Results without that mark use the 2023 numbers alone.",
            ),
        )
    return None
