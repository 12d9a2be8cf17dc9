"""Prints every figure that differs between two leaderboards; exits with 1 where one does.

    python tools/compare_leaderboards.py OLD.parquet NEW.parquet

A figure is named by task, model, snapshot, detail, protocol, split, target, fit scale, features,
status and metric. Values are equal to the bit or they differ. Times of fitting are not compared:
they belong to the machine. Older leaderboards name snapshot, detail and fit scale in one text,
`variant`, and a model without figures by its metric, "failed" or "not run".
"""

import argparse
import re
from pathlib import Path

import pandas as pd

FIGURES = ["value", "low", "high", "n_train", "n_test"]
NAMED_BY = [
    *("task", "model", "snapshot", "detail", "protocol", "split", "target", "fit_scale"),
    *("features", "status", "metric"),
]
_WITHOUT_FIGURES = ("failed", "not run")
#: "<snapshot>[, <detail>][, fitted on log10]", or "none" of a model without figures.
_VARIANT = re.compile(
    r"^(?P<snapshot>crawled|baseline|none)(?:, (?P<detail>.*?))??(?P<fit_scale>, fitted on log10)?$"
)


def changed_figures(old: pd.DataFrame, new: pd.DataFrame) -> pd.DataFrame:
    """The figures that differ, a row a figure: its names, `figure`, `old` and `new`.

    Args:
        old: a leaderboard, one row a metric.
        new: another.

    Returns:
        Rows where one leaderboard lacks the metric have `figure` "row" and its presence as 0 or 1.

    Raises:
        ValueError: a leaderboard names one figure twice.
    """
    sides = {"old": _by_name(old), "new": _by_name(new)}
    both = sides["old"].index.intersection(sides["new"].index)
    parts = [
        pd.DataFrame({"figure": "row", "old": int(side == "old"), "new": int(side == "new")}, own)
        for side, table in sides.items()
        if len(own := table.index.difference(both))
    ]
    for figure in FIGURES:
        pair = pd.DataFrame({side: table.loc[both, figure] for side, table in sides.items()})
        differs = pair["old"].ne(pair["new"]) & ~(pair["old"].isna() & pair["new"].isna())
        parts.append(pair[differs].assign(figure=figure))
    changes = pd.concat(parts)[["figure", "old", "new"]]
    return changes.rename_axis(NAMED_BY).reset_index()


def _by_name(leaderboard: pd.DataFrame) -> pd.DataFrame:
    if "variant" in leaderboard:
        leaderboard = _with_columns(leaderboard)
    named = leaderboard.set_index(NAMED_BY)
    if twice := named.index[named.index.duplicated()].tolist():
        raise ValueError(f"one figure occurs twice: {twice[0]}")
    return named


def _with_columns(leaderboard: pd.DataFrame) -> pd.DataFrame:
    """An older leaderboard with the columns that say what its texts do."""
    named = leaderboard["variant"].str.extract(_VARIANT)
    if len(unreadable := leaderboard.loc[named["snapshot"].isna(), "variant"].unique()):
        raise ValueError(f"variants of no known form: {', '.join(unreadable)}")
    without = leaderboard["metric"].isin(_WITHOUT_FIGURES)
    return leaderboard.assign(
        snapshot=named["snapshot"],
        detail=named["detail"].fillna(""),
        fit_scale=named["fit_scale"].notna().map({True: "log10", False: "identity"}),
        status=leaderboard["metric"].where(without, "ok"),
        metric=leaderboard["metric"].mask(without, "none"),
    )


def main() -> int:
    """Compare the two files named on the command line and print what differs."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("old", type=Path)
    parser.add_argument("new", type=Path)
    files = parser.parse_args()
    changes = changed_figures(pd.read_parquet(files.old), pd.read_parquet(files.new))
    if len(changes):
        print(changes.to_string(index=False))
    print(f"{len(changes)} figures differ")
    return int(len(changes) > 0)


if __name__ == "__main__":
    raise SystemExit(main())
