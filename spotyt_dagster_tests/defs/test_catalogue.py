"""What the UI shows of the product before anything has run."""

import dagster as dg
import pytest

from spotyt_dagster.definitions import build_definitions
from spotyt_dagster.defs.conventions import GROUPS, OWNERS
from spotyt_dagster.defs.models import MODELS
from spotyt_dagster.reporting.html.sections.models import SECTIONS
from spotyt_dagster.reporting.study_comparison import study_figures
from spotyt_dagster.settings import Settings


@pytest.fixture(scope="module")
def specs() -> list[dg.AssetSpec]:
    return list(build_definitions(Settings()).resolve_all_asset_specs())


def test_every_asset_has_description_kind_group_and_owner(specs: list[dg.AssetSpec]):
    for spec in specs:
        assert spec.description, spec.key
        assert spec.kinds, spec.key
        assert spec.group_name in GROUPS, spec.key
        assert list(spec.owners) == OWNERS, spec.key


def test_the_group_is_the_key_prefix(specs: list[dg.AssetSpec]):
    assert all(spec.key.path == [spec.group_name, spec.key.path[-1]] for spec in specs)


def test_every_group_holds_something(specs: list[dg.AssetSpec]):
    assert {spec.group_name for spec in specs} == set(GROUPS)


def test_every_model_stands_in_a_section_of_the_report():
    groups = {model.key.path[0] for model in MODELS}
    assert groups == {section.anchor.removeprefix("task-") for section in SECTIONS}


def test_crawl_assets_and_no_others_are_cut_by_batch(specs: list[dg.AssetSpec]):
    assert {spec.group_name for spec in specs if spec.partitions_def} == {"crawl"}
    assert all(spec.partitions_def for spec in specs if spec.group_name == "crawl")


def test_every_model_has_a_check_that_it_could_be_fitted(specs: list[dg.AssetSpec]):
    checks = {
        spec.key
        for check in build_definitions(Settings()).asset_checks or ()
        for spec in getattr(check, "check_specs", ())
    } | {
        spec
        for asset in build_definitions(Settings()).assets or ()
        if isinstance(asset, dg.AssetsDefinition)
        for spec in asset.check_keys
    }
    models = [s for s in specs if s.group_name in ("clustering", "regression", "classification")]
    assert models
    assert all(dg.AssetCheckKey(spec.key, "fitted") in checks for spec in models)


def test_definitions_are_valid():
    dg.Definitions.validate_loadable(build_definitions(Settings()))


def test_the_api_steps_wait_for_their_pools():
    pools = {
        asset.key.path[-1]: asset.op.pool
        for asset in build_definitions(Settings()).assets or ()
        if isinstance(asset, dg.AssetsDefinition) and len(asset.keys) == 1
    }
    assert pools["youtube_videos"] == pools["youtube_channels"] == "youtube_api"
    assert pools["spotify_artists"] == "spotify_api"
    assert pools["ols"] == "training"


def test_every_system_of_the_study_has_its_asset(specs: list[dg.AssetSpec]):
    # study_figures() holds a line for every line of the study's three tables of models.
    assets = {tuple(spec.key.path) for spec in specs}
    systems = set(study_figures()[["task", "model"]].itertuples(index=False, name=None))
    assert len(systems) > 15
    assert systems <= assets
