"""Random forest: the study's splits, its retraining, its report."""

import pytest

from spotyt_dagster.learning.classification.random_forest import MODEL
from spotyt_dagster.learning.classification.ranking import on_top_features, top_features
from spotyt_dagster.learning.evaluation.evaluate import evaluate
from spotyt_dagster.learning.evaluation.task import (
    classification_problem,
)
from spotyt_dagster.learning.result import Result


@pytest.fixture(scope="module")
def result(tracks, baseline, settings) -> Result:
    return MODEL.run(tracks, baseline, settings)


def test_every_split_of_the_study_has_its_accuracy(result) -> None:
    crawled = result.metrics.query(
        "metric == 'accuracy' and snapshot == 'crawled' and detail == ''"
    )
    assert crawled["split"].tolist() == [
        "8:2 random",
        "5-fold by artist",
        "7:3 random",
        "9:1 random",
    ]
    fits = set(zip(result.metrics["snapshot"], result.metrics["detail"], strict=True))
    assert {("crawled", "top 5 features"), ("baseline", "")} <= fits


def test_report_and_confusion_matrix_agree_with_the_metrics(result) -> None:
    first = result.metrics.iloc[0]
    assert (first["metric"], first["split"]) == ("accuracy", "8:2 random")
    matrix = result.tables["confusion_matrix"].query("split == 'random split, 8:2'")
    right = matrix.query("actual == predicted")["count"].sum()
    assert right / matrix["count"].sum() == pytest.approx(first["value"])
    report = result.tables["classification_report"]
    assert report.query("split == 'random split, 8:2'")["accuracy"].iloc[0] == pytest.approx(
        first["value"]
    )


def test_top_features_are_those_the_fit_on_the_same_training_rows_ranked(
    baseline, settings
) -> None:
    from sklearn.ensemble import RandomForestClassifier

    from spotyt_dagster.learning.pipelines import imputed

    forest = RandomForestClassifier(10, random_state=0)
    problem = classification_problem(baseline)
    first = evaluate(imputed(forest), problem, "grouped", settings, model="m")
    on_two = on_top_features(forest, forest, 2, scale=False)
    again = evaluate(on_two, problem, "grouped", settings, model="m")
    for before, after in zip(first.estimators, again.estimators, strict=True):
        own = sorted(
            zip(before[-1].feature_importances_, before[-1].feature_names_in_, strict=True),
            reverse=True,
        )
        assert top_features(after) == [name for _, name in own[:2]]
        assert set(after[-1].feature_names_in_) == set(top_features(after))


def test_importances_are_shares_beside_permutation(result) -> None:
    table = result.tables["importances"]
    assert table["impurity"].sum() == pytest.approx(1)
    assert table["permutation"].is_monotonic_decreasing
    assert {"scores", "confusion_matrix", "importances", "calibration"} <= set(result.figures)


def test_the_forest_is_the_same_again(result, tracks, baseline, settings) -> None:
    again = MODEL.run(tracks, baseline, settings)
    columns = ["snapshot", "detail", "metric", "value", "low", "high"]
    assert again.metrics[columns].equals(result.metrics[columns])
    assert again.tables["importances"].equals(result.tables["importances"])


@pytest.mark.real_data
def test_the_forest_reaches_the_floor_on_the_real_file(real_baseline, tracks, settings) -> None:
    result = MODEL.run(tracks, real_baseline, settings)
    row = result.metrics.query(
        "snapshot == 'baseline' and protocol == 'study' and metric == 'accuracy'"
    ).iloc[0]
    assert row["features"] == "audio + Likes"
    assert row["n_train"] + row["n_test"] == 15_260
    assert row["value"] >= 0.80
