"""Every setting, read from environment variables SPOTYT_... and checked once.

Secrets (API keys) are not here: they reach the resources as `dagster.EnvVar`, so that no page, log
or file can show them. `.env.example` lists all of them with meaning, unit and default.
"""

import difflib
import os
import re
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar
from urllib.parse import urlsplit

from dotenv import load_dotenv
from fsspec.registry import known_implementations
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)
from pydantic_settings import BaseSettings, SettingsConfigDict

from spotyt_dagster.clock import Clock, frozen_clock, system_clock
from spotyt_dagster.exceptions import SettingsError, shortened
from spotyt_dagster.masking import keep_secret, keep_secrets_of

PREFIX = "SPOTYT_"

YOUTUBE_KEY = "SPOTYT_YOUTUBE_API_KEY"
SPOTIFY_ID = "SPOTYT_SPOTIFY_CLIENT_ID"
SPOTIFY_SECRET = "SPOTYT_SPOTIFY_CLIENT_SECRET"  # noqa: S105 (the name of a setting)
SECRETS = (YOUTUBE_KEY, SPOTIFY_ID, SPOTIFY_SECRET)

#: Secrets that libraries take from the environment themselves, and might quote.
_SECRETS_OF_OTHERS = (
    "KAGGLE_KEY", "KAGGLE_API_TOKEN", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "PGPASSWORD",
)  # fmt: skip

#: Names with our prefix that are no settings of the pipeline: the tests' real data.
FOREIGN = ("SPOTYT_REAL_CSV",)


_SQLITE_IN_HOME = re.compile(r"(sqlite(?:\+\w+)?:///)(~.*)")


def _in_home(path: str) -> str:
    """A path with the home folder for a leading `~`, which no shell has expanded in a .env file."""
    if not path.startswith("~"):
        return path
    try:
        return str(Path(path).expanduser())
    except RuntimeError as error:  # no such user
        raise ValueError(f"{error} Give the path from / on") from None


def _database_in_home(url: str) -> str:
    found = _SQLITE_IN_HOME.fullmatch(url)
    return url if found is None else found[1] + _in_home(found[2])


#: Our extras by the module that reads and writes these addresses.
_EXTRAS = {"s3fs": "s3", "gcsfs": "gcs"}


def _require_filesystem(scheme: str) -> None:
    """Refuse an address that nothing installed here can read; known are those of fsspec."""
    known = known_implementations.get(scheme)
    if known is None:
        raise ValueError(
            f"{PREFIX}STORAGE: there is no storage {scheme}://. Give a folder, or s3://bucket/path "
            "or gs://bucket/path"
        )
    module = known["class"].partition(".")[0]
    if find_spec(module) is None:
        raise ValueError(_lacks(f"{PREFIX}STORAGE", scheme, module, _EXTRAS.get(module)))


def _require_no_password(setting: str, address: str) -> None:
    """Refuse one in an address that pages and metadata show."""
    parts = urlsplit(address)
    if parts.password or parts.query:
        raise ValueError(
            f"{setting}: this address is shown on pages, so it may bear neither a password nor a "
            "query. Give credentials in the variables or files of its driver"
        )


def _lacks(setting: str, scheme: str, module: str, extra: str | None) -> str:
    what = module if extra is None else f"'spotyt-dagster[{extra}]'"
    return f"{setting}: {scheme}:// needs {module}, which is not installed: `pip install {what}`"


_Path = Annotated[str, AfterValidator(_in_home)]


Effort = Literal["quick", "full"]
Schedule = Literal["constant", "cosine", "one_cycle", "plateau"]


class LearningSettings(BaseModel):
    """How models are trained: the part of the settings that reaches them.

    Attributes:
        seed: of every split, resample and estimator, int from 0, default 42.
        effort: chooses sizes of searches, `quick` (default) or `full`.
        classification_target: a column of flags of both tables, default `youtube_leaning`.
        learning_rate_schedule: of the deep models, but where a model repeats the study's own
            settings; how the rate goes over the epochs, default `cosine`.
        tabpfn_checkpoint: path of TabPFN's weights; None (default) to look in its cache folder.
        studies: folder on this machine of the database in which trials of studies are kept, to be
            resumed; None (default) for the storage's, or, where that is no folder, for trials that
            end with the process.
    """

    model_config = ConfigDict(frozen=True)

    seed: int = Field(default=42, ge=0, lt=2**32)
    effort: Effort = "quick"
    classification_target: str = "youtube_leaning"
    learning_rate_schedule: Schedule = "cosine"
    tabpfn_checkpoint: _Path | None = None
    studies: _Path | None = None

    def choose(self, quick: Any, full: Any) -> Any:
        """The value for the effort at hand."""
        return full if self.effort == "full" else quick

    def notes_on_quick(self, quick: Mapping[str, Any], full: Mapping[str, Any]) -> tuple[str, ...]:
        """What quick effort changes in parameters; nothing at full effort.

        Example:
            >>> LearningSettings().notes_on_quick({"epochs": 5, "width": 8}, {"epochs": 100})
            ('quick: epochs 5 (full: 100), width 8',)
        """
        parts = [
            f"{name} {value}" + (f" (full: {full[name]})" if name in full else "")
            for name, value in quick.items()
            if name not in full or full[name] != value
        ]
        return (f"quick: {', '.join(parts)}",) * bool(self.effort == "quick" and parts)


