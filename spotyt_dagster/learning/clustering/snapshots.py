"""Every clustering system runs twice: on today's numbers and on those of 2023."""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

import pandas as pd

from spotyt_dagster.learning.clustering.feature_space import Space, cluster_space
from spotyt_dagster.learning.determinism import deterministic
from spotyt_dagster.learning.evaluation.metric_table import join_metrics
from spotyt_dagster.learning.result import Result
from spotyt_dagster.settings import LearningSettings

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Figures: TypeAlias = "dict[str, Figure]"
System = Callable[[Space, LearningSettings], tuple[Result, Callable[[], Figures]]]
"""Finds clusters in one space: a Result without pictures, and what draws them."""


def on_both_tables(
    system: System, tracks: pd.DataFrame, baseline: pd.DataFrame, settings: LearningSettings
) -> Result:
    """One Result of a system on track_features and on baseline_tracks.

    Pictures and the estimator are of track_features; the tables of the other one have names that
    begin with "baseline_".
    """
    with deterministic(settings.seed):
        crawled, draw = system(cluster_space(tracks), settings)
        kaggle, _ = system(cluster_space(baseline), settings)
        return replace(
            crawled,
            metrics=join_metrics([crawled.metrics, kaggle.metrics]),
            figures=draw(),
            tables=crawled.tables | {f"baseline_{name}": t for name, t in kaggle.tables.items()},
        )
