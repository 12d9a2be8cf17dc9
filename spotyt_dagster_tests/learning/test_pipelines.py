"""What is learnt from names is learnt from training rows, and of a row from others' targets."""

import warnings

import numpy as np
import pandas as pd
import pytest
import sklearn
from sklearn.linear_model import LinearRegression, LogisticRegression

from spotyt_dagster.learning.evaluation.evaluate import evaluate
from spotyt_dagster.learning.evaluation.feature_sets import RELEASE_TIME
from spotyt_dagster.learning.evaluation.fitting import fit_rows
from spotyt_dagster.learning.evaluation.splits import kept_apart
from spotyt_dagster.learning.evaluation.task import PredictionTask, release_time_problem
from spotyt_dagster.learning.pipelines import TITLE_COMPONENTS, with_names

MODELS = {"regression": LinearRegression(), "classification": LogisticRegression(max_iter=2000)}
TARGETS = {"regression": "log10_Views", "classification": "youtube_leaning"}


def pipeline(task, columns=None):
    columns = columns or RELEASE_TIME[task]
    return with_names(MODELS[task], columns, task, scale=True, random_state=0)


def problem_of(task, baseline, target: str = "") -> PredictionTask:
    return release_time_problem(task, baseline, target or TARGETS[task])


def read_names(problem: PredictionTask, fitted) -> np.ndarray:
    """What a fitted pipeline makes of every row's names and numbers, as of rows never seen."""
    return np.asarray(fitted["names"].transform(problem.inputs(problem.leak_free)), dtype=float)


def read_in_training(problem: PredictionTask) -> pd.Series:
    """The channel's mean in every row, all being training rows, by row."""
    names = pipeline(problem.task, ["Channel"])["names"]
    with sklearn.config_context(enable_metadata_routing=True):
        read = names.fit_transform(
            problem.inputs(("Channel",)), problem.y, **kept_apart(problem.frame)
        )
    return pd.Series(read[:, 0], problem.frame.index)


@pytest.mark.parametrize("task", MODELS)
def test_targets_of_test_rows_are_never_looked_at(task, baseline, settings) -> None:
    honest = problem_of(task, baseline)
    grouped = evaluate(pipeline(task), honest, "grouped", settings, model="m")
    for split, fitted in zip(grouped.splits, grouped.estimators, strict=True):
        other = baseline.copy()
        target = other.columns.get_loc(TARGETS[task])
        other.iloc[split.test, target] = other[TARGETS[task]].iloc[split.test[::-1]].to_numpy()
        mixed = problem_of(task, other)
        again, _ = fit_rows(pipeline(task), mixed, mixed.leak_free, split.train)
        np.testing.assert_array_equal(read_names(honest, fitted), read_names(mixed, again))


@pytest.mark.parametrize("task", MODELS)
def test_a_training_row_reads_nothing_of_its_artists_or_its_videos_targets(task, baseline) -> None:
    channel = problem_of(task, baseline)
    rows = channel.frame
    shared = rows["video_id"].duplicated(keep=False) & rows["Channel"].str.startswith("Label")
    assert shared.any()
    for row in rows.index[shared][:2]:
        own = (rows["Artist"] == rows.at[row, "Artist"]) | (
            rows["video_id"] == rows.at[row, "video_id"]
        )
        changed = baseline.copy()
        where = changed["row"].isin(rows.loc[own, "row"])
        name = TARGETS[task]
        changed[name] = changed[name].mask(where, ~changed[name] if task[0] == "c" else 9.0)
        before, after = read_in_training(channel), read_in_training(problem_of(task, changed))
        assert before[row] == after[row]
        assert (before != after).any()  # others on the channel do read them


def test_a_channel_is_the_shrunk_mean_of_its_tracks(baseline) -> None:
    """Of new rows; a channel that was never seen is the mean of all."""
    problem = problem_of("regression", baseline)
    fitted, _ = fit_rows(
        pipeline("regression", ["Channel"]), problem, ("Channel",), np.arange(len(problem.frame))
    )
    asked = pd.DataFrame({"Channel": ["Label 1 Records", "Unheard"]})
    label, unheard = fitted["names"].transform(asked)[:, 0]
    mean = problem.y.mean()
    assert unheard == pytest.approx(mean)
    of_label = problem.y[problem.frame["Channel"] == "Label 1 Records"].mean()
    assert min(mean, of_label) < label < max(mean, of_label)
    assert abs(label - of_label) < abs(label - mean)


def test_whole_numbers_are_no_classes(baseline) -> None:
    """scikit-learn takes counts for classes and would make a column of each of 900 views."""
    problem = problem_of("regression", baseline, "Views")
    fitted, _ = fit_rows(
        pipeline("regression"), problem, problem.leak_free, np.arange(len(problem.frame))
    )
    numbers = len(problem.leak_free) - 2
    assert read_names(problem, fitted).shape[1] == numbers + 1 + TITLE_COMPONENTS


@pytest.mark.parametrize("task", MODELS)
def test_two_threads_and_a_second_run_give_the_same_bits(task, baseline, settings) -> None:
    problem = problem_of(task, baseline)
    once, again, threads = (
        evaluate(pipeline(task), problem, "grouped", settings, model="m", fold_threads=threads)
        for threads in (1, 1, 2)
    )
    pd.testing.assert_frame_equal(once.predictions, again.predictions, check_exact=True)
    pd.testing.assert_frame_equal(once.predictions, threads.predictions, check_exact=True)
    for one, other in zip(once.estimators, threads.estimators, strict=True):
        np.testing.assert_array_equal(read_names(problem, one), read_names(problem, other))


@pytest.mark.parametrize("columns", [("Energy",), ("Energy", "Title"), ("Energy", "Channel")])
def test_only_the_names_that_are_given_are_read(columns, baseline) -> None:
    problem = problem_of("regression", baseline).with_features(*columns)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fitted, _ = fit_rows(pipeline("regression", columns), problem, columns, np.arange(300))
    read = fitted["names"].get_feature_names_out()
    assert len(read) == 1 + ("Channel" in columns) + TITLE_COMPONENTS * ("Title" in columns)
    assert np.isfinite(fitted.predict(problem.inputs(columns))).all()
