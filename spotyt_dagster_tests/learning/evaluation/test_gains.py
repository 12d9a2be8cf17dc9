"""Gains from step to step, on the same tracks and the same resamples."""

import numpy as np
import pytest
from sklearn.dummy import DummyRegressor
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import r2_score, roc_auc_score

from spotyt_dagster.learning.evaluation.evaluate import evaluate
from spotyt_dagster.learning.evaluation.gains import GAIN_COLUMNS, gains
from spotyt_dagster.learning.evaluation.intervals import bootstrap_intervals, group_weights
from spotyt_dagster.learning.evaluation.task import classification_problem, regression_problem
from spotyt_dagster.learning.pipelines import imputed


@pytest.fixture(scope="module")
def steps(baseline, settings):
    """log10 views, of which Energy tells a part and fame, which Stream tells, much; see the table.
    Liveness tells nothing."""
    views = regression_problem(baseline, "log10_Views")
    columns = {
        "sound": ("Energy",),
        "noise": ("Energy", "Liveness"),
        "streams": ("Energy", "Liveness", "log10_Stream"),
    }
    return {
        name: evaluate(
            imputed(LinearRegression()), views.with_features(*of), "grouped", settings, model="m"
        )
        for name, of in columns.items()
    }


def test_a_row_a_step_with_its_score_and_gain(steps, baseline) -> None:
    table = gains(steps, "r2", seed=42)
    assert tuple(table.columns) == GAIN_COLUMNS
    assert table["step"].tolist() == list(steps)
    assert table["n"].eq(len(baseline)).all()
    for score, evaluation in zip(table["value"], steps.values(), strict=True):
        tested = evaluation.predictions
        assert score == pytest.approx(r2_score(tested["y"], tested["prediction"]))
    np.testing.assert_allclose(table["gain"].iloc[1:], np.diff(table["value"]))
    assert np.isnan(table[["gain", "gain_low", "gain_high"]].to_numpy()[0]).all()
    noise_low, streams_low = table["gain_low"].to_numpy()[1:3]
    assert -0.01 < noise_low < table["gain_high"].to_numpy()[1] < 0.01
    assert streams_low > 0.1


def test_a_gain_is_resampled_as_a_difference(steps) -> None:
    """Held against scikit-learn's score on each resample of artists."""
    table = gains(steps, "r2", seed=3).set_index("step")
    sound, noise = (steps[name].predictions.sort_values("row") for name in ("sound", "noise"))
    artists = steps["sound"].problem.frame["Artist"].to_numpy()
    differences = [
        r2_score(sound["y"], noise["prediction"], sample_weight=weight)
        - r2_score(sound["y"], sound["prediction"], sample_weight=weight)
        for weights in group_weights(artists, 3)
        for weight in weights
    ]
    (row,) = table.loc[["noise"]].to_dict("records")
    interval = [row["gain_low"], row["gain_high"]]
    np.testing.assert_allclose(interval, np.percentile(differences, [2.5, 97.5]), atol=1e-9)
    assert np.diff(interval) < 0.2 * (row["high"] - row["low"])


def test_the_same_model_gains_nothing_at_all(steps) -> None:
    table = gains({"once": steps["sound"], "again": steps["sound"]}, "r2", seed=42)
    assert table[["gain", "gain_low", "gain_high"]].to_numpy()[1].tolist() == [0.0, 0.0, 0.0]


def test_classes_are_compared_as_well(baseline, settings) -> None:
    problem = classification_problem(baseline)
    one, other = (
        evaluate(
            imputed(LogisticRegression(max_iter=1000)), problem.with_features(*columns), "grouped",
            settings, model="m",
        )
        for columns in (("Liveness",), ("Liveness", "Energy"))
    )  # fmt: skip
    table = gains({"one": one, "other": other}, "roc_auc", seed=42)
    tested = other.predictions
    assert table["value"].iloc[1] == pytest.approx(roc_auc_score(tested["y"], tested["score"]))
    assert table["gain_low"].iloc[1] > 0.05


def test_different_tracks_cannot_be_compared(steps, baseline, settings) -> None:
    fewer = regression_problem(baseline.head(500), "log10_Views")
    other = evaluate(DummyRegressor(), fewer, "grouped", settings, model="m")
    with pytest.raises(ValueError, match="sound and fewer were not tested on the same tracks"):
        gains({"sound": steps["sound"], "fewer": other}, "r2", seed=42)


def test_scores_have_the_intervals_that_they_have_alone(steps) -> None:
    table = gains(steps, "r2", seed=42)
    tested = steps["streams"].predictions.sort_values("row")
    artists = steps["streams"].problem.frame["Artist"].to_numpy()

    def measure(weights):
        scores = [r2_score(tested["y"], tested["prediction"], sample_weight=w) for w in weights]
        return {"r2": np.array(scores)}

    expected = bootstrap_intervals(measure, artists, 42)["r2"]
    np.testing.assert_allclose(table.iloc[2][["value", "low", "high"]].astype(float), expected)
