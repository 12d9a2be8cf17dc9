"""Support vector machine with a radial kernel, and pictures of where it draws its line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from spotyt_dagster.figures import decision_surface as pictures
from spotyt_dagster.learning.classification.evaluations import (
    ClassifierEvaluations,
    run_classifier,
)
from spotyt_dagster.learning.classification.ranking import by_permutation
from spotyt_dagster.learning.classification.results import (
    class_names,
    classifier_result,
)
from spotyt_dagster.learning.inspection.decision_surface import (
    projected,
    surface,
)
from spotyt_dagster.learning.model import Analysis
from spotyt_dagster.learning.result import Result
from spotyt_dagster.settings import LearningSettings

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from sklearn.calibration import CalibratedClassifierCV

TOP_FEATURES = 3  # as many as a picture has dimensions
QUICK_ROWS = 1200  # all 12,000 rows take 10 s a fit with its calibration, and there are 20 fits


def svm(tracks: pd.DataFrame, baseline: pd.DataFrame, settings: LearningSettings) -> Result:
    """Is a track YouTube-leaning? A support vector machine with a radial kernel on standardised
    features, at 8:2, 7:3 and 9:1 and by artist, retrained on its three most important features;
    its predictions projected onto a plane, its separating surface drawn in space.

    Probabilities are Platt's, the mean of three machines': each is fitted on two thirds of the
    training rows, its sigmoid on the decision values of the last third, which shares neither artist
    nor video with them. Importances are by permutation, as the kernel has no weights.
    """
    machines = estimator()
    runs = run_classifier(
        machines, tracks, baseline, settings, model="svm", scale=True, top=TOP_FEATURES,
        ranker=by_permutation(machines, settings.seed),
        max_train_rows=settings.choose(QUICK_ROWS, None), fold_threads=2,
    )  # fmt: skip
    return classifier_result(
        runs, settings, name="SVM", permutation_rows=500, figures=_pictures(runs, settings.seed)
    )


def estimator() -> CalibratedClassifierCV:
    """Unfitted machines with probabilities, of standardised features."""
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.svm import SVC

    from spotyt_dagster.learning.evaluation.splits import inner_folds_by_class

    # one machine on all rows (ensemble=False) hands the splitter no artists in scikit-learn 1.9.1
    return CalibratedClassifierCV(SVC(), cv=inner_folds_by_class())


def _pictures(runs: ClassifierEvaluations, seed: int) -> dict[str, Figure]:
    classes = class_names(runs.study.problem.target)
    _, retrained = runs.retrained
    return {
        "predictions_in_the_plane": pictures.predictions_in_the_plane(
            {split: projected(evaluation) for split, evaluation in runs.pair.items()},
            classes=classes,
            title="SVM: its predictions, projected onto a plane",
        ),
        "separating_surface": pictures.separating_surface(
            *surface(retrained, seed),
            classes=classes,
            title="SVM: separating surface of its three top features (by artist)",
        ),
    }


MODEL = Analysis(
    task="classification",
    name="svm",
    title="SVM",
    description=(
        "Is a track YouTube-leaning? A support vector machine with a radial kernel on "
        "standardised features, at 8:2, 7:3 and 9:1 and by artist, retrained on its three most "
        "important features; its predictions projected onto a plane, its separating surface "
        "drawn in space."
    ),
    analyse=svm,
)
