"""The deep regressors as models: rows, notes, curves, and one result whatever the machine."""

import pytest

from spotyt_dagster.learning.deep import device
from spotyt_dagster.learning.regression import ft_transformer, tab_transformer, tabnet_regressor
from spotyt_dagster.learning.runner import run_model
from spotyt_dagster.settings import LearningSettings

MODELS = {
    module.MODEL.name: module.MODEL
    for module in (tabnet_regressor, tab_transformer, ft_transformer)
}


@pytest.fixture(scope="module", params=MODELS)
def name(request) -> str:
    return request.param


@pytest.fixture(scope="module")
def few(tracks):
    """400 rows: enough to learn something from, few enough for 24 fits in seconds."""
    return tracks.head(400)


@pytest.fixture(scope="module")
def result(name, few, baseline, settings):
    return run_model(MODELS[name], few, baseline.head(400), settings)


def test_views_their_log_and_their_growth_come_under_both_protocols(name, result) -> None:
    pairs = result.metrics[["target", "protocol"]].drop_duplicates()
    assert set(pairs.itertuples(index=False, name=None)) == {
        (target, protocol)
        for target in ("viewCount", "log10_viewCount", "delta_view", "Views", "log10_Views")
        for protocol in ("study", "grouped")
    }
    assert set(result.metrics["model"]) == {name}


def test_the_note_says_what_quick_leaves_out_and_on_which_device(result) -> None:
    assert result.metrics["notes"].str.join(" ").str.contains("quick: ").all()
    assert result.metrics["notes"].str.join(" ").str.contains(f"trained on {device()}").all()


def test_the_curves_of_every_fit_are_there(result) -> None:
    fits = result.tables["training"]
    assert len(fits) == 24
    assert len(result.tables["learning_curves"]) == fits["epochs"].sum()
    kept = result.tables["learning_curves"].query("best")
    assert kept["epoch"].tolist() == fits["epoch_kept"].tolist()
    assert {"learning_curves", "predicted_against_actual", "error_by_size"} <= set(result.figures)


def test_too_few_artists_leave_a_row_that_says_so(name, tracks, baseline, settings) -> None:
    three = tracks[tracks["Artist"].isin(["Artist 1", "Artist 2", "Artist 3"])]
    failed = run_model(MODELS[name], three, baseline, settings).metrics
    assert failed["status"].tolist() == ["failed"]
    (note,) = failed["notes"].item()
    assert "few rows" in note or "artists" in note


@pytest.mark.slow
def test_full_effort_uses_the_studys_parameters(monkeypatch, few, baseline) -> None:
    monkeypatch.setitem(tabnet_regressor.STUDY_PARAMETERS, "max_epochs", 2)
    monkeypatch.setitem(tabnet_regressor.FASTER, "max_epochs", 2)
    result = tabnet_regressor.MODEL.run(
        few, baseline.head(400), LearningSettings(seed=42, effort="full")
    )
    study = result.metrics.query('snapshot == "crawled" and detail == "study\'s parameters"')
    assert set(study["protocol"]) == {"study", "grouped"}
    assert set(study["target"]) == {"viewCount"}
    assert "log10_Views" in set(result.metrics["target"])
    rates = result.tables["learning_curves"].query("target == 'viewCount'")["learning_rate"]
    assert rates.max() == pytest.approx(2e-2)
