"""All models' metrics as one table, ranked problem by problem, with the floor of each problem.

What is a problem, who may be ranked in it and what a rank is worth stands here; how the table is
printed is html/leaderboard.py's, the study's figures beside it are study_comparison.py's.
"""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from spotyt_dagster.learning.evaluation.metric_table import (
    LISTS,
    METRIC_COLUMNS,
    METRIC_DTYPES,
    NO_FIGURES,
    join_metrics,
)
from spotyt_dagster.learning.evaluation.metrics import BY_NAME, headline
from spotyt_dagster.reporting.formatting import several

TASKS = ("clustering", "regression", "classification")
"""In the study's order. Another task is sorted by its first metric and has no ranks."""

_HEADLINES = {task: headline(task).name for task in TASKS}
_CHANCE = {name: metric.chance for name, metric in BY_NAME.items() if metric.chance is not None}

FLOOR_MODEL = "dummy"
"""The model of each supervised task that does not look at a track."""

MOST_IN_ONE_CLUSTER = 0.9
"""No rank above this share of the clustered tracks in one cluster: DBSCAN at its knee had the best
silhouette of the real table with 99 % of them in one."""

PROBLEM = ["task", "target", "snapshot", "protocol", "split"]
"""Fits that share these met the same rows, and can be compared."""

LEADERBOARD_DTYPES = METRIC_DTYPES | {
    "floor": "float64",
    "rank": "Int64",
    "standing": "str",
}
LEADERBOARD_COLUMNS = list(LEADERBOARD_DTYPES)

HONEST = ("grouped", "all rows")
"""The protocols whose first rank counts; clusters have no other than all rows."""

_SNAPSHOTS = ("crawled", "baseline")
_TARGETS = (
    *("viewCount", "log10_viewCount", "delta_view", "log10_view_growth", "view_growth"),
    *("Views", "log10_Views"),
)
_FIT = [*PROBLEM, "model", "detail", "fit_scale", "features"]
_LINE = ["task", "target", "snapshot", "model", "detail", "fit_scale"]
_UNRANKED_MODELS = {
    "leak_audit": "audit",  # its fits are given columns that tell the target; they would win
    "cluster_comparison": "repeated",  # the same fits have a line of their own model
}
_ORDER = (
    ("winner", "above_floor", "at_floor", "ranked"),
    ("floor",),
    ("below_floor",),
    ("other_scale", "one_cluster", "unranked", "in_sample"),
    ("repeated",),
    ("audit",),
    NO_FIGURES,
)


