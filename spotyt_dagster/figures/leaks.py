"""How much of a score is due to proxies of the target, and to rows shared with training."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from spotyt_dagster.figures.palette import BLUE, GREY, INK, ORANGE
from spotyt_dagster.figures.style import new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_PROTOCOLS = {"study": ("random split", BLUE), "grouped": ("by artist", ORANGE)}
_SNAPSHOTS = {"crawled": "Crawled", "baseline": "Columns of 2023"}


def with_and_without(audit: pd.DataFrame, *, score: str, title: str) -> Figure:
    """The score without each proxy (hollow) and with it (full), a panel a snapshot and protocol.

    Args:
        audit: table of `learning/inspection/leak_audit.py`; one row of panels a snapshot.
        score: name of the scores, for the axis.
        title: of the figure.
    """
    from matplotlib.lines import Line2D

    snapshots = list(audit["snapshot"].unique())
    lines = audit.groupby("snapshot")[["feature_set", "proxy"]].apply(lambda t: len(t) / 2)
    figure, *panels = new_figure(
        len(snapshots),
        2,
        height=2.2 + 0.33 * lines.sum(),
        title=title,
        sharex=True,
        height_ratios=lines.loc[snapshots].tolist(),
    )
    places = [(snapshot, protocol) for snapshot in snapshots for protocol in _PROTOCOLS]
    for axes, (snapshot, protocol) in zip(panels, places, strict=True):
        rows = audit[(audit["snapshot"] == snapshot) & (audit["protocol"] == protocol)].iloc[::-1]
        split, colour = _PROTOCOLS[protocol]
        place = np.arange(len(rows))
        axes.hlines(place, rows["without"], rows["with"], color=colour, lw=3, alpha=0.4)
        axes.plot(rows["without"], place, "o", mfc="white", mec=colour, ms=7)
        axes.plot(rows["with"], place, "o", color=colour, ms=7)
        axes.set_yticks(place, [_label(row) for _, row in rows.iterrows()], fontsize=9)
        if protocol == "grouped":
            axes.set_yticklabels([])
        axes.set_ylim(-0.6, len(rows) - 0.4)
        axes.set_xlabel(f"{score} on test rows")
        axes.tick_params(labelbottom=True)
        axes.set_title(f"{_SNAPSHOTS[snapshot]}: {split}", loc="left", fontsize=11)
    figure.legend(
        handles=[
            Line2D([], [], ls="", marker="o", mfc="white", mec=INK, label="without the column"),
            Line2D([], [], ls="", marker="o", color=INK, label="with the column"),
        ],
        loc="outside lower center",
        ncols=2,
    )
    return figure


def overlap(table: pd.DataFrame, *, title: str) -> Figure:
    """Share of test rows whose artist, or whose very video, is among the training rows.

    `table` is protocol.overlap_table's.
    """
    from matplotlib.ticker import PercentFormatter

    figure, axes = new_figure(height=1.8 + 0.7 * len(table), title=title)
    kinds = {
        "artist in training": "test_rows_with_artist_in_training",
        "video in training": "test_rows_with_video_in_training",
    }
    place = np.arange(len(table))[::-1]
    for (name, column), shift, colour in zip(
        kinds.items(), (0.2, -0.2), (BLUE, ORANGE), strict=True
    ):
        shares = table[column] / table["test_rows"]
        axes.barh(place + shift, shares, height=0.36, color=colour, label=name)
        for y, share, count in zip(place + shift, shares, table[column], strict=True):
            axes.annotate(
                f"{count:,} rows ({share:.1%})",
                (share, y),
                xytext=(4, 0),
                va="center",
                textcoords="offset points",
                fontsize=9,
            )
    names = table["snapshot"] + ", " + table["split"]
    names += "\n" + table["test_rows"].map("{:,} test rows".format)
    axes.set_yticks(place, names)
    axes.axvline(0, color=GREY, lw=1)
    axes.xaxis.set_major_formatter(PercentFormatter(1))
    axes.set(xlabel="share of test rows", xlim=(0, 1.3))
    axes.set_xticks(np.linspace(0, 1, 6))
    axes.grid(axis="y", visible=False)
    axes.legend(loc="lower right")
    return figure


def _label(row: pd.Series) -> str:
    return f"{row['feature_set']} set, {row['proxy']}{'' if row['in_set'] else ' (not in it)'}"
