"""Dagster's own run launcher, which also knows when a run's process is gone.

`dagster.yaml` names it. With it Dagster's daemon fails such runs (run_monitoring), whoever started
them; the launcher it replaces cannot say, and two dead runs would fill `max_concurrent_runs`, so
that the schedule stands still.
"""

from dagster import DagsterRun, DefaultRunLauncher
from dagster._core.launcher.base import CheckRunHealthResult, WorkerStatus

from spotyt_dagster.defs.run_liveness import is_dead


class LivenessRunLauncher(DefaultRunLauncher):
    """Launches runs as `DefaultRunLauncher` does."""

    @property
    def supports_check_run_worker_health(self) -> bool:
        """Run monitoring may ask."""
        return True

    def check_run_worker_health(self, run: DagsterRun) -> CheckRunHealthResult:
        """`FAILED` where the process is certainly gone, `RUNNING` where that cannot be judged."""
        if is_dead(self._instance, run.run_id):
            return CheckRunHealthResult(WorkerStatus.FAILED, "the process of this run was killed")
        return CheckRunHealthResult(WorkerStatus.RUNNING)
