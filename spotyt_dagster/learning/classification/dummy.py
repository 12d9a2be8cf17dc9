"""The floor under every classifier: what one scores without looking at a track."""

from __future__ import annotations

import pandas as pd

from spotyt_dagster.learning.classification.evaluations import (
    run_classifier,
)
from spotyt_dagster.learning.classification.results import (
    classifier_result,
)
from spotyt_dagster.learning.model import Analysis
from spotyt_dagster.learning.result import Result
from spotyt_dagster.settings import LearningSettings


def dummy(tracks: pd.DataFrame, baseline: pd.DataFrame, settings: LearningSettings) -> Result:
    """The floor: always the most frequent class of the training rows, with the class shares as
    probabilities. A classifier that does no better has learnt nothing.
    """
    from sklearn.dummy import DummyClassifier

    estimator = DummyClassifier(strategy="prior")
    runs = run_classifier(estimator, tracks, baseline, settings, model="dummy")
    return classifier_result(runs, settings, name="Most frequent class")


MODEL = Analysis(
    task="classification",
    name="dummy",
    title="Most frequent class",
    description=(
        "The floor: always the most frequent class of the training rows, with the class shares "
        "as probabilities. A classifier that does no better has learnt nothing."
    ),
    analyse=dummy,
)
