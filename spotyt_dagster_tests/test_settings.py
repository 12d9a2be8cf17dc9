"""A wrong, unknown or missing setting stops at once with its name and how to fix it."""

import os
import re
import sys
import tomllib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from spotyt_dagster.clock import system_clock
from spotyt_dagster.exceptions import SettingsError, UserError
from spotyt_dagster.settings import PREFIX, SECRETS, Settings, load_settings, require_secrets


@pytest.fixture(autouse=True)
def environment(monkeypatch):
    """The environment without any setting of ours."""
    for name in [name for name in os.environ if name.upper().startswith(PREFIX)]:
        monkeypatch.delenv(name)
    return monkeypatch


def test_a_clean_environment_gives_the_offline_defaults():
    settings = load_settings()
    assert (settings.raw, settings.api, settings.effort) == ("sample", "sandbox", "quick")
    assert (settings.batch_rows, settings.youtube_daily_units) == (4_500, 10_000)
    assert (settings.seed, settings.executor) == (42, "in_process")
    require_secrets(settings)


def test_variables_are_read(environment):
    environment.setenv("SPOTYT_RAW", "/some/where.csv")
    environment.setenv("SPOTYT_BATCH_ROWS", "100")
    environment.setenv("SPOTYT_EFFORT", "full")
    settings = load_settings()
    assert (settings.raw, settings.batch_rows, settings.effort) == ("/some/where.csv", 100, "full")


def test_an_empty_variable_counts_as_not_set(environment):
    environment.setenv("SPOTYT_NOW", "")
    environment.setenv("SPOTYT_SEED", "")
    assert load_settings() == Settings()


def test_settings_cannot_be_changed_on_the_way():
    with pytest.raises(ValueError, match="frozen"):
        load_settings().seed = 1


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("SPOTYT_API", "real", "SPOTYT_API=real: Input should be 'sandbox' or 'live'"),
        ("SPOTYT_BATCH_ROWS", "0", "SPOTYT_BATCH_ROWS=0: Input should be greater than"),
        ("SPOTYT_BATCH_ROWS", "many", "SPOTYT_BATCH_ROWS=many: Input should be a valid integer"),
        ("SPOTYT_YOUTUBE_DAILY_UNITS", "-1", "SPOTYT_YOUTUBE_DAILY_UNITS=-1: Input should be"),
        ("SPOTYT_PARALLEL_CALLS", "33", "SPOTYT_PARALLEL_CALLS=33: Input should be less than"),
        ("SPOTYT_EFFORT", "max", "SPOTYT_EFFORT=max: Input should be 'quick' or 'full'"),
        ("SPOTYT_SEED", "-3", "SPOTYT_SEED=-3: Input should be greater than or equal to 0"),
        ("SPOTYT_SEED", str(2**32), f"SPOTYT_SEED={2**32}: Input should be less than"),
        ("SPOTYT_NOW", "yesterday", "SPOTYT_NOW=yesterday: Input should be a valid datetime"),
        ("SPOTYT_NOW", "2026-01-01T00:00:00", "SPOTYT_NOW=2026-01-01T00:00:00: Input should have"),
        ("SPOTYT_SANDBOX_URL", "localhost:8765", "SPOTYT_SANDBOX_URL=localhost:8765: "),
    ],
)
def test_a_wrong_value_is_told_with_its_name_and_what_is_taken(environment, name, value, told):
    environment.setenv(name, value)
    with pytest.raises(SettingsError) as refused:
        load_settings()
    message = str(refused.value)
    assert told in message
    assert ".env.example" in message
    assert len(message.splitlines()) <= 4
    assert "pydantic" not in message


def test_all_wrong_values_are_told_at_once(environment):
    environment.setenv("SPOTYT_API", "real")
    environment.setenv("SPOTYT_SEED", "x")
    with pytest.raises(SettingsError) as refused:
        load_settings()
    assert "SPOTYT_API=real: " in str(refused.value)
    assert "SPOTYT_SEED=x: " in str(refused.value)


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("SPOTYT_BATCH_ROW", "Did you mean SPOTYT_BATCH_ROWS?"),
        ("SPOTYT_YOUTUBE_KEY", "Did you mean SPOTYT_YOUTUBE_API_KEY?"),
        ("SPOTYT_QQQQQQQQQQ", "See .env.example"),
    ],
)
def test_a_mistyped_name_is_refused_with_the_nearest_one(environment, name, hint):
    environment.setenv(name, "1")
    with pytest.raises(SettingsError, match=re.escape(f"There is no setting {name}. {hint}")):
        load_settings()


def test_a_mistyped_name_does_not_show_its_value(environment):
    environment.setenv("SPOTYT_YOUTUBE_APIKEY", "very-secret")
    with pytest.raises(SettingsError) as refused:
        load_settings()
    assert "very-secret" not in str(refused.value)


def test_secrets_and_the_tests_real_data_are_known_names_but_no_settings(environment):
    for name in (*SECRETS, "SPOTYT_REAL_CSV"):
        environment.setenv(name, "very-secret")
    assert "very-secret" not in repr(load_settings())


