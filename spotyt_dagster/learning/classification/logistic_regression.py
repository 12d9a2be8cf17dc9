"""Logistic regression, the plainest classifier that looks at a track."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spotyt_dagster.learning.classification.classifier import Classifier
from spotyt_dagster.settings import LearningSettings

if TYPE_CHECKING:
    from sklearn.linear_model import LogisticRegression


def estimator(_: LearningSettings) -> LogisticRegression:
    """The unfitted classifier."""
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(max_iter=1000)


MODEL = Classifier(
    name="logistic_regression",
    title="Logistic regression",
    description=(
        "Is a track YouTube-leaning? Logistic regression on standardised features, the reference"
        " that the study's classifiers must beat, at 8:2, 7:3 and 9:1 and by artist, retrained "
        "on the five features of largest weight."
    ),
    estimator=estimator,
    scale=True,
    top=5,
    importance="weight",
)
