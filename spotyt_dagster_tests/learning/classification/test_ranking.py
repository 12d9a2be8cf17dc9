"""Top features by the model itself or by permutation, on training rows alone."""

from typing import Any

import pandas as pd
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.svm import SVC

from spotyt_dagster.learning.classification.ranking import (
    by_permutation,
    on_top_features,
    ranking_table,
    top_features,
)
from spotyt_dagster.learning.evaluation.evaluate import evaluate
from spotyt_dagster.learning.evaluation.task import (
    PredictionTask,
    classification_problem,
)

FOREST = RandomForestClassifier(20, random_state=0)
MODELS: dict[str, tuple[Any, Any]] = {
    "own": (FOREST, FOREST),
    "permutation": (SVC(), by_permutation(SVC(), 0)),
}


def told_by_tempo(baseline: pd.DataFrame) -> PredictionTask:
    """A problem whose class one column tells."""
    tempo = baseline["Tempo"]
    return classification_problem(baseline.assign(youtube_leaning=tempo > tempo.median()))


@pytest.mark.parametrize("kind", MODELS)
def test_the_telling_column_is_the_first_of_every_fit(kind, baseline, settings) -> None:
    model = on_top_features(*MODELS[kind], 3, scale=True)
    evaluation = evaluate(model, told_by_tempo(baseline), "grouped", settings, model="m")
    table = ranking_table([evaluation])
    assert table["fit"].tolist() == [fit for fit in range(5) for _ in range(3)]
    assert table["rank"].tolist() == [1, 2, 3] * 5
    assert set(table.loc[table["rank"] == 1, "feature"]) == {"Tempo"}
    for fold, fitted in enumerate(evaluation.estimators):
        seen = fitted[-1].feature_names_in_
        assert set(seen) == set(table.loc[table["fit"] == fold, "feature"])


@pytest.mark.parametrize("kind", MODELS)
def test_test_rows_have_no_say_in_a_ranking(kind, baseline, settings) -> None:
    model = on_top_features(*MODELS[kind], 3, scale=True)
    study = evaluate(model, told_by_tempo(baseline), "study", settings, model="m")
    tested = baseline["row"].isin(study.predictions["row"])
    spoilt = told_by_tempo(baseline)
    spoilt.frame.loc[tested.to_numpy(), "Tempo"] = 0.0
    again = evaluate(model, spoilt, "study", settings, model="m")
    assert top_features(again.estimator) == top_features(study.estimator)
