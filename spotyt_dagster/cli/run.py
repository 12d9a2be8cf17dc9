"""Runs the whole way in one process: ingest, every batch, analysis, each as a run of Dagster's.

What the command line says and how it ends is `commands.py`'s; what a run does is the assets'.
"""

import logging
import os
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import dagster as dg
from dagster import DagsterEventType
from dagster_shared.error import SerializableErrorInfo
from filelock import FileLock

from spotyt_dagster.definitions import build_definitions
from spotyt_dagster.defs.jobs import ANALYSIS, CRAWL, INGEST
from spotyt_dagster.defs.models import MODELS, STUDIES
from spotyt_dagster.defs.partitions import CRAWL_BATCH
from spotyt_dagster.defs.run_liveness import (
    close_dead_runs,
    hold,
    let_go,
    watching_pools,
)
from spotyt_dagster.defs.schedules import oldest_first
from spotyt_dagster.defs.storage_layout import CRAWL_BATCHES, REPORT, REPORT_PAGE, StorageLayout
from spotyt_dagster.defs.stored_tables import TableReader
from spotyt_dagster.exceptions import SettingsError, StorageError
from spotyt_dagster.reporting.effort import full_effort_words
from spotyt_dagster.settings import Settings

HOME = "DAGSTER_HOME"
_HOME_FOLDER = Path(".dagster_home")
_CONFIG = Path(__file__).parents[2] / "dagster.yaml"


@dataclass
class Outcome:
    """How a series of runs ended: what failed, what stopped for want of quota, with the words."""

    failures: list[str] = field(default_factory=list)
    stops: list[str] = field(default_factory=list)
    failed_checks: list[str] = field(default_factory=list)


def open_instance() -> dg.DagsterInstance:
    """Dagster's instance at DAGSTER_HOME, else at `.dagster_home` here, with our dagster.yaml.

    Raises:
        SettingsError: DAGSTER_HOME is not the absolute path of a folder.
    """
    home = _own_home() if not os.environ.get(HOME) else Path(os.environ[HOME]).expanduser()
    if not home.is_absolute():
        raise SettingsError(
            f"{HOME}={home} is a relative path, which Dagster does not take. Set it to "
            f"{Path.cwd() / home}."
        )
    if not home.is_dir():
        raise SettingsError(
            f"{HOME}={home} is no folder. Create it (`mkdir -p {home}`), or unset {HOME} to use "
            f"{_HOME_FOLDER} here."
        )
    # Of two processes that open a new folder, one would find the other's tables half made.
    with FileLock(home / ".open.lock"):
        config = home / _CONFIG.name
        if home == _HOME_FOLDER.resolve() and _CONFIG.exists() and not config.exists():
            config.symlink_to(_CONFIG)
        os.environ[HOME] = str(home)
        return dg.DagsterInstance.get()


def _own_home() -> Path:
    _HOME_FOLDER.mkdir(exist_ok=True)
    return _HOME_FOLDER.resolve()


def run_everything(
    settings: Settings,
    instance: dg.DagsterInstance,
    console: logging.Handler,
    say: Callable[[str], None],
    select: str | None = None,
) -> Outcome:
    """Ingest, crawl every batch, analyse; a failed ingest or crawl ends it.

    A crawl that fails (a wrong key, a service that is down) would fail for the next batch as well;
    one that quota stops has not failed, and what follows runs on what there is.

    Args:
        settings: where the table and the services are, effort and the like.
        instance: Dagster's, in which the runs are recorded.
        console: what shows the steps as they go by.
        say: takes a sentence for a person: at full effort how long the training will take, once
            the number of tracks is known and before anything is crawled; whom a step waits for.
        select: Dagster's selection of the assets to make after the crawl; all where None.

    Raises:
        SettingsError: nothing that follows a crawl matches `select`.
    """
    runner = _Runner(settings, instance, console, say)
    analysis = None if select is None else runner.matching(select)
    if not runner.run(INGEST.name):
        return runner.outcome
    batches = TableReader(storage=settings.storage).read(CRAWL_BATCHES)
    if batches is None:
        raise StorageError(
            f"ingest/crawl_batches is not in {settings.storage} any more, where the ingest has "
            "just written it. See that nothing else empties that folder, and run again."
        )
    if settings.effort == "full" and (models := _models_among(analysis)):
        say(full_effort_words(models, len(batches)))
    if runner.crawl(list(batches["batch"].unique())):
        runner.run(ANALYSIS.name, assets=analysis)
    return runner.outcome


def report_page(settings: Settings) -> str:
    """Where the page lies that a whole run ends with."""
    return str(StorageLayout(settings.storage).file(REPORT, REPORT_PAGE))


def _models_among(assets: Sequence[dg.AssetKey] | None) -> list[str]:
    """Names of the models and studies among these assets; all of them where None."""
    trained = [*MODELS, *STUDIES]
    keys = [model.key for model in trained if assets is None or model.key in assets]
    return [key.to_user_string() for key in keys]


