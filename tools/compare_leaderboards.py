"""Prints every figure that differs between two leaderboards; exits with 1 where one does.

    python tools/compare_leaderboards.py OLD.parquet NEW.parquet

A figure is named by task, model, snapshot and detail, protocol, split, target, features and metric.
Values are equal to the bit or they differ. Times of fitting are not compared: they belong to the
machine. Leaderboards without columns snapshot, detail and fit_scale name all three in `variant`.
"""

import argparse
from pathlib import Path

import pandas as pd

FIGURES = ["value", "low", "high", "n_train", "n_test"]
NAMED_BY = ["task", "model", "variant", "protocol", "split", "target", "features", "metric"]
#: Columns that say the same as `variant` did, in the order in which it did.
_SNAPSHOT, _DETAIL, _FIT_SCALE = "snapshot", "detail", "fit_scale"


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
    if "variant" not in leaderboard:
        leaderboard = leaderboard.assign(variant=_variant(leaderboard))
    named = leaderboard.set_index(NAMED_BY)
    if twice := named.index[named.index.duplicated()].tolist():
        raise ValueError(f"one figure stands twice: {twice[0]}")
    return named


def _variant(leaderboard: pd.DataFrame) -> pd.Series:
    on_log = leaderboard[_FIT_SCALE].eq("log10").map({True: "fitted on log10", False: ""})
    texts = zip(leaderboard[_SNAPSHOT], leaderboard[_DETAIL], on_log, strict=True)
    return pd.Series([", ".join(filter(None, parts)) for parts in texts], leaderboard.index)


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