def test_live_without_keys_names_every_key_that_is_missing(environment):
    environment.setenv("SPOTYT_API", "live")
    environment.setenv("SPOTYT_SPOTIFY_CLIENT_ID", "an id")
    with pytest.raises(SettingsError) as refused:
        require_secrets(load_settings())
    message = str(refused.value)
    assert "SPOTYT_YOUTUBE_API_KEY, SPOTYT_SPOTIFY_CLIENT_SECRET:" in message
    assert "SPOTYT_SPOTIFY_CLIENT_ID" not in message
    assert "SPOTYT_API=sandbox" in message


def test_live_with_all_keys_may_start(environment):
    environment.setenv("SPOTYT_API", "live")
    for name in SECRETS:
        environment.setenv(name, "something")
    require_secrets(load_settings())


def test_a_simulated_time_does_not_go_with_live_data(environment):
    environment.setenv("SPOTYT_API", "live")
    environment.setenv("SPOTYT_NOW", "2026-01-01T00:00:00+00:00")
    with pytest.raises(SettingsError, match=r"\n  SPOTYT_NOW, a simulated time, goes with"):
        load_settings()


def test_the_clock_is_the_systems_or_the_simulated_moment(environment):
    assert load_settings().clock is system_clock
    environment.setenv("SPOTYT_NOW", "2026-01-01T09:00:00+09:00")
    assert load_settings().clock() == datetime(2026, 1, 1, tzinfo=UTC)


def test_a_setting_error_is_one_that_a_person_is_meant_to_read():
    assert issubclass(SettingsError, UserError)


@pytest.mark.parametrize(
    ("variable", "value", "read"),
    [
        ("SPOTYT_RAW", "~/t.csv", "/home/me/t.csv"),
        ("SPOTYT_STORAGE", "~/data", "/home/me/data"),
        ("SPOTYT_STORAGE", "~", "/home/me"),
        ("SPOTYT_STORAGE", "memory://bucket/~x", "memory://bucket/~x"),
        ("SPOTYT_CRAWL_DB", "sqlite:///~/crawl.db", "sqlite:////home/me/crawl.db"),
        ("SPOTYT_CRAWL_DB", "sqlite:///a~/crawl.db", "sqlite:///a~/crawl.db"),
        ("SPOTYT_TABPFN_CHECKPOINT", "~/w.ckpt", "/home/me/w.ckpt"),
    ],
)
def test_a_tilde_is_the_home_folder(environment, variable, value, read):
    environment.setenv("HOME", "/home/me")
    environment.setenv(variable, value)
    assert getattr(load_settings(), variable.removeprefix(PREFIX).lower()) == read


def test_the_home_folder_of_nobody_is_refused(environment):
    environment.setenv("SPOTYT_STORAGE", "~nobody-of-this-name/data")
    with pytest.raises(
        SettingsError, match=r"SPOTYT_STORAGE=~nobody-of-this-name/data: .*Give the"
    ):
        load_settings()


def test_a_wrong_value_of_megabytes_is_shortened(environment):
    environment.setenv("SPOTYT_EFFORT", "x" * 100_000)
    with pytest.raises(SettingsError, match=r"x… \(100,000 characters\)") as refused:
        load_settings()
    assert len(str(refused.value)) < 300


@pytest.mark.parametrize(
    ("variable", "value", "module", "extra"),
    [
        ("SPOTYT_STORAGE", "s3://bucket/path", "s3fs", "'spotyt-dagster[s3]'"),
        ("SPOTYT_STORAGE", "gs://bucket/path", "gcsfs", "'spotyt-dagster[gcs]'"),
        ("SPOTYT_STORAGE", "abfs://bucket/path", "adlfs", "adlfs"),
        ("SPOTYT_CRAWL_DB", "postgresql://me:secret@h/db", "psycopg", "'spotyt-dagster[postgres]'"),
        ("SPOTYT_CRAWL_DB", "postgresql+psycopg://h/db", "psycopg", "'spotyt-dagster[postgres]'"),
    ],
)
def test_a_driver_that_is_not_installed_is_named_with_its_extra(
    environment, variable, value, module, extra
):
    environment.setitem(sys.modules, module, None)  # as Python marks what cannot be imported
    environment.setenv(variable, value)
    with pytest.raises(SettingsError) as refused:
        load_settings()
    message = str(refused.value)
    scheme = value.partition(":")[0].partition("+")[0]
    assert (
        f"{variable}: {scheme}:// needs {module}, which is not installed: `pip install {extra}`"
    ) in message
    assert "secret" not in message


@pytest.mark.parametrize("storage", ["s4://bucket", "://x"])
def test_a_storage_of_no_known_kind_is_refused(environment, storage):
    environment.setenv("SPOTYT_STORAGE", storage)
    with pytest.raises(SettingsError, match=r"SPOTYT_STORAGE: there is no storage .*s3://bucket"):
        load_settings()


def test_every_extra_that_a_message_names_is_declared():
    project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text())
    extras = project["project"]["optional-dependencies"]
    pinned = (Path(__file__).parents[1] / "constraints.txt").read_text()
    for extra, package in (("s3", "s3fs"), ("gcs", "gcsfs"), ("postgres", "psycopg")):
        assert any(needed.startswith(package) for needed in extras[extra])
        assert f"\n{package}==" in pinned
