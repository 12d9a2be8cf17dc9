"""K nearest neighbours: the study's removals, and K read off training rows."""

import numpy as np
import pytest
from sklearn.model_selection import GroupKFold
from sklearn.neighbors import KNeighborsRegressor

from spotyt_dagster.learning.evaluation.evaluate import evaluate
from spotyt_dagster.learning.evaluation.fitting import TrainingRows
from spotyt_dagster.learning.evaluation.task import regression_problem
from spotyt_dagster.learning.pipelines import imputed
from spotyt_dagster.learning.regression.knn import at_the_elbow, elbow, knn


@pytest.fixture(scope="module")
def training(baseline) -> TrainingRows:
    problem = regression_problem(baseline)
    return TrainingRows(problem.inputs(problem.study), problem.y, problem.frame["Artist"], seed=1)


@pytest.fixture(scope="module")
def result(tracks, baseline, settings):
    return knn(tracks, baseline, settings)


def test_the_curve_is_the_error_of_scikit_learns_regressor(training) -> None:
    curve = elbow(training).set_index("k")["rmse"]
    for k in (1, 3, 17):
        squared = []
        for fit, held in GroupKFold(3).split(training.X, groups=training.artists):
            model = imputed(KNeighborsRegressor(k), scale=True)
            model.fit(training.X.iloc[fit], training.y.iloc[fit])
            squared.append((model.predict(training.X.iloc[held]) - training.y.iloc[held]) ** 2)
        assert curve[k] == pytest.approx(np.sqrt(np.concatenate(squared).mean()))


def test_k_comes_from_training_rows_only(baseline, settings) -> None:
    problem = regression_problem(baseline)
    study = evaluate(at_the_elbow, problem, "study", settings, model="knn")
    X, y = study.training_rows()
    artists = problem.frame["Artist"].loc[X.index]
    expected = at_the_elbow(TrainingRows(X, y, artists, settings.seed)).get_params()
    assert study.estimator.get_params()["model__n_neighbors"] == expected["model__n_neighbors"]


def test_the_studys_removals_take_the_columns_out_of_both_protocols(result) -> None:
    rows = result.metrics.query("snapshot == 'crawled' and detail == 'k=3, second removal'")
    assert set(rows["protocol"]) == {"study", "grouped"}
    expected = "- Danceability - Key - Instrumentalness - Valence - Tempo + "
    assert rows["features"].str.contains(expected, regex=False).all()


def test_targets_on_both_scales_and_growth_are_there(result) -> None:
    targets = {"viewCount", "log10_viewCount", "delta_view", "Views"}
    assert targets | {"log10_view_growth", "view_growth"} == set(result.metrics["target"])
    assert {"predictions", "k_elbow", "error_by_size", "split_overlap"} <= set(result.tables)
    assert {"scores", "predicted_against_actual", "error_by_size", "k_elbow"} == set(result.figures)


@pytest.mark.real_data
def test_three_neighbours_reach_the_floor_on_the_real_file(real_baseline, settings) -> None:
    study = evaluate(
        imputed(KNeighborsRegressor(3), scale=True),
        regression_problem(real_baseline),
        "study",
        settings,
        model="knn",
    )
    assert set(study.metrics["features"]) == {"audio + Likes + Comments + Stream"}
    assert study.value("r2") >= 0.65
