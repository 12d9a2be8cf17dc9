"""Every setting, read from environment variables SPOTYT_... and checked once.

Secrets (API keys) are not here: they reach the resources as `dagster.EnvVar`, so that no page, log
or file can show them. `.env.example` lists all of them with meaning, unit and default.
"""

import difflib
import os
from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from .clock import Clock, frozen_clock, system_clock
from .errors import SettingError

PREFIX = "SPOTYT_"

YOUTUBE_KEY = "SPOTYT_YOUTUBE_API_KEY"
SPOTIFY_ID = "SPOTYT_SPOTIFY_CLIENT_ID"
SPOTIFY_SECRET = "SPOTYT_SPOTIFY_CLIENT_SECRET"
SECRETS = (YOUTUBE_KEY, SPOTIFY_ID, SPOTIFY_SECRET)

#: Names with our prefix that are no settings of the pipeline: the tests' real data.
FOREIGN = ("SPOTYT_REAL_CSV",)


class Settings(BaseSettings):
    """What a run works on and how; see `.env.example` for what each one means."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, env_ignore_empty=True)

    raw: str = "sample"
    api: Literal["sandbox", "live"] = "sandbox"
    storage: str = "data"
    crawl_db: str = "sqlite:///data/crawl.db"
    effort: Literal["quick", "full"] = "quick"
    seed: int = Field(default=42, ge=0, lt=2**32)
    batch_rows: int = Field(default=4_500, ge=1)
    youtube_daily_units: int = Field(default=10_000, ge=0)
    parallel_calls: int = Field(default=8, ge=1, le=32)
    executor: Literal["in_process", "multiprocess"] = "in_process"
    sandbox_url: Annotated[str, Field(pattern=r"^https?://[^/]")] | None = None
    sandbox_tier: Literal["extended", "development", "no_premium"] = "extended"
    now: AwareDatetime | None = None
    classification_target: str = "youtube_leaning"
    learning_rate_schedule: Literal["constant", "cosine", "plateau"] = "cosine"
    tabpfn_checkpoint: str | None = None

    @model_validator(mode="after")
    def _live_time_is_real(self):
        if self.api == "live" and self.now is not None:
            raise ValueError(f"{PREFIX}NOW, a simulated time, goes with SPOTYT_API=sandbox only")
        return self

    @property
    def clock(self) -> Clock:
        """The clock of this run: the system's, or the simulated moment `now`."""
        return system_clock if self.now is None else frozen_clock(self.now)


def load_settings() -> Settings:
    """Read and check the environment.

    Raises:
        SettingError: a variable with our prefix is unknown, or a value is out of its range.
    """
    _refuse_unknown_names()
    try:
        return Settings()
    except ValidationError as error:
        raise SettingError(_explain(error)) from None


def require_secrets(settings: Settings) -> None:
    """Stop a live run that lacks a key, before it starts.

    Raises:
        SettingError: `SPOTYT_API=live` and one of `SECRETS` is not set.
    """
    absent = [name for name in SECRETS if not os.environ.get(name)]
    if settings.api == "live" and absent:
        raise SettingError(missing_secrets(absent))


def missing_secrets(names: Sequence[str]) -> str:
    """What to tell a person who asks for live data without these keys."""
    return (
        f"SPOTYT_API=live needs {', '.join(names)}: set them in the environment or in .env (see "
        ".env.example for where to get them), or use SPOTYT_API=sandbox, which needs none."
    )


def _refuse_unknown_names() -> None:
    known = {PREFIX + name.upper() for name in Settings.model_fields} | {*SECRETS, *FOREIGN}
    for name in os.environ:
        if name.startswith(PREFIX) and name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"Did you mean {near[0]}?" if near else "See .env.example for the settings."
            raise SettingError(f"There is no setting {name}. {hint}")


def _explain(error: ValidationError) -> str:
    lines = []
    for problem in error.errors():
        where = "".join(f"{PREFIX}{str(part).upper()}" for part in problem["loc"][:1])
        what = problem["msg"].removeprefix("Value error, ")
        lines.append(f"{where}={problem['input']}: {what}" if where else what)
    return (
        "A setting is wrong.\n  " + "\n  ".join(lines) + "\nSee .env.example for what each takes."
    )
