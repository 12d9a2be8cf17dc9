"""Studies in the UI, and the lines of the study's tuning chapter."""

import dagster as dg
import pytest

from spotyt_dagster.definitions import build_definitions
from spotyt_dagster.defs.storage_layout import StorageLayout
from spotyt_dagster.learning import tuning
from spotyt_dagster.settings import Settings

OPTUNA = {"tabnet_regressor", "tabnet_classifier", "xgboost_regressor"}


@pytest.fixture(scope="module")
def specs() -> dict[str, dg.AssetSpec]:
    found = build_definitions(Settings()).resolve_all_asset_specs()
    return {spec.key.path[-1]: spec for spec in found if spec.group_name == "tuning"}


def test_every_study_that_is_listed_is_an_asset(specs: dict[str, dg.AssetSpec]):
    assert set(specs) == {study.name for study in tuning.STUDIES}


def test_the_studies_optuna_searches_are_there(specs: dict[str, dg.AssetSpec]):
    assert {name for name, spec in specs.items() if "optuna" in spec.kinds} == OPTUNA


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({"storage": "somewhere"}, str(StorageLayout("somewhere").studies)),
        ({"storage": "somewhere", "studies": "/elsewhere"}, "/elsewhere"),
        ({"storage": "memory://bucket"}, None),
    ],
)
def test_trials_are_kept_in_a_storage_that_is_a_folder(given: dict[str, str], found: str | None):
    definitions = build_definitions(Settings.model_validate(given))
    training = (definitions.resources or {})["training"]
    with dg.build_resources({"training": training}) as resources:
        assert resources.training.studies == found