Checked = TypeVar("Checked", bound=LearningSettings)


class Settings(LearningSettings, BaseSettings):
    """What a run works on and how; see `.env.example` for what each one means."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, env_ignore_empty=True)

    raw: _Path = "sample"
    api: Literal["sandbox", "live"] = "sandbox"
    storage: _Path = "data"
    crawl_db: Annotated[str, AfterValidator(_database_in_home)] = "sqlite:///data/crawl.db"
    batch_rows: int = Field(default=4_500, ge=1)
    youtube_daily_units: int = Field(default=10_000, ge=0)
    parallel_calls: int = Field(default=8, ge=1, le=32)
    executor: Literal["in_process", "multiprocess"] = "in_process"
    sandbox_url: Annotated[str, Field(pattern=r"^https?://[^/]")] | None = None
    sandbox_tier: Literal["extended", "development", "no_premium"] = "extended"
    now: AwareDatetime | None = None

    @model_validator(mode="after")
    def _secrets_are_known(self):
        for address in (self.raw, self.crawl_db):
            keep_secrets_of(address)
        _require_no_password(f"{PREFIX}STORAGE", self.storage)
        _require_no_password(f"{PREFIX}SANDBOX_URL", self.sandbox_url or "")
        return self

    @model_validator(mode="after")
    def _drivers_are_there(self):
        scheme, found, _ = self.storage.partition("://")
        if found:
            _require_filesystem(scheme)
        backend = self.crawl_db.partition(":")[0]
        if backend in ("postgresql", "postgresql+psycopg") and find_spec("psycopg") is None:
            raise ValueError(_lacks(f"{PREFIX}CRAWL_DB", "postgresql", "psycopg", "postgres"))
        return self

    @model_validator(mode="after")
    def _live_time_is_real(self):
        if self.api == "live" and self.now is not None:
            raise ValueError(f"{PREFIX}NOW, a simulated time, goes with SPOTYT_API=sandbox only")
        return self

    @property
    def clock(self) -> Clock:
        """The clock of this run: the system's, or the simulated moment `now`."""
        return system_clock if self.now is None else frozen_clock(self.now)


def load_env_file(path: Path = Path(".env")) -> None:
    """Set the variables of a .env file that the environment does not set itself.

    Raises:
        SettingsError: it is not in UTF-8.
    """
    try:
        load_dotenv(path)
    except ValueError as error:  # not decodable, or with the zero bytes of UTF-16
        raise SettingsError(
            f"{path.absolute()} is not in UTF-8 (editors of Windows may save UTF-16). Save it as "
            "UTF-8."
        ) from error


def load_settings() -> Settings:
    """Read and check the environment.

    Raises:
        SettingsError: a variable with our prefix is unknown, or a value is out of its range.
    """
    _keep_secrets()
    _refuse_unknown_names()
    return checked(Settings, {})


def checked(kind: type[Checked], values: Mapping[str, Any]) -> Checked:
    """Settings of these values, and of defaults (of `Settings`: of the environment) for the rest.

    Raises:
        SettingsError: a value is out of its range.
    """
    try:
        return kind(**values)
    except ValidationError as error:
        raise SettingsError(_explain(error)) from None


def require_secrets(settings: Settings) -> None:
    """Stop a live run that lacks a key, before it starts.

    Raises:
        SettingsError: `SPOTYT_API=live` and one of `SECRETS` is not set.
    """
    absent = [name for name in SECRETS if not os.environ.get(name)]
    if settings.api == "live" and absent:
        raise SettingsError(missing_secrets(absent))


def missing_secrets(names: Sequence[str]) -> str:
    """What to tell a person who asks for live data without these keys."""
    return (
        f"SPOTYT_API=live needs {', '.join(names)}: set them in the environment or in .env (see "
        ".env.example for where to get them), or use SPOTYT_API=sandbox, which needs none."
    )


def _keep_secrets() -> None:
    """Have all secrets of the environment masked, before a message may quote one."""
    for name in (*SECRETS, *_SECRETS_OF_OTHERS):
        keep_secret(os.environ.get(name))
    for name, value in os.environ.items():
        if name.startswith(PREFIX) or name.upper().endswith("_PROXY"):
            keep_secrets_of(value)


def _refuse_unknown_names() -> None:
    known = {PREFIX + name.upper() for name in Settings.model_fields} | {*SECRETS, *FOREIGN}
    for name in os.environ:
        if name.startswith(PREFIX) and name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"Did you mean {near[0]}?" if near else "See .env.example for the settings."
            raise SettingsError(f"There is no setting {name}. {hint}")


def _explain(error: ValidationError) -> str:
    lines = []
    for problem in error.errors():
        where = "".join(f"{PREFIX}{str(part).upper()}" for part in problem["loc"][:1])
        what = problem["msg"].removeprefix("Value error, ")
        lines.append(f"{where}={shortened(str(problem['input']))}: {what}" if where else what)
    return (
        "A setting is wrong.\n  " + "\n  ".join(lines) + "\nSee .env.example for what each takes."
    )
