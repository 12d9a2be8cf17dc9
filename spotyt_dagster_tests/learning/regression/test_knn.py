"""K nearest neighbours: the study's removals, and K read off training rows."""

import numpy as np
import pytest
from sklearn.model_selection import GroupKFold
from sklearn.neighbors import KNeighborsRegressor

from spotyt_dagster.learning.evaluation.evaluate import evaluate
from spotyt_dagster.learning.evaluation.task import regression_problem
from spotyt_dagster.learning.pipelines import imputed
from spotyt_dagster.learning.regression.knn import MODEL, at_the_elbow, elbow_table


@pytest.fixture(scope="module")
def result(tracks, baseline, settings):
    return MODEL.run(tracks, baseline, settings)


def test_the_curve_is_the_error_of_scikit_learns_regressor_on_folds_that_share_nothing(
    baseline, settings
) -> None:
    problem = regression_problem(baseline)
    study = evaluate(at_the_elbow(), problem, "study", settings, model="knn")
    X, y = study.training_rows()
    prepared = study.estimator[:-1].transform(X)
    artists, videos = (problem.frame[name].loc[X.index] for name in ("Artist", "video_id"))
    curve = elbow_table(study.estimator[-1]).set_index("k")["rmse"]
    for k in (1, 3, 17):
        squared = []
        for train, test in GroupKFold(3).split(X, groups=artists):
            train = train[~videos.iloc[train].isin(videos.iloc[test])]
            model = KNeighborsRegressor(k).fit(prepared.iloc[train], y.iloc[train])
            squared.append((model.predict(prepared.iloc[test]) - y.iloc[test]) ** 2)
        assert curve[k] == pytest.approx(np.sqrt(np.concatenate(squared).mean()))


def test_k_comes_from_training_rows_only(baseline, settings) -> None:
    problem = regression_problem(baseline)
    study = evaluate(at_the_elbow(), problem, "study", settings, model="knn")
    views = baseline["Views"].mask(baseline["row"].isin(study.predictions["row"]), 7.0)
    other = regression_problem(baseline.assign(Views=views))
    again = evaluate(at_the_elbow(), other, "study", settings, model="knn")
    assert (again.predictions["row"] == study.predictions["row"]).all()
    assert (again.predictions["y"] == 7).all()
    assert elbow_table(again.estimator[-1]).equals(elbow_table(study.estimator[-1]))
    assert again.estimator[-1].n_neighbors_ == study.estimator[-1].n_neighbors_


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
