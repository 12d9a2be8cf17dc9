"""Random forest, the study's reference classifier."""

import pandas as pd
from sklearn.ensemble import RandomForestClassifier

from spotyt_dagster.learning.classification.outcome import classifier_result
from spotyt_dagster.learning.classification.runs import run_classifier
from spotyt_dagster.learning.protocol import LearningSettings
from spotyt_dagster.learning.result import Result


def random_forest(
    tracks: pd.DataFrame, baseline: pd.DataFrame, settings: LearningSettings
) -> Result:
    """Is a track YouTube-leaning? A random forest at 8:2, 7:3 and 9:1 and by artist, retrained on
    its five most important features as in the study."""

    def make() -> RandomForestClassifier:
        return RandomForestClassifier(
            settings.by_effort(30, 300), min_samples_leaf=3, n_jobs=2, random_state=settings.seed
        )

    runs = run_classifier(make, tracks, baseline, settings, model="random_forest", top=5)
    return classifier_result(runs, settings, name="Random forest")
