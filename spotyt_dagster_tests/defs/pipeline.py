"""Runs the real definitions' jobs in this process, over a test's settings and instance."""

from collections.abc import Mapping, Sequence
from typing import Any

import dagster as dg
import pandas as pd
from dagster import DagsterEventType

from spotyt_dagster.definitions import build_definitions
from spotyt_dagster.settings import Settings


class Pipeline:
    """The definitions of the product, with helpers to run them and to read their tables."""

    def __init__(
        self,
        settings: Settings,
        instance: dg.DagsterInstance,
        resource_overrides: Mapping[str, Any] | None = None,
    ):
        self.settings = settings
        self.instance = instance
        self._definitions = build_definitions(settings, resource_overrides=resource_overrides)

    def run(
        self,
        job: str,
        batch: str | None = None,
        only: Sequence[str] | None = None,
        config: Mapping[str, Any] | None = None,
    ) -> dg.ExecuteInProcessResult:
        """Run a job, or those of its assets whose keys are given as group/name."""
        return self._definitions.resolve_job_def(job).execute_in_process(
            instance=self.instance,
            partition_key=batch,
            run_config=config,
            raise_on_error=False,
            asset_selection=[dg.AssetKey(key.split("/")) for key in only] if only else None,
        )

    def batches(self) -> list[str]:
        return sorted(self.instance.get_dynamic_partitions("crawl_batch"))

    def crawl_all(self) -> list[dg.ExecuteInProcessResult]:
        return [self.run("crawl", batch) for batch in self.batches()]

    def table(self, path: str) -> pd.DataFrame:
        """A stored table by group/asset or group/asset/partition."""
        return pd.read_parquet(f"{self.settings.storage}/{path}.parquet")

    def crawled_batches(self) -> set[str]:
        """Batches whose last step has stored its table."""
        return set(
            self.instance.get_materialized_partitions(dg.AssetKey(["crawl", "youtube_channels"]))
        )


def observations(result: dg.ExecuteInProcessResult) -> list[dg.AssetObservation]:
    """Asset observations of a run."""
    return [
        event.asset_observation_data.asset_observation
        for event in result.all_events
        if event.event_type == DagsterEventType.ASSET_OBSERVATION
    ]


def failure_messages(result: dg.ExecuteInProcessResult) -> str:
    """The messages to the user of a failed run."""
    return "\n".join(
        str(event.step_failure_data.user_failure_data.description)
        for event in result.all_events
        if event.event_type == DagsterEventType.STEP_FAILURE
        and event.step_failure_data.user_failure_data
    )


def failed_checks(result: dg.ExecuteInProcessResult) -> set[str]:
    """Names of the asset checks that did not pass."""
    return {check.check_name for check in result.get_asset_check_evaluations() if not check.passed}
