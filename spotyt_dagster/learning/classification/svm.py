"""Support vector machine with a radial kernel, and pictures of where it draws its line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spotyt_dagster.figures import decision_surface as pictures
from spotyt_dagster.learning.classification.classifier import Classifier
from spotyt_dagster.learning.classification.evaluations import ClassifierEvaluations
from spotyt_dagster.learning.classification.ranking import by_permutation
from spotyt_dagster.learning.classification.results import class_names
from spotyt_dagster.learning.inspection.decision_surface import (
    projected,
    surface,
)
from spotyt_dagster.learning.result import Extras
from spotyt_dagster.settings import LearningSettings

if TYPE_CHECKING:
    from sklearn.calibration import CalibratedClassifierCV

TOP_FEATURES = 3  # as many as a picture has dimensions
QUICK_ROWS = 1200  # all 12,000 rows take 10 s a fit with its calibration, and there are 20 fits


def estimator(_: LearningSettings) -> CalibratedClassifierCV:
    """Unfitted machines with probabilities, of standardised features.

    Probabilities are Platt's, the mean of three machines': each is fitted on two thirds of the
    training rows, its sigmoid on the decision values of the last third, which shares neither artist
    nor video with them. Importances are by permutation, as the kernel has no weights.
    """
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.svm import SVC

    from spotyt_dagster.learning.evaluation.splits import inner_folds_by_class

    # one machine on all rows (ensemble=False) hands the splitter no artists in scikit-learn 1.9.1
    return CalibratedClassifierCV(SVC(), cv=inner_folds_by_class())


def look(runs: ClassifierEvaluations, title: str, settings: LearningSettings) -> Extras:
    """Where it draws its line."""
    classes = class_names(runs.study.problem.target)
    _, retrained = runs.retrained
    figures = {
        "predictions_in_the_plane": pictures.predictions_in_the_plane(
            {split: projected(evaluation) for split, evaluation in runs.pair.items()},
            classes=classes,
            title=f"{title}: its predictions, projected onto a plane",
        ),
        "separating_surface": pictures.separating_surface(
            *surface(retrained, settings.seed),
            classes=classes,
            title=f"{title}: separating surface of its three top features (by artist)",
        ),
    }
    return Extras(figures)


MODEL = Classifier(
    name="svm",
    title="SVM",
    description=(
        "Is a track YouTube-leaning? A support vector machine with a radial kernel on "
        "standardised features, at 8:2, 7:3 and 9:1 and by artist, retrained on its three most "
        "important features; its predictions projected onto a plane, its separating surface "
        "drawn in space."
    ),
    estimator=estimator,
    scale=True,
    top=TOP_FEATURES,
    ranker=lambda settings: by_permutation(estimator(settings), settings.seed),
    permutation_rows=500,
    prefer="threads",
    max_train_rows=lambda settings: settings.choose(QUICK_ROWS, None),
    look=look,
)
