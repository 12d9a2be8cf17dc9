"""XGBoost and histogram gradient boosting: all targets, importances, one result on any machine."""

import pytest
import threadpoolctl

from spotyt_dagster.learning.evaluation.evaluate import evaluate
from spotyt_dagster.learning.evaluation.feature_sets import (
    LEAK_FREE,
    SOUND,
)
from spotyt_dagster.learning.evaluation.task import regression_problem
from spotyt_dagster.learning.regression import hist_gradient_boosting, xgboost_regressor

MODULES = (xgboost_regressor, hist_gradient_boosting)
NAMES = [module.MODEL.name for module in MODULES]

TARGETS = (
    *("viewCount", "log10_viewCount", "delta_view", "log10_view_growth", "view_growth"),
    *("Views", "log10_Views"),
)


@pytest.fixture(scope="module", params=MODULES, ids=NAMES)
def result(request, tracks, baseline, settings):
    return request.param.MODEL.run(tracks, baseline, settings)


def test_views_their_log_and_their_growth_come_under_both_protocols(result) -> None:
    pairs = result.metrics[["target", "protocol"]].drop_duplicates()
    assert len(pairs) == 2 * len({*TARGETS})
    assert set(pairs["target"]) == {*TARGETS}
    assert (result.metrics["value"].notna()).all()


def test_what_it_looks_at_is_shown_for_the_studys_and_the_leak_free_features(result) -> None:
    study = result.tables["importances_study"]
    assert study["feature"].iloc[0] in ("Likes", "Comments")
    if "gain" in study:
        assert study["gain"].sum() == pytest.approx(1)
    names = [name for name in result.tables if name.startswith("importances")]
    assert names == ["importances", "importances_log10", "importances_study"]
    for name in names[:2]:
        assert set(result.tables[name]["feature"]) == set(LEAK_FREE["regression", "crawled"])
    assert set(names) <= set(result.figures)


@pytest.mark.parametrize("module", MODULES, ids=NAMES)
def test_the_number_of_cores_changes_nothing(module, tracks, settings) -> None:
    problem = regression_problem(tracks)
    values = []
    for threads in (1, 3):
        with threadpoolctl.threadpool_limits(threads):
            estimator = module.estimator(settings)
            evaluation = evaluate(estimator, problem, "study", settings, model="boosting")
            values.append(evaluation.metrics["value"])
    assert values[0].equals(values[1])


@pytest.mark.real_data
def test_xgboost_reaches_the_floor_on_the_real_file(real_baseline, settings) -> None:
    """0.58 is the floor for folds by artist. Ours leave out training rows whose video is tested,
    too (duets), which costs 0.008 over ten seeds of the folds: the floor is held where they may
    be shared."""
    problem = regression_problem(real_baseline, "log10_Views")
    assert problem.leak_free == (*SOUND, "log10_Stream")
    estimator = xgboost_regressor.estimator(settings)
    shared, apart = (
        evaluate(estimator, problem, "grouped", settings, model="xgboost", videos_apart=videos)
        for videos in (False, True)
    )
    assert shared.value("r2") >= 0.58
    assert apart.value("r2") >= 0.57