def run_crawl(
    settings: Settings,
    instance: dg.DagsterInstance,
    console: logging.Handler,
    say: Callable[[str], None],
    batches: Sequence[str],
) -> Outcome:
    """Crawl these batches, one run each, until one fails; `say` as in `run_everything`."""
    runner = _Runner(settings, instance, console, say)
    runner.crawl(batches)
    return runner.outcome


class _Runner:
    """Runs jobs one after the other and gathers how they ended."""

    def __init__(
        self,
        settings: Settings,
        instance: dg.DagsterInstance,
        console: logging.Handler,
        say: Callable[[str], None],
    ):
        _refuse_other_executors(settings)
        self._definitions = build_definitions(settings, loggers={"console": _logger(console)})
        self._tables = TableReader(storage=settings.storage)
        self._instance = instance
        self._say = say
        self.outcome = Outcome()
        close_dead_runs(instance)

    def matching(self, select: str) -> list[dg.AssetKey]:
        """The assets of the analysis that a selection names."""
        graph = self._definitions.resolve_asset_graph()
        try:
            named = dg.AssetSelection.from_string(select).resolve(graph)
        except dg.DagsterError as error:
            raise SettingsError(f"--select {select}: {error}") from None
        job = self._definitions.resolve_job_def(ANALYSIS.name)
        found = named & set(job.asset_layer.executable_asset_keys)
        if not found:
            raise SettingsError(
                f"--select {select} names no asset that follows a crawl. Try group:tables "
                "or key:regression/knn."
            )
        return sorted(found)

    def crawl(self, batches: Sequence[str]) -> bool:
        """One run a batch, oldest crawl first, until one fails; whether none did."""
        # A DAGSTER_HOME newer than the storage does not know its batches.
        self._instance.add_dynamic_partitions(CRAWL_BATCH, list(batches))
        in_order = sorted(batches, key=lambda batch: oldest_first(self._tables, batch))
        return all(self.run(CRAWL.name, batch) for batch in in_order)

    def run(
        self, job: str, partition: str | None = None, assets: list[dg.AssetKey] | None = None
    ) -> bool:
        """One run of a job, or of some of its assets; whether it succeeded."""
        run_id = str(uuid.uuid4())
        hold(self._instance, run_id)
        try:
            with watching_pools(self._instance, run_id, self._say):
                result = self._definitions.resolve_job_def(job).execute_in_process(
                    instance=self._instance,
                    partition_key=partition,
                    asset_selection=assets,
                    raise_on_error=False,
                    run_config={"loggers": {"console": {}}},
                    run_id=run_id,
                )
        finally:
            let_go(run_id)
        self.outcome.failures += _failures(result.all_events)
        self.outcome.stops += _stops(result.all_events)
        self.outcome.failed_checks += _failed_checks(result.all_events)
        return result.success


def _refuse_other_executors(settings: Settings) -> None:
    # `execute_in_process` runs every step itself, whatever executor the job names.
    if settings.executor != "in_process":
        raise SettingsError(
            f"SPOTYT_EXECUTOR={settings.executor} is for runs that `dagster`, `dg` and the UI "
            "start; `spotyt` runs every step in its own process: set SPOTYT_EXECUTOR=in_process "
            "for it, or use `dagster job execute -m spotyt_dagster.definitions -j analysis`."
        )


def _failures(events: Sequence[dg.DagsterEvent]) -> Iterator[str]:
    for event in events:
        if event.event_type == DagsterEventType.STEP_FAILURE:
            data = event.step_failure_data
            told = data.user_failure_data.description if data.user_failure_data else None
            yield f"{event.step_key}: {told or _root_message(data.error)}"


def _root_message(error: SerializableErrorInfo | None) -> str:
    """The innermost error's own words; the run's page in the UI has the stack trace."""
    while error is not None and error.cause is not None:
        error = error.cause
    return "no message" if error is None else error.message.strip()


def _stops(events: Sequence[dg.DagsterEvent]) -> Iterator[str]:
    for event in events:
        if event.event_type == DagsterEventType.ASSET_OBSERVATION:
            observation = event.asset_observation_data.asset_observation
            yield f"{observation.partition}: {observation.description}"


def _failed_checks(events: Sequence[dg.DagsterEvent]) -> Iterator[str]:
    for event in events:
        if event.event_type == DagsterEventType.ASSET_CHECK_EVALUATION:
            check = event.asset_check_evaluation_data
            if not check.passed:
                facts = ", ".join(f"{name} {value.value}" for name, value in check.metadata.items())
                where = check.asset_key.to_user_string()
                yield f"{where} {check.check_name}: {check.description or facts}"


def _logger(console: logging.Handler) -> dg.LoggerDefinition:
    @dg.logger
    def to_console(_context: dg.InitLoggerContext) -> logging.Logger:
        logger = logging.Logger("spotyt", logging.DEBUG)
        logger.addHandler(console)
        return logger

    return to_console
