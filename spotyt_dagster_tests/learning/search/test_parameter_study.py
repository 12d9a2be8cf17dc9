"""A study finds parameters on training rows alone, and shows what it found beside two untuned."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from spotyt_dagster.learning.evaluation.splits import grouped_splits
from spotyt_dagster.learning.result import Result
from spotyt_dagster.learning.runner import run_model
from spotyt_dagster.learning.search.objective import InnerFolds
from spotyt_dagster.learning.search.parameter_study import (
    HAND_SET,
    LIBRARY,
    TUNED,
    ParameterStudy,
    Size,
    best_of,
    search,
    store_of,
)
from spotyt_dagster.learning.search.study_queue import EPOCHS
from spotyt_dagster.learning.tuning import tabnet_classifier, tabnet_regressor, xgboost_regressor
from spotyt_dagster.settings import LearningSettings

SMALL = Size(trials=6, rows=500, folds=2, epochs=2, final_epochs=2)


def small(study: ParameterStudy) -> ParameterStudy:
    return replace(study, quick=SMALL if "tabnet" in study.name else replace(SMALL, epochs=1))


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> LearningSettings:
    return LearningSettings(studies=str(tmp_path_factory.mktemp("studies")))


@pytest.fixture(
    scope="module", params=[xgboost_regressor, tabnet_regressor, tabnet_classifier], ids=lambda m: m
)
def study(request: pytest.FixtureRequest) -> ParameterStudy:
    return small(request.param.STUDY)


@pytest.fixture(scope="module")
def result(
    study: ParameterStudy, tracks: pd.DataFrame, baseline: pd.DataFrame, settings: LearningSettings
) -> Result:
    return run_model(study, tracks, baseline, settings)


def test_the_tuned_model_stands_beside_two_untuned_ones(study: ParameterStudy, result: Result):
    assert set(result.metrics["status"]) == {"ok"}
    assert list(result.metrics["detail"].unique()) == [LIBRARY, HAND_SET, TUNED]
    scores = result.metrics[result.metrics["metric"] == study.score]
    assert (scores["low"] <= scores["value"]).all()
    assert (scores["value"] <= scores["high"]).all()
    assert set(result.metrics["n_train"]) == {SMALL.rows}


def test_a_quick_study_says_that_it_is_quick(study: ParameterStudy, result: Result):
    for notes in result.metrics["notes"]:
        assert notes[0].startswith("a quick search: 6 trials on 500 training rows")
        assert f"at full effort {study.full.trials} trials" in notes[0]


def test_its_trials_and_pictures_are_kept(study: ParameterStudy, result: Result):
    trials = result.tables["trials"]
    assert trials["trial"].tolist() == [1, 2, 3, 4, 5, 6]
    assert set(study.space()) <= set(trials.columns)
    assert {"history", "slices", "parallel_coordinates", "importances"} <= set(result.figures)
    best = result.tables["best_parameters"].iloc[0].to_dict()
    assert set(best) == set(study.space())


def test_every_epoch_of_every_trial_is_kept(study: ParameterStudy, result: Result):
    if "tabnet" not in study.name:
        assert "epochs" not in result.tables
        return
    epochs, trials = result.tables["epochs"], result.tables["trials"].set_index("trial")
    assert set(epochs["trial"]) == set(trials.index)
    last = epochs.assign(step=epochs["fold"] * SMALL.epochs + epochs["epoch"])
    pd.testing.assert_series_equal(
        last.groupby("trial")["step"].max(), trials["steps"], check_names=False
    )
    assert "epochs" in result.figures


def test_a_study_that_is_finished_is_not_run_again(
    study: ParameterStudy,
    result: Result,
    tracks: pd.DataFrame,
    baseline: pd.DataFrame,
    settings: LearningSettings,
):
    again = run_model(study, tracks, baseline, settings)
    pd.testing.assert_frame_equal(again.tables["trials"], result.tables["trials"])


def test_without_a_folder_the_trials_are_the_same(
    study: ParameterStudy, result: Result, tracks: pd.DataFrame, baseline: pd.DataFrame
):
    anew = run_model(study, tracks, baseline, LearningSettings())
    for name in ("trials", "epochs"):
        if name in result.tables:
            pd.testing.assert_frame_equal(
                anew.tables[name].drop(columns="seconds", errors="ignore"),
                result.tables[name].drop(columns="seconds", errors="ignore"),
            )
    pd.testing.assert_frame_equal(
        anew.metrics.drop(columns="fit_seconds"), result.metrics.drop(columns="fit_seconds")
    )


def test_what_the_test_rows_hold_changes_no_trial(
    tracks: pd.DataFrame, baseline: pd.DataFrame, tmp_path: Path
):
    study = small(xgboost_regressor.STUDY)
    found = []
    for name, factor in (("as it is", 0.0), ("other targets", 1.0)):
        settings = LearningSettings(studies=str(tmp_path / name))
        problem = study.problem(tracks, baseline, settings)
        split = grouped_splits(problem.frame, settings.seed)[0]
        frame = problem.frame.copy()
        frame.loc[frame.index[split.test], problem.target] += factor
        with store_of(settings) as store:
            trials = search(study, replace(problem, frame=frame), split.train, settings, store)
        found.append([(trial.params, trial.value, trial.state) for trial in trials])
    assert found[0] == found[1]


def test_inner_folds_share_no_artist_and_no_video_and_keep_to_the_training_rows(
    tracks: pd.DataFrame, baseline: pd.DataFrame
):
    study, settings = tabnet_classifier.STUDY, LearningSettings()
    problem = study.problem(tracks, baseline, settings)
    rows = grouped_splits(problem.frame, settings.seed)[0].train
    folds = InnerFolds(lambda _: None, problem, rows, "log_loss", 3, 3, 1, 42).splits()
    assert len(folds) == 3
    for fold in folds:
        train, test = (problem.frame.iloc[part] for part in (fold.train, fold.test))
        assert np.isin([*fold.train, *fold.test], rows).all()
        for column in ("Artist", "video_id"):
            assert not set(train[column]) & set(test[column])


def test_a_study_of_which_no_trial_is_completed_says_why(
    tracks: pd.DataFrame, baseline: pd.DataFrame
):
    def unfit(*_: object) -> None:
        raise ValueError("no such parameter")

    study = replace(small(xgboost_regressor.STUDY), estimator=unfit)
    failed = run_model(study, tracks, baseline, LearningSettings())
    assert failed.metrics["status"].tolist() == ["failed"]
    assert "no trial of xgboost_regressor was completed" in failed.metrics["notes"][0][0]
    assert "no such parameter" in failed.metrics["notes"][0][0]


def test_the_best_trial_is_the_best_of_the_completed(
    tracks: pd.DataFrame, baseline: pd.DataFrame, settings: LearningSettings
):
    study = small(xgboost_regressor.STUDY)
    problem = study.problem(tracks, baseline, settings)
    rows = grouped_splits(problem.frame, settings.seed)[0].train
    with store_of(settings) as store:
        trials = search(study, problem, rows, settings, store)
    completed = [trial.value for trial in trials if trial.state.name == "COMPLETE"]
    assert best_of(study, trials).value == max(value for value in completed if value is not None)
    assert all(not trial.user_attrs[EPOCHS] for trial in trials)


def test_the_space_of_tabnet_is_the_studys():
    space = {
        name: distribution._asdict() for name, distribution in tabnet_regressor.space().items()
    }
    ranges = {
        name: (known["low"], known["high"], known["log"])
        for name, known in space.items()
        if "low" in known
    }
    assert ranges == {
        "n_d": (8, 64, False),
        "n_a": (8, 64, False),
        "n_steps": (3, 10, False),
        "gamma": (1.0, 2.0, False),
        "lambda_sparse": (1e-6, 1e-3, True),
        "learning_rate": (1e-3, 1e-1, True),
    }
    choices = {name: known["choices"] for name, known in space.items() if "choices" in known}
    assert choices == {"batch_size": (64, 128, 256), "virtual_batch_size": (32, 64, 128)}
    full = tabnet_regressor.STUDY.full
    assert (full.trials, full.epochs) == (50, 100)
