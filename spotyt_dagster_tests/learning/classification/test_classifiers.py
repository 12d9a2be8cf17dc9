"""What every classifier of the study must hand back, whatever it is made of."""

import pandas as pd
import pytest
from sklearn.metrics import accuracy_score, roc_auc_score

from spotyt_dagster.learning import classification
from spotyt_dagster.learning.evaluation.feature_sets import LEAK_FREE
from spotyt_dagster.learning.release_time import DETAIL
from spotyt_dagster.learning.result import Result
from spotyt_dagster.learning.runner import run_model
from spotyt_dagster.settings import LearningSettings

TOP = {
    "dummy": 0,
    "logistic_regression": 5,
    "gradient_boosting": 3,
    "xgboost_classifier": 3,
    "svm": 3,
    "tabnet_classifier": 5,
}
OWN_FIGURES = {
    "svm": {"predictions_in_the_plane", "separating_surface"},
    "tabnet_classifier": {"learning_curves"},
}
SETTINGS = LearningSettings(seed=42, effort="quick")
MODELS = {model.name: model for model in classification.MODELS}


@pytest.fixture(scope="module", params=list(TOP))
def fitted(request, tracks, baseline) -> tuple[str, Result]:
    return request.param, MODELS[request.param].run(tracks, baseline, SETTINGS)


def test_every_split_of_the_study_and_both_protocols_have_their_row(fitted) -> None:
    name, result = fitted
    accuracy = result.metrics.query("metric == 'accuracy'")
    assert accuracy["model"].eq(name).all()
    assert accuracy["value"].between(0, 1).all()
    splits = accuracy.groupby(["snapshot", "detail"])["split"].agg(list).to_dict()
    assert splits.pop(("crawled", "")) == [
        "8:2 random",
        "5-fold by artist",
        "7:3 random",
        "9:1 random",
    ]
    assert splits.pop(("baseline", "")) == ["8:2 random", "5-fold by artist"]
    further = {
        ("crawled", f"top {TOP[name]} features"): TOP[name] > 0,
        ("baseline", DETAIL): name == "xgboost_classifier",
    }
    assert splits == {
        key: ["8:2 random", "5-fold by artist"] for key, expected in further.items() if expected
    }


def test_it_is_retrained_on_the_features_that_each_fit_ranked_first(fitted) -> None:
    name, result = fitted
    if not TOP[name]:
        assert "top_features" not in result.tables
        return
    chosen = result.tables["top_features"]
    assert chosen.groupby("fit")["rank"].agg(list).tolist() == [list(range(1, TOP[name] + 1))] * 6
    by_artist = chosen[chosen["fit"] > 0]["feature"]
    assert not {"Likes", "Comments", "Stream", "Views"} & set(by_artist)


def test_it_has_the_shared_pictures_and_its_own(fitted) -> None:
    name, result = fitted
    shared = {"scores", "confusion_matrix", "roc_and_precision_recall", "calibration"}
    looked_at = set() if name == "dummy" else {"importances", "importances_study"}
    assert set(result.figures) == shared | looked_at | OWN_FIGURES.get(name, set())


def test_it_gives_probabilities(fitted) -> None:
    _, result = fitted
    assert result.metrics.query("metric == 'brier'")["value"].notna().all()


def test_the_saved_estimator_is_leak_free_and_tells_the_class(fitted, tracks) -> None:
    _, result = fitted
    kept = result.estimator
    assert kept is not None
    assert kept.features == LEAK_FREE["classification", "crawled"]
    assert (kept.target, kept.of_rows) == ("youtube_leaning", len(tracks))
    score = kept.model.predict_proba(tracks[list(kept.features)].astype(float))[:, 1]
    told = roc_auc_score(tracks["youtube_leaning"], score)
    by_artist = result.metrics.query("metric == 'roc_auc' and protocol == 'grouped'")["value"]
    assert told >= by_artist.iloc[0]  # it has met these rows


def test_what_it_looks_at_is_shown_leak_free_by_artist_first(fitted) -> None:
    _, result = fitted
    honest, study = (result.tables[name] for name in ("importances", "importances_study"))
    assert set(honest["feature"]) == set(LEAK_FREE["classification", "crawled"])
    assert "Likes" in set(study["feature"])
    order = [name for name in result.tables if name.startswith("importances")]
    assert order == ["importances", "importances_study"]


def test_the_figures_are_those_of_the_predictions(fitted) -> None:
    _, result = fitted
    known = result.tables["predictions"].query("split == 'random split, 8:2'")
    first = result.metrics.iloc[0]
    assert (first["metric"], first["protocol"]) == ("accuracy", "study")
    assert first["value"] == pytest.approx(accuracy_score(known["y"], known["prediction"]))


def test_the_same_seed_gives_the_same_metrics(fitted, tracks, baseline) -> None:
    name, result = fitted
    tracks, baseline = (frame.sample(frac=1, random_state=1) for frame in (tracks, baseline))
    again = MODELS[name].run(tracks, baseline, SETTINGS)
    columns = ["snapshot", "detail", "metric", "value", "low", "high"]
    pd.testing.assert_frame_equal(again.metrics[columns], result.metrics[columns], check_exact=True)


@pytest.mark.parametrize("name", list(TOP))
def test_one_class_only_becomes_a_row_that_says_so(name, tracks, baseline) -> None:
    alike = tracks.assign(youtube_leaning=True)
    result = run_model(MODELS[name], alike, baseline, SETTINGS)
    assert result.metrics["status"].tolist() == ["failed"]
    assert "youtube_leaning has 1 class(es), two are needed" in result.metrics["notes"].iloc[0][0]


def test_the_dummy_scores_the_share_of_the_most_frequent_class(tracks, baseline) -> None:
    result = MODELS["dummy"].run(tracks, baseline, SETTINGS)
    known = result.tables["predictions"].query("split == 'random split, 8:2'")
    shares = known["y"].value_counts(normalize=True)
    assert result.metrics.iloc[0]["value"] == pytest.approx(shares.max())
    assert result.metrics.query("metric == 'roc_auc'")["value"].eq(0.5).all()
    assert "importances" not in result.figures


def test_another_target_can_be_set(tracks, baseline) -> None:
    settings = LearningSettings(seed=42, effort="quick", classification_target="Licensed")
    result = MODELS["logistic_regression"].run(tracks, baseline, settings)
    assert result.metrics["target"].unique().tolist() == ["Licensed"]
    assert set(result.tables["confusion_matrix"]["actual"]) == {"not Licensed", "Licensed"}


def test_a_target_that_is_no_column_is_named(tracks, baseline) -> None:
    settings = LearningSettings(seed=42, effort="quick", classification_target="charmed")
    with pytest.raises(ValueError, match="no column charmed"):
        MODELS["dummy"].run(tracks, baseline, settings)


def test_what_quick_effort_leaves_out_is_noted(tracks, baseline) -> None:
    result = MODELS["gradient_boosting"].run(tracks, baseline, SETTINGS)
    assert (
        result.metrics["notes"]
        .str.join(" ")
        .str.contains(r"quick: n_estimators 60 \(full: 100\)")
        .all()
    )
