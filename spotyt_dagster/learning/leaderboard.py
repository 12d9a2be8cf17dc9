"""All models' metrics as one table, best first.

How the table is printed is reporting/'s; the study's figures beside it are study.py's.
"""

from collections.abc import Iterable

import pandas as pd

from spotyt_dagster.learning.result import METRIC_COLUMNS, METRIC_DTYPES

HEADLINES = {"clustering": "silhouette", "regression": "r2", "classification": "accuracy"}
"""The metric that a task's models are ranked by: the study's own; for all three higher is better.
A task that is not named here is ranked by its first metric."""

_TARGETS = ("viewCount", "log10_viewCount", "delta_view", "Views", "log10_Views")
_PROTOCOLS = ("grouped", "study", "all rows")
_FIT = ["task", "target", "model", "variant"]
_AUDIT = "leak_audit"  # its fits are given columns that tell the target; they win, and mean nothing


def leaderboard(metric_tables: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """One row a metric (METRIC_COLUMNS) of all the tables, whose own order does not matter.

    Sorted by task (as in the study: clustering, regression, classification, then others), by
    target, and within a target by the headline metric of the fit under `grouped`, under `study`
    where there is no grouped figure, then in sample; best first, fits without one (failed ones
    too) last; the leak audit's come after all models'. A fit's rows stay together: study before
    grouped, metrics in their table's order.
    """
    tables = [table[METRIC_COLUMNS] for table in metric_tables if len(table)]
    if not tables:
        return pd.DataFrame(columns=METRIC_COLUMNS).astype(METRIC_DTYPES)
    rows = pd.concat(tables, ignore_index=True)
    order = pd.DataFrame(
        {
            "task": _places(rows["task"], tuple(HEADLINES)),
            "target": _places(rows["target"], _TARGETS),
            "target_name": rows["target"],
            "audit": rows["model"] == _AUDIT,
            "score": -_headline_scores(rows),
            "model": rows["model"],
            "variant": rows["variant"],
            "protocol": _places(rows["protocol"], ("study", "grouped")),
        }
    )
    # mergesort is stable: a fit's splits and metrics keep the order in which the model gave them
    ranked = order.sort_values(list(order.columns), kind="mergesort", na_position="last").index
    return rows.loc[ranked].reset_index(drop=True)


def _headline_scores(rows: pd.DataFrame) -> pd.Series:
    """The headline figure of the fit that each row belongs to (NaN where it has none)."""
    firsts = rows.groupby("task")["metric"].transform("first")
    headline = rows["task"].map(HEADLINES).fillna(firsts)
    place = _places(rows["protocol"], _PROTOCOLS)
    found = rows[(rows["metric"] == headline) & rows["value"].notna()].assign(place=place)
    best = found.sort_values("place", kind="mergesort").drop_duplicates(_FIT).set_index(_FIT)
    return rows[_FIT].join(best["value"], on=_FIT)["value"]


def _places(values: pd.Series, known: tuple[str, ...]) -> pd.Series:
    """Place of each value in `known`; all others come after, together."""
    return values.map({name: place for place, name in enumerate(known)}).fillna(len(known))
