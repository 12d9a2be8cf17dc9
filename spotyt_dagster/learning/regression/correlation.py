"""How the numeric columns move together: no model, but what every model starts from."""

from itertools import product
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from spotyt_dagster.figures.correlation import correlation_heat_map
from spotyt_dagster.learning.determinism import pinned
from spotyt_dagster.learning.feature_sets import (
    AUDIO,
    CRAWLED_CONTEXT,
    Columns,
    Era,
    available,
    era_of,
)
from spotyt_dagster.learning.protocol import LearningSettings
from spotyt_dagster.learning.result import Interval, Result, join_metrics, metric_rows

COLUMNS: dict[Era, Columns] = {
    "baseline": (*AUDIO, "Stream", "Views", "Likes", "Comments"),
    "crawled": (
        *(*AUDIO, "Stream", "Views", "Likes", "Comments", *CRAWLED_CONTEXT),
        *("viewCount", "likeCount", "commentCount", "delta_view", "delta_like", "delta_comment"),
    ),
}
VIEWS: dict[Era, str] = {"baseline": "Views", "crawled": "viewCount"}
KINDS_OF_CORRELATION = {"pearson": "Pearson", "spearman": "Spearman"}


def correlation(tracks: pd.DataFrame, baseline: pd.DataFrame, settings: LearningSettings) -> Result:
    """Pearson's and Spearman's correlations of all numeric columns, as heat maps and tables.

    Views grow by orders of magnitude, so Pearson's follows the few largest videos and Spearman's
    the order of all. The metrics are those of views with Stream; table `with_views` has every
    column's. No rows are held out.
    """
    frames = [tracks, baseline]
    with pinned(settings.seed):
        views = [with_views(frame) for frame in frames]
        matrices = {
            (era_of(frame), kind): correlations(frame, kind)
            for frame, kind in product(frames, KINDS_OF_CORRELATION)
        }
    return Result(
        metrics=join_metrics(
            _of_stream(frame, table, settings) for frame, table in zip(frames, views, strict=True)
        ),
        figures={
            f"{kind}_{era}": correlation_heat_map(
                matrix,
                kind=KINDS_OF_CORRELATION[kind],
                title=f"{KINDS_OF_CORRELATION[kind]}'s correlations, {era} columns",
            )
            for (era, kind), matrix in matrices.items()
        },
        tables={"with_views": pd.concat(views, ignore_index=True)}
        | {
            f"{kind}_{era}": matrix.rename_axis("column").reset_index()
            for (era, kind), matrix in matrices.items()
        },
    )


def correlations(frame: pd.DataFrame, kind: str) -> pd.DataFrame:
    """The square matrix over COLUMNS that hold values, each pair on the rows that have both.

    A column that does not vary has no correlation (NaN).
    """
    columns, _ = available(frame, COLUMNS[era_of(frame)])
    numbers = frame[list(columns)].astype("float64")
    return numbers.corr(method=kind)  # pyright: ignore[reportArgumentType]


def with_views(frame: pd.DataFrame) -> pd.DataFrame:
    """Each column's correlations with the views, strongest Spearman first.

    Columns: era, column, n (rows that have both), and value, low, high (95 %) of each kind.
    """
    era = era_of(frame)
    columns, _ = available(frame, [c for c in COLUMNS[era] if c != VIEWS[era]])
    rows = []
    for column in columns:
        known = frame[[column, VIEWS[era]]].astype("float64").dropna()
        row = {"era": era, "column": column, "n": len(known)}
        for kind in KINDS_OF_CORRELATION:
            interval = _interval(known[column], known[VIEWS[era]], kind)
            row |= dict(zip((kind, f"{kind}_low", f"{kind}_high"), interval, strict=True))
        rows.append(row)
    return pd.DataFrame(rows).sort_values("spearman", key=abs, ascending=False, ignore_index=True)


def _of_stream(
    frame: pd.DataFrame, table: pd.DataFrame, settings: LearningSettings
) -> pd.DataFrame:
    stream: Any = table[table["column"] == "Stream"].iloc[0]
    return metric_rows(
        {
            f"{kind}_correlation": (stream[kind], stream[f"{kind}_low"], stream[f"{kind}_high"])
            for kind in KINDS_OF_CORRELATION
        },
        frame=frame,
        settings=settings,
        task="regression",
        model="correlation",
        variant=era_of(frame),
        features="Stream",
        target=VIEWS[era_of(frame)],
        n_train=int(stream["n"]),
    )


def _interval(x: pd.Series, y: pd.Series, kind: str) -> Interval:
    """Correlation with its 95 % interval by Fisher's z.

    Spearman's standard error is sqrt((1 + r² / 2) / (n - 3)) in z (Bonett & Wright 2000, "Sample
    size requirements for estimating Pearson, Kendall and Spearman correlations").
    """
    value = float(x.corr(y, method=kind))  # pyright: ignore[reportArgumentType]
    if np.isnan(value) or len(x) <= 3:
        return value, np.nan, np.nan
    variance = (1 + value**2 / 2) if kind == "spearman" else 1
    half = stats.norm.ppf(0.975) * np.sqrt(variance / (len(x) - 3))
    low, high = np.tanh(np.arctanh(np.clip(value, -1 + 1e-15, 1 - 1e-15)) + np.array([-half, half]))
    return value, float(low), float(high)
