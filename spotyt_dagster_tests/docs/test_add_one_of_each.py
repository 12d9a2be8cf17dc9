"""Does what the pages on a model of each kind say, with their code, in one copy of the package."""

import json
from pathlib import Path

import pandas as pd
import pytest

from spotyt_dagster_tests.docs.model_page import ModelPage
from spotyt_dagster_tests.docs.package_copy import copy_package, run_python
from spotyt_dagster_tests.learning.feature_tables import baseline_table, tracks_table

REGRESSOR = ModelPage("add_a_model.md")
DEEP_REGRESSOR = ModelPage("add_a_deep_regressor.md")
CLASSIFIER = ModelPage("add_a_classifier.md")
CLUSTERING_SYSTEM = ModelPage("add_a_clustering_system.md")
PAGES = (REGRESSOR, DEEP_REGRESSOR, CLASSIFIER, CLUSTERING_SYSTEM)
IDS = [page.name.removesuffix(".md") for page in PAGES]
MOST_LINES = {REGRESSOR: 11, DEEP_REGRESSOR: 25, CLASSIFIER: 11, CLUSTERING_SYSTEM: 40}
ROWS = 400

RUN = """
import json, sys
import pandas as pd
from spotyt_dagster.defs.models import MODELS as ASSETS
from spotyt_dagster.learning import classification, clustering, regression
from spotyt_dagster.learning.clustering.cluster_comparison import SEEDED, SYSTEMS
from spotyt_dagster.learning.runner import run_model
from spotyt_dagster.settings import LearningSettings

tracks, baseline = (pd.read_parquet(f"{name}.parquet") for name in ("tracks", "baseline"))
known = (*clustering.MODELS, *regression.MODELS, *classification.MODELS)
by_key = {model.key: model for model in known}
made = {"assets": [asset.key.to_user_string() for asset in ASSETS]}
made["descriptions"] = {asset.key.to_user_string(): asset.descriptions_by_key[asset.key]
                        for asset in ASSETS}
made["compared"] = [system.title for system in SYSTEMS]
made["seeded"] = list(SEEDED)
for key in json.load(open("keys.json")):
    result = run_model(by_key[key], tracks, baseline, LearningSettings())
    result.metrics.to_parquet(key.replace("/", "__") + ".parquet")
    made[key] = {
        "figures": list(result.figures),
        "tables": list(result.tables),
        "kept": result.estimator is not None,
    }
json.dump(made, open("made.json", "w"))
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the package with all of the models, where each has run on a small table."""
    home = tmp_path_factory.mktemp("one_of_each")
    copy_package(home)
    for page in PAGES:
        page.add_to(home)
    baseline = baseline_table()
    tracks_table(baseline).head(ROWS).to_parquet(home / "tracks.parquet")
    baseline.head(ROWS).to_parquet(home / "baseline.parquet")
    (home / "keys.json").write_text(json.dumps([page.key for page in PAGES]), encoding="utf-8")
    run_python(RUN, home)
    return home


@pytest.fixture(scope="module")
def made(home: Path) -> dict:
    return json.loads((home / "made.json").read_text(encoding="utf-8"))


def metrics_of(page: ModelPage, home: Path) -> pd.DataFrame:
    return pd.read_parquet(home / f"{page.key.replace('/', '__')}.parquet")


@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_a_models_file_is_short(page: ModelPage):
    assert page.lines() <= MOST_LINES[page]


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_it_is_an_asset_with_the_records_description(page: ModelPage, made: dict):
    assert page.key in made["assets"]
    assert made["descriptions"][page.key] == page.description


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_every_figure_of_it_is_there(page: ModelPage, home: Path):
    metrics = metrics_of(page, home)
    assert set(metrics["status"]) == {"ok"}
    assert set(metrics["model"]) == {page.key.split("/")[1]}
    assert set(metrics["snapshot"]) == {"crawled", "baseline"}
    assert metrics["value"].notna().all()


@pytest.mark.slow
def test_supervised_ones_come_under_both_protocols_and_keep_an_estimator(home: Path, made: dict):
    for page in (REGRESSOR, DEEP_REGRESSOR, CLASSIFIER):
        assert set(metrics_of(page, home)["protocol"]) == {"study", "grouped"}
        assert made[page.key]["kept"]
        assert "scores" in made[page.key]["figures"]


@pytest.mark.slow
def test_a_network_shows_its_training_and_says_what_quick_effort_changes(home: Path, made: dict):
    assert "learning_curves" in made[DEEP_REGRESSOR.key]["figures"]
    assert {"learning_curves", "training"} <= set(made[DEEP_REGRESSOR.key]["tables"])
    notes = metrics_of(DEEP_REGRESSOR, home)["notes"].str.join(" ")
    assert notes.str.contains("quick: max_epochs 5 (full: 100)", regex=False).all()
    assert notes.str.contains("trained on ").all()


@pytest.mark.slow
def test_a_clustering_system_is_drawn_kept_and_compared(made: dict):
    own = made[CLUSTERING_SYSTEM.key]
    assert own["figures"] == ["clusters"]
    assert {"profile", "labels", "baseline_profile", "baseline_labels"} == set(own["tables"])
    assert own["kept"]
    assert made["compared"][0] == "Gaussian mixture"
    assert "Gaussian mixture" in made["seeded"]
