"""What assets run on: where the raw table is, the two APIs, the training settings.

Live and sandbox differ in base addresses and keys only. Secrets come as `dagster.EnvVar`, so that
no page, log or file shows their values.
"""

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from typing import Literal

import dagster as dg

from spotyt_dagster.clock import Clock, frozen_clock, system_clock
from spotyt_dagster.defs.artifacts import Artifacts
from spotyt_dagster.defs.conventions import user_errors_as_failures
from spotyt_dagster.defs.io_managers import ParquetStorage
from spotyt_dagster.defs.storage_layout import RAW_TRACKS, StorageLayout
from spotyt_dagster.defs.stored_tables import TableReader
from spotyt_dagster.exceptions import SettingsError, SourceUnavailableError
from spotyt_dagster.masking import bears_secrets
from spotyt_dagster.sandbox.in_process import own_sandbox
from spotyt_dagster.settings import (
    PREFIX,
    SECRETS,
    LearningSettings,
    Settings,
    checked,
    missing_secrets,
)
from spotyt_dagster.sources import entities, youtube
from spotyt_dagster.sources.crawl_store import CrawlStore, open_store
from spotyt_dagster.sources.crawler import Crawler, Endpoints
from spotyt_dagster.sources.ledger import Bucket
from spotyt_dagster.sources.session import new_session


class RawSource(dg.ConfigurableResource):
    """Where the raw table comes from: `sample`, `kaggle`, a path or an address."""

    source: str
    seed: int


class BatchSettings(dg.ConfigurableResource):
    """How many official tracks a crawl batch holds."""

    rows: int


#: What an asset annotates to be given the `LearningSettings` of its run.
Training = dg.ResourceParam[LearningSettings]


def learning_settings(settings: LearningSettings) -> dg.ResourceDefinition:
    """How models are trained, as `LearningSettings`; a run's configuration may change each field.

    Args:
        settings: the defaults of the fields.
    """

    def create(context: dg.InitResourceContext) -> LearningSettings:
        with user_errors_as_failures():
            return checked(LearningSettings, context.resource_config)

    fields = {name: getattr(settings, name) for name in LearningSettings.model_fields}
    return dg.ResourceDefinition(
        create,
        # Not a ConfigurableResource: a run that changes one field of it has to give all others.
        config_schema={
            name: dg.Field(dg.Noneable(dg.Any), default_value=value)
            for name, value in fields.items()
        },
        description="How models are trained: seed, effort, target and the like.",
    )


class ApiClients(dg.ConfigurableResource):
    """The crawled services, live or as the sandbox plays them, with the ledger that guards them.

    `secrets` are credentials by environment variable, as `Service.secrets` names them.
    """

    api: str
    crawl_db: str
    storage: str
    seed: int
    daily_units: int
    parallel_calls: int
    sandbox_url: str | None
    sandbox_tier: Literal["extended", "development", "no_premium"]
    now: str | None
    secrets: dict[str, str]

    @property
    def clock(self) -> Clock:
        """The system's clock, or the simulated moment."""
        return system_clock if self._moment is None else frozen_clock(self._moment)

    @property
    def _moment(self) -> datetime | None:
        return None if self.now is None else datetime.fromisoformat(self.now)

    @contextmanager
    def open(self) -> Iterator[Crawler]:
        """Ledger and clients, closed at the end.

        Raises:
            SettingsError: a key is missing, or the ledger cannot be opened.
            SourceUnavailableError: the sandbox needs `ingest/raw_tracks`, which is not there yet.
        """
        secrets = self._credentials()
        sandbox_url = None if self.api == "live" else self.sandbox_url or self._own_sandbox()
        endpoints = Endpoints(sandbox_url, secrets, self._limits)
        with self.open_ledger() as store, new_session(self.parallel_calls) as session:
            yield Crawler(endpoints, session, store, self.parallel_calls)

    def open_ledger(self) -> AbstractContextManager[CrawlStore]:
        """Ledger and answers alone, for what only looks.

        Raises:
            SettingsError: the database cannot be opened.
        """
        return open_store(self.crawl_db, self.api, self.clock)

    def buckets(self) -> tuple[Bucket, ...]:
        """What the services count for our accounts, in the order of the registry.

        Raises:
            SettingsError: a key is missing.
        """
        return entities.buckets(self._credentials(), self._limits)

    @property
    def _limits(self) -> dict[str, int]:
        return {youtube.UNITS.name: self.daily_units}

    def _credentials(self) -> dict[str, str]:
        from spotyt_dagster.sandbox.server import SANDBOX_SECRETS

        if self.api != "live":
            return SANDBOX_SECRETS
        absent = [name for name in SECRETS if not self.secrets.get(name)]
        if absent:
            raise SettingsError(missing_secrets(absent))
        return self.secrets

    def _own_sandbox(self) -> str:
        raw_tracks = StorageLayout(self.storage).table(RAW_TRACKS)
        if not raw_tracks.exists():
            raise SourceUnavailableError(
                "The sandbox answers for the tracks of ingest/raw_tracks, which does not exist "
                "yet. Materialize the group `ingest` first, or run `spotyt run`."
            )
        return own_sandbox(raw_tracks, self.seed, self.sandbox_tier, self._moment, self.daily_units)


def api_clients(settings: Settings) -> ApiClients:
    """The crawled services as these settings ask for them.

    Raises:
        SettingsError: the database's address bears a password that no variable holds.
    """
    return ApiClients(
        api=settings.api,
        crawl_db=_address(settings.crawl_db, "CRAWL_DB"),
        storage=settings.storage,
        seed=settings.seed,
        daily_units=settings.youtube_daily_units,
        parallel_calls=settings.parallel_calls,
        sandbox_url=settings.sandbox_url,
        sandbox_tier=settings.sandbox_tier,
        now=None if settings.now is None else settings.now.isoformat(),
        secrets={name: _secret(name) for name in SECRETS},
    )


def _with_studies(settings: Settings) -> LearningSettings:
    """The settings, with a folder for studies in the storage where they name none.

    A storage that is no folder of this machine can hold none: SQLite needs a file system.
    """
    is_folder = "://" not in settings.storage
    if settings.studies is None and is_folder:
        return settings.model_copy(update={"studies": str(StorageLayout(settings.storage).studies)})
    return settings


def resources_for(settings: Settings) -> dict[str, object]:
    """Every resource that assets ask for, by the name they ask with."""
    return {
        "io_manager": ParquetStorage(storage=settings.storage),
        "tables": TableReader(storage=settings.storage),
        "artifacts": Artifacts(storage=settings.storage),
        "raw_source": RawSource(source=_address(settings.raw, "RAW"), seed=settings.seed),
        "batch_settings": BatchSettings(rows=settings.batch_rows),
        "training": learning_settings(_with_studies(settings)),
        "apis": api_clients(settings),
    }


def _address(value: str, setting: str) -> str:
    """An address as a resource may show it: by its variable's name where it may bear secrets.

    Raises:
        SettingsError: it does, and no such variable is set.
    """
    if value.startswith("sqlite") or not bears_secrets(value):
        return value
    name = PREFIX + setting
    if os.environ.get(name) != value:
        raise SettingsError(f"{name} bears a password: set it in the environment or in .env.")
    return dg.EnvVar(name)


def _secret(name: str) -> str:
    # An EnvVar that is not set fails with Dagster's words; an empty value fails with ours, which
    # say where a key is to be had, and only where a live run needs it.
    return dg.EnvVar(name) if os.environ.get(name) else ""
