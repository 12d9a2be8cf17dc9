"""How the numeric columns move together: no model, but what every model starts from."""

from itertools import product
from typing import Any

import pandas as pd

from spotyt_dagster.figures.correlation import correlation_heat_map
from spotyt_dagster.learning.determinism import deterministic
from spotyt_dagster.learning.evaluation.feature_sets import (
    AUDIO,
    CRAWLED_CONTEXT,
    Columns,
    Snapshot,
    available,
    snapshot_of,
)
from spotyt_dagster.learning.evaluation.intervals import bootstrap_intervals
from spotyt_dagster.learning.evaluation.metric_table import join_metrics, metric_rows
from spotyt_dagster.learning.evaluation.weighted import correlation_measure
from spotyt_dagster.learning.model import Analysis
from spotyt_dagster.learning.result import Result
from spotyt_dagster.settings import LearningSettings

COLUMNS: dict[Snapshot, Columns] = {
    "baseline": (*AUDIO, "Stream", "Views", "Likes", "Comments"),
    "crawled": (
        *(*AUDIO, "Stream", "Views", "Likes", "Comments", *CRAWLED_CONTEXT),
        *("viewCount", "likeCount", "commentCount", "delta_view", "delta_like", "delta_comment"),
    ),
}
VIEWS: dict[Snapshot, str] = {"baseline": "Views", "crawled": "viewCount"}
KINDS_OF_CORRELATION = {"pearson": "Pearson", "spearman": "Spearman"}


def correlation(tracks: pd.DataFrame, baseline: pd.DataFrame, settings: LearningSettings) -> Result:
    """Pearson's and Spearman's correlations of all numeric columns, as heat maps and tables.

    Views grow by orders of magnitude, so Pearson's follows the few largest videos and Spearman's
    the order of all. The metrics are those of views with Stream; table `with_views` has every
    column's. No rows are held out.
    """
    frames = [tracks, baseline]
    with deterministic(settings.seed):
        views = [with_views(frame, settings.seed) for frame in frames]
        matrices = {
            (snapshot_of(frame), kind): correlations(frame, kind)
            for frame, kind in product(frames, KINDS_OF_CORRELATION)
        }
    return Result(
        metrics=join_metrics(
            _of_stream(frame, table, settings) for frame, table in zip(frames, views, strict=True)
        ),
        figures={
            f"{kind}_{snapshot}": correlation_heat_map(
                matrix,
                kind=KINDS_OF_CORRELATION[kind],
                title=f"{KINDS_OF_CORRELATION[kind]}'s correlations, {snapshot} columns",
            )
            for (snapshot, kind), matrix in matrices.items()
        },
        tables={"with_views": pd.concat(views, ignore_index=True)}
        | {
            f"{kind}_{snapshot}": matrix.rename_axis("column").reset_index()
            for (snapshot, kind), matrix in matrices.items()
        },
    )


def correlations(frame: pd.DataFrame, kind: str) -> pd.DataFrame:
    """The square matrix over COLUMNS that hold values, each pair on the rows that have both.

    A column that does not vary has no correlation (NaN).
    """
    columns, _ = available(frame, COLUMNS[snapshot_of(frame)])
    numbers = frame[list(columns)].astype("float64")
    return numbers.corr(method=kind)  # pyright: ignore[reportArgumentType]


def with_views(frame: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Each column's correlations with the views, strongest Spearman first.

    Columns: snapshot, column, n (rows that have both), and value, low, high (95 %) of each kind.
    The intervals are a bootstrap of artists: ten tracks of one artist tell less than ten of ten,
    and Fisher's z, which counts rows, made Pearson's of Stream on the real table half as wide. They
    cost 1,000 rankings a column: linear in columns and rows.
    """
    snapshot = snapshot_of(frame)
    columns, _ = available(frame, [c for c in COLUMNS[snapshot] if c != VIEWS[snapshot]])
    known = frame.dropna(subset=[VIEWS[snapshot]])
    numbers = known[list(columns)].astype("float64")
    intervals = bootstrap_intervals(
        correlation_measure(numbers, known[VIEWS[snapshot]]),
        known["Artist"].to_numpy(),
        seed,
    )
    rows = []
    for column in columns:
        row = {"snapshot": snapshot, "column": column, "n": int(numbers[column].notna().sum())}
        for kind in KINDS_OF_CORRELATION:
            interval = intervals[f"{column} {kind}"]
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
        snapshot=snapshot_of(frame),
        features="Stream",
        target=VIEWS[snapshot_of(frame)],
        n_train=int(stream["n"]),
    )


MODEL = Analysis(
    task="regression",
    name="correlation",
    title="Correlations",
    description=(
        "Pearson's and Spearman's correlations of all numeric columns, as heat maps and tables."
    ),
    analyse=correlation,
)
