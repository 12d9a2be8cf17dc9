"""The one Definitions object, assembled from the groups; `build_definitions` makes fresh ones."""

from collections.abc import Mapping
from typing import Any

import dagster as dg

from spotyt_dagster.defs import (
    automation,
    checks,
    crawl,
    executors,
    ingest,
    jobs,
    models,
    report,
    resources,
    schedules,
    tables,
)
from spotyt_dagster.settings import Settings, load_settings

#: Which module holds which group; a new asset goes into one of these.
ASSETS = [
    ingest.raw_tracks,
    ingest.official_tracks,
    ingest.crawl_batches,
    *crawl.ASSETS,
    tables.crawled_tracks,
    tables.crawl_errors,
    tables.clean_tracks,
    tables.dropped_rows,
    tables.track_features,
    tables.baseline_tracks,
    *models.MODELS,
    *models.STUDIES,
    report.leaderboard,
    report.study_comparison,
    report.report,
]


def build_definitions(
    settings: Settings | None = None,
    *,
    resource_overrides: Mapping[str, Any] | None = None,
    loggers: Mapping[str, dg.LoggerDefinition] | None = None,
) -> dg.Definitions:
    """Every asset, check, job and schedule over the resources that `settings` ask for.

    Args:
        settings: the environment's where None.
        resource_overrides: replaces resources by name, for tests.
        loggers: where runs report to, Dagster's own where None.

    Raises:
        SettingsError: the environment holds a wrong setting.
    """
    settings = settings or load_settings()
    return dg.Definitions(
        assets=ASSETS,
        asset_checks=checks.CHECKS,
        jobs=jobs.JOBS,
        schedules=[schedules.nightly_crawl],
        sensors=[automation.SENSOR],
        resources={**resources.resources_for(settings), **(resource_overrides or {})},
        executor=executors.executor(settings.executor),
        loggers=loggers,
    )


@dg.definitions
def defs() -> dg.Definitions:
    """What Dagster's tools load; built when asked for, so that an import needs no settings."""
    return build_definitions()
