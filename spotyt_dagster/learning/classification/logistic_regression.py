"""Logistic regression, the plainest classifier that looks at a track."""

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


def logistic_regression(
    tracks: pd.DataFrame, baseline: pd.DataFrame, settings: LearningSettings
) -> Result:
    """Is a track YouTube-leaning? Logistic regression on standardised features, the reference that
    the study's classifiers must beat, at 8:2, 7:3 and 9:1 and by artist, retrained on the five
    features of largest weight.
    """
    from sklearn.linear_model import LogisticRegression

    runs = run_classifier(
        LogisticRegression(max_iter=1000),
        tracks,
        baseline,
        settings,
        model="logistic_regression",
        scale=True,
        top=5,
    )
    return classifier_result(runs, settings, name="Logistic regression", importance="weight")


MODEL = Analysis(
    task="classification",
    name="logistic_regression",
    title="Logistic regression",
    description=(
        "Is a track YouTube-leaning? Logistic regression on standardised features, the reference"
        " that the study's classifiers must beat, at 8:2, 7:3 and 9:1 and by artist, retrained "
        "on the five features of largest weight."
    ),
    analyse=logistic_regression,
)
