"""The floor under every classifier: what one scores without looking at a track."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spotyt_dagster.learning.classification.classifier import Classifier
from spotyt_dagster.settings import LearningSettings

if TYPE_CHECKING:
    from sklearn.dummy import DummyClassifier


def estimator(_: LearningSettings) -> DummyClassifier:
    """The unfitted classifier."""
    from sklearn.dummy import DummyClassifier

    return DummyClassifier(strategy="prior")


MODEL = Classifier(
    name="dummy",
    title="Most frequent class",
    description=(
        "The floor: always the most frequent class of the training rows, with the class shares "
        "as probabilities. A classifier that does no better has learnt nothing."
    ),
    estimator=estimator,
)