def leaderboard(metric_tables: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """One row a metric (LEADERBOARD_COLUMNS) of all the tables, whose own order does not matter.

    Beside METRIC_COLUMNS, which stay as they are: `floor` (the dummy's value of the same metric in
    the same problem, NaN where there is none), `rank` (of the fit in its problem, missing where it
    has none) and `standing` (see ranking()).

    Sorted by task (as in the study: clustering, regression, classification, then others), target
    and snapshot; in them by the standing and headline metric under `grouped`, under `study` where
    there is no grouped figure, then in sample; best first, what has no rank after what has, fits
    without figures last. A model's fits stay together: study before grouped, metrics in their
    table's order.
    """
    tables = [table[METRIC_COLUMNS] for table in metric_tables if len(table)]
    if not tables:
        return pd.DataFrame(columns=LEADERBOARD_COLUMNS).astype(LEADERBOARD_DTYPES)
    rows = join_metrics(tables)
    rows["floor"] = _floors(rows)
    fits = ranking(rows).set_index(_FIT)
    rows = rows.join(fits[["rank", "standing"]], on=_FIT)
    order = _order(rows, fits.reset_index())
    # mergesort is stable: a fit's splits and metrics keep the order in which the model gave them
    ranked = order.sort_values(list(order.columns), kind="mergesort", na_position="last").index
    rows = rows.loc[ranked, LEADERBOARD_COLUMNS].reset_index(drop=True)
    return rows.astype(LEADERBOARD_DTYPES)


def ranking(rows: pd.DataFrame) -> pd.DataFrame:
    """One row a fit, with its rank and standing.

    Columns: its problem, model, detail, fit_scale and features, then metric (the headline of its
    task), value, low, high, floor, rank (Int64) and standing.

    A fit has a rank where it is compared on the scale that it was fitted on, and is not worse than
    the floor. Standings of supervised fits:

    - `winner`: first of its problem under the protocol that is believed, and its interval clears
      the floor; none where it is alone.
    - `above_floor`, `at_floor`: the interval clears the floor, or does not.
    - `floor`: the dummy. `below_floor`: worse than it, no rank.
    - `other_scale`: fitted on the logarithm, measured on counts; ranked where it was fitted.
    - `in_sample`: measured on the rows it was fitted on.

    Of clusterings: `ranked`, or `one_cluster` where one cluster holds over 90 % of the clustered
    tracks. Of both: `audit`, `repeated`, `unranked` (no headline figure), `failed`, `not run`.
    """
    fits = _headlines(rows)
    fits["standing"] = [_standing(fit) for fit in fits.to_dict("records")]
    may_win = fits["standing"].isin(_ORDER[0])
    fits["rank"] = (
        fits["value"]
        .where(may_win)
        .groupby([fits[name] for name in PROBLEM])
        .rank(method="min", ascending=False)
        .astype("Int64")
    )
    competing = may_win | (fits["standing"] == "below_floor")
    several = competing.groupby([fits[name] for name in PROBLEM]).transform("sum") > 1
    first = fits["rank"].eq(1).fillna(False) & several & fits["protocol"].isin(HONEST)
    fits.loc[first & (fits["standing"] == "above_floor"), "standing"] = "winner"
    names = ["metric", "value", "low", "high", "floor", "rank", "standing"]
    return fits[[*_FIT, *names]]


def leaders(table: pd.DataFrame) -> pd.DataFrame:
    """The first of each problem of a leaderboard under the protocol that is believed, a row a fit.

    Columns: task, target, snapshot, model, detail, metric, value, low, high, floor, standing.
    """
    headline = table["metric"] == table["task"].map(_HEADLINES)
    first = table["rank"].eq(1).fillna(False) & table["protocol"].isin(HONEST)
    names = ["metric", "value", "low", "high", "floor", "standing"]
    kept = table.loc[headline & first, ["task", "target", "snapshot", "model", "detail", *names]]
    return kept.reset_index(drop=True)


def as_csv(table: pd.DataFrame) -> bytes:
    """A leaderboard as CSV in UTF-8; several notes or sources share a cell, separated by " · "."""
    return (
        table.assign(**{name: table[name].map(several) for name in LISTS})
        .to_csv(index=False)
        .encode()
    )


def _floors(rows: pd.DataFrame) -> pd.Series:
    """The dummy's value of each row's metric in the row's problem, else what chance is worth."""
    keys = [*PROBLEM, "metric"]
    own_scale = rows["fit_scale"] == "identity"
    dummies = rows[(rows["model"] == FLOOR_MODEL) & own_scale].drop_duplicates(keys)
    measured = rows[keys].join(dummies.set_index(keys)["value"].rename("floor"), on=keys)["floor"]
    split = rows["protocol"].isin(("study", "grouped"))
    return measured.fillna(rows["metric"].map(_CHANCE).where(split))


def _headlines(rows: pd.DataFrame) -> pd.DataFrame:
    """One row a fit with its headline figure and what else its standing rests on."""
    fits = rows.drop_duplicates(_FIT)[[*_FIT, "status", "metric"]]
    fits = fits.rename(columns={"metric": "first_metric"})
    firsts = fits.groupby("task")["first_metric"].transform("first")
    fits["metric"] = fits["task"].map(_HEADLINES).fillna(firsts)
    found = rows.drop_duplicates([*_FIT, "metric"]).set_index([*_FIT, "metric"])
    fits = fits.join(found[["value", "low", "high", "floor"]], on=[*_FIT, "metric"])
    for name in ("largest_share", "noise_share"):
        of_metric = found.loc[found.index.get_level_values("metric") == name, "value"]
        fits = fits.join(of_metric.droplevel("metric").rename(name), on=_FIT)
    return fits.reset_index(drop=True)


def _standing(fit: dict) -> str:
    if fit["status"] in NO_FIGURES:
        return fit["status"]
    if fit["model"] in _UNRANKED_MODELS:
        return _UNRANKED_MODELS[fit["model"]]
    if fit["task"] == "clustering":
        return _standing_of_clusters(fit)
    if fit["protocol"] == "all rows":
        return "in_sample"
    if fit["fit_scale"] != "identity":
        return "other_scale"
    if fit["model"] == FLOOR_MODEL:
        return "floor"
    if fit["task"] not in TASKS or np.isnan(fit["value"]):
        return "unranked"
    if fit["value"] < fit["floor"]:
        return "below_floor"
    return "above_floor" if fit["low"] > fit["floor"] else "at_floor"


def _standing_of_clusters(fit: dict) -> str:
    # noise is in no cluster, and ignored by the score: a share of all rows would count it in
    noise = 0.0 if np.isnan(fit["noise_share"]) else fit["noise_share"]
    if np.isnan(fit["value"]) or fit["largest_share"] > MOST_IN_ONE_CLUSTER * (1 - noise):
        return "one_cluster"
    return "ranked"


def _order(rows: pd.DataFrame, fits: pd.DataFrame) -> pd.DataFrame:
    """What the rows are sorted by; a model's fits go where its most trusted one belongs."""
    places = {name: place for place, names in enumerate(_ORDER) for name in names}
    trusted = fits.assign(
        trust=_places(fits["protocol"], ("grouped", "study", "all rows")),
        place=fits["standing"].map(places),
        loss=-fits["value"],
    )
    by_trust = trusted.sort_values(["trust", "place", "loss"], kind="mergesort")
    lines = by_trust.drop_duplicates(_LINE).set_index(_LINE)[["place", "trust", "loss"]]
    return pd.DataFrame(
        {
            "task": _places(rows["task"], TASKS),
            "task_name": rows["task"],
            "target": _places(rows["target"], _TARGETS),
            "target_name": rows["target"],
            "snapshot": _places(rows["snapshot"], _SNAPSHOTS),
            **rows[_LINE].join(lines, on=_LINE)[["place", "trust", "loss"]].to_dict("series"),
            "model": rows["model"],
            "fit_scale": _places(rows["fit_scale"], ("identity", "log10")),
            "detail": rows["detail"],
            "protocol": _places(rows["protocol"], ("study", "grouped")),
        }
    )


def _places(values: pd.Series, known: tuple[str, ...]) -> pd.Series:
    """Place of each value in `known`; all others come after, together."""
    return values.map({name: place for place, name in enumerate(known)}).fillna(len(known))
