"""Gradient boosting, the study's second ensemble of trees."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spotyt_dagster.learning.classification.classifier import Classifier
from spotyt_dagster.learning.evaluation.metric_table import Notes
from spotyt_dagster.settings import LearningSettings

if TYPE_CHECKING:
    from sklearn.ensemble import GradientBoostingClassifier

TOP_FEATURES = 3  # the study kept spotifyPopularity, youtubeChannelSubscriber, publishedYear

QUICK = {"n_estimators": 60, "learning_rate": 0.2, "subsample": 0.5, "max_features": "sqrt"}
"""A ninth of the defaults' time (0.3 s a fit for 2.5 s); on rows held out of the real file's
training rows by artist the log loss is no worse than theirs."""


def estimator(settings: LearningSettings) -> GradientBoostingClassifier:
    """The unfitted classifier."""
    from sklearn.ensemble import GradientBoostingClassifier

    return GradientBoostingClassifier(**settings.choose(QUICK, {}), random_state=settings.seed)


def notes(settings: LearningSettings) -> Notes:
    """What quick effort changes in scikit-learn's defaults."""
    from sklearn.ensemble import GradientBoostingClassifier

    return settings.notes_on_quick(QUICK, GradientBoostingClassifier().get_params())


MODEL = Classifier(
    name="gradient_boosting",
    title="Gradient boosting",
    description=(
        "Is a track YouTube-leaning? Gradient boosting at 8:2, 7:3 and 9:1 and by artist, "
        "retrained on its three most important features as in the study."
    ),
    estimator=estimator,
    top=TOP_FEATURES,
    prefer="threads",
    notes=notes,
)
