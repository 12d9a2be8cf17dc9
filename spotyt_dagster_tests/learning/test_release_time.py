"""Models that are asked once more of what is known when a video goes up."""

import pytest

from spotyt_dagster.learning.classification import xgboost_classifier
from spotyt_dagster.learning.evaluation.evaluate import evaluate
from spotyt_dagster.learning.regression import xgboost_regressor
from spotyt_dagster.learning.release_time import DETAIL, release_time_plans
from spotyt_dagster.tables.logarithms import raw_name

MODELS = {
    "r2": (xgboost_regressor, "log10_Views", 0.675),
    "roc_auc": (xgboost_classifier, "youtube_leaning", 0.80),
}
CRAWLED = {"viewCount", "likeCount", "commentCount", "youtubeChannelSubscriber"}


@pytest.mark.parametrize("metric", MODELS)
def test_they_are_fitted_last_on_the_columns_of_2023_alone(
    tracks, baseline, settings, metric: str
) -> None:
    module, target, _ = MODELS[metric]
    plans = module.MODEL.planned(tracks, baseline, settings)
    asked = [plan for plan in plans if plan.detail == DETAIL]
    assert [plan.protocol for plan in asked] == ["study", "grouped"]
    for plan in asked:
        assert plan.problem.target == target
        assert plan.problem.snapshot == "baseline"
        assert not CRAWLED & {raw_name(column) for column in plan.columns}
        assert {"Title", "Channel", "channel_topic"} <= set(plan.columns)


@pytest.mark.parametrize("metric", MODELS)
def test_its_figures_stand_among_the_models_own(tracks, baseline, settings, metric: str) -> None:
    module, target, _ = MODELS[metric]
    rows = module.MODEL.run(tracks, baseline, settings).metrics
    rows = rows[(rows["detail"] == DETAIL) & (rows["target"] == target)]
    assert rows.loc[rows["metric"] == metric, "protocol"].tolist() == ["study", "grouped"]
    assert rows["features"].str.contains("Title").all()


@pytest.mark.real_data
@pytest.mark.parametrize("metric", MODELS)
def test_on_the_real_table_they_explain_what_sound_and_streams_cannot(
    real_baseline, settings, metric: str
) -> None:
    module, target, floor = MODELS[metric]
    problem_of = "regression" if metric == "r2" else "classification"
    model = module.estimator(settings)
    _, plan = release_time_plans(
        model[-1] if problem_of == "regression" else model,
        problem_of,
        real_baseline,
        target,
        seed=settings.seed,
        model="m",
    )
    grouped = evaluate(plan.estimator, plan.problem, "grouped", settings, model="m", fold_threads=2)
    assert grouped.value(metric) >= floor
