"""Rankings of features by the model itself or by permutation, on training rows alone."""

import pandas as pd
from sklearn.svm import SVC

from spotyt_dagster.learning.classification.ranking import rank_features
from spotyt_dagster.learning.evaluation.evaluate import evaluate
from spotyt_dagster.learning.evaluation.task import (
    PredictionTask,
    classification_problem,
)
from spotyt_dagster.learning.pipelines import imputed


def told_by_tempo(baseline: pd.DataFrame) -> PredictionTask:
    """A problem whose class one column tells."""
    tempo = baseline["Tempo"]
    return classification_problem(baseline.assign(youtube_leaning=tempo > tempo.median()))


def test_without_own_importances_the_telling_column_is_found_by_permutation(
    baseline, settings
) -> None:
    problem = told_by_tempo(baseline)
    fitted = evaluate(imputed(SVC(), scale=True), problem, "grouped", settings, model="m")
    ranking = rank_features(fitted, seed=0)
    assert len(ranking) == 5
    assert all(ranked[0] == "Tempo" for ranked in ranking.values())


def test_test_rows_have_no_say_in_a_ranking(baseline, settings) -> None:
    problem = told_by_tempo(baseline)
    fitted = evaluate(imputed(SVC(), scale=True), problem, "study", settings, model="m")
    before = rank_features(fitted, seed=0)
    tested, _ = fitted.test_rows()
    problem.frame.loc[tested.index, "Tempo"] = 0.0
    assert rank_features(fitted, seed=0) == before
