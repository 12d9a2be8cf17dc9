"""What the resources show of what they are given."""

import re

import dagster as dg
import pytest
from dagster._core.remote_representation.external_data import RepositorySnap
from dagster_shared.serdes import serialize_value

from spotyt_dagster.definitions import build_definitions
from spotyt_dagster.defs.conventions import user_errors_as_failures
from spotyt_dagster.defs.resources import Training, learning_settings
from spotyt_dagster.exceptions import SettingsError
from spotyt_dagster.masking import keep_secret
from spotyt_dagster.settings import LearningSettings, Settings, load_settings

SIGNED = "https://host/raw.csv?X-Amz-Signature=0123abcd0123abcd"
WITH_PASSWORD = "mysql://me:p4ssw0rd-of-db@host/db"


@pytest.mark.parametrize(
    ("setting", "value"), [("SPOTYT_RAW", SIGNED), ("SPOTYT_CRAWL_DB", WITH_PASSWORD)]
)
def test_an_address_with_a_secret_is_shown_by_its_variables_name(
    monkeypatch: pytest.MonkeyPatch, setting: str, value: str
):
    monkeypatch.setenv(setting, value)
    shown = serialize_value(RepositorySnap.from_def(build_definitions().get_repository_def()))
    assert setting in shown
    assert not re.search("0123abcd|p4ssw0rd", shown)


@pytest.mark.parametrize("values", [{"raw": SIGNED}, {"crawl_db": WITH_PASSWORD}])
def test_an_address_with_a_secret_that_no_variable_holds_is_refused(values: dict[str, str]):
    with pytest.raises(SettingsError, match="set it in the environment") as refused:
        build_definitions(Settings.model_validate(values))
    assert not re.search("0123abcd|p4ssw0rd", str(refused.value))


def test_an_address_without_one_is_shown(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SPOTYT_RAW", "https://host/raw.csv")
    repository = build_definitions().get_repository_def()
    assert "https://host/raw.csv" in serialize_value(RepositorySnap.from_def(repository))


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("SPOTYT_STORAGE", "memory://me:p4ssw0rd-of-db@host/data"),
        ("SPOTYT_STORAGE", "memory://data?token=p4ssw0rd-of-db"),
        ("SPOTYT_SANDBOX_URL", "http://me:p4ssw0rd-of-db@127.0.0.1:8765"),
    ],
)
def test_an_address_that_pages_show_may_bear_no_password(
    monkeypatch: pytest.MonkeyPatch, setting: str, value: str
):
    monkeypatch.setenv(setting, value)
    with pytest.raises(
        SettingsError, match=f"{setting}.*neither a password nor a query"
    ) as refused:
        load_settings()
    assert "p4ssw0rd-of-db" not in str(refused.value)


def trained_with(settings: LearningSettings, **changed: object) -> LearningSettings:
    """What an asset is given where a run's configuration changes these fields."""
    seen: list[LearningSettings] = []

    @dg.asset
    def model(training: Training) -> None:
        seen.append(training)

    dg.materialize(
        [model],
        resources={"training": learning_settings(settings)},
        run_config={"resources": {"training": {"config": changed}}},
    )
    return seen[0]


def test_a_run_changes_one_training_setting_and_keeps_the_others():
    settings = LearningSettings(seed=7, learning_rate_schedule="plateau")
    assert trained_with(settings) == settings
    assert trained_with(settings, effort="full") == settings.model_copy(update={"effort": "full"})


@pytest.mark.parametrize(("field", "value"), [("effort", "huge"), ("seed", -1)])
def test_a_training_setting_of_a_run_keeps_to_the_ranges_of_the_settings(field: str, value: object):
    with pytest.raises(dg.DagsterResourceFunctionError) as failed:
        trained_with(LearningSettings(), **{field: value})
    cause = failed.value.__cause__
    assert isinstance(cause, dg.Failure)
    assert f"SPOTYT_{field.upper()}={value}: Input should be" in str(cause.description)


def test_a_librarys_error_that_quotes_a_secret_ends_a_step_masked():
    keep_secret("p4ssw0rd-of-db")
    with pytest.raises(dg.Failure) as failed, user_errors_as_failures():
        raise RuntimeError("no driver for p4ssw0rd-of-db")
    assert failed.value.description == "RuntimeError: no driver for ***"
    assert failed.value.__suppress_context__
    with pytest.raises(RuntimeError, match="harmless"), user_errors_as_failures():
        raise RuntimeError("harmless")
