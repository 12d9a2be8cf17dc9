"""Asset checks on the tables. All warn and none blocks: later steps run on what there is.

A raw table that is wrong as a whole never gets here, `ingest/raw_tracks` fails on it. What must
hold is said in `tables/quality.py` and `learning/leakage.py`.
"""

from collections.abc import Callable

import dagster as dg
import pandas as pd

from spotyt_dagster.defs.resources import Training
from spotyt_dagster.learning.inspection.leakage import (
    folds_share_nothing,
)
from spotyt_dagster.tables import quality
from spotyt_dagster.tables.quality import CheckOutcome


def _check(function: Callable[[pd.DataFrame], CheckOutcome], *key: str) -> dg.AssetChecksDefinition:
    @dg.asset_check(
        asset=dg.AssetKey(key),
        name=function.__name__,
        description=" ".join((function.__doc__ or "").split()),
    )
    def check(table: pd.DataFrame) -> dg.AssetCheckResult:
        return _result(function(table))

    return check


def _result(finding: CheckOutcome) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        passed=finding.passed, severity=dg.AssetCheckSeverity.WARN, metadata=finding.facts
    )


@dg.asset_check(asset=dg.AssetKey(["tables", "track_features"]))
def grouped_folds_share_no_artist(table: pd.DataFrame, training: Training) -> dg.AssetCheckResult:
    """The folds of the grouped protocol have no artist and no video on both sides."""
    return _result(folds_share_nothing(table, training.seed))


CHECKS = [
    _check(quality.keeps_to_schema, "ingest", "raw_tracks"),
    _check(quality.nothing_rejected, "ingest", "rejected_rows"),
    _check(quality.videos_fit_tracks, "ingest", "official_tracks"),
    _check(quality.crawl_coverage, "tables", "crawled_tracks"),
    _check(quality.no_duplicates, "tables", "crawled_tracks"),
    _check(quality.no_duplicates, "tables", "clean_tracks"),
    _check(quality.no_duplicates, "tables", "baseline_tracks"),
    _check(quality.deltas_plausible, "tables", "track_features"),
    grouped_folds_share_no_artist,
]
