"""TabNet, the study's deep classifier, with its learning curves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spotyt_dagster.figures.training import learning_curves
from spotyt_dagster.learning import deep
from spotyt_dagster.learning.classification.classifier import Classifier
from spotyt_dagster.learning.classification.evaluations import ClassifierEvaluations
from spotyt_dagster.learning.regression.tabnet_regressor import STUDY_PARAMETERS
from spotyt_dagster.learning.result import Extras
from spotyt_dagster.settings import LearningSettings

if TYPE_CHECKING:
    from spotyt_dagster.learning.estimators.tabnet import TabNetClassification

QUICK = {
    "n_steps": 2, "learning_rate": 0.08, "max_epochs": 4, "batch_size": 512,
    "virtual_batch_size": 512,
    "momentum": 0.2,
}  # fmt: skip
"""Some 50 steps of 11 ms on QUICK_ROWS. The running means keep pace at ten times their usual
momentum: at 0.02 a fit that ranked rows well (ROC AUC 0.77) put half of them in the wrong class.
The rate is the best of three on rows held out of the real file's training rows by artist."""

QUICK_ROWS = 8000

FULL = {**STUDY_PARAMETERS, "learning_rate": 0.02}
"""The study names settings for its regressor only. At its rate of 1e-4 a classifier's validation
loss still falls after 180 epochs (87 s a fit); the library's own needs 25 epochs, 10 s."""


def estimator(settings: LearningSettings) -> TabNetClassification:
    """Unfitted, stopped early by rows of other artists cut from the training rows."""
    from spotyt_dagster.learning.estimators.tabnet import TabNetClassification

    parameters = settings.choose(QUICK, FULL) | {"schedule": settings.learning_rate_schedule}
    return TabNetClassification(**parameters, random_state=settings.seed)


def look(runs: ClassifierEvaluations, title: str, _: LearningSettings) -> Extras:
    """The learning curves of its fits."""
    curves = {split: deep.learning_curves([run]) for split, run in runs.pair.items()}
    figure = learning_curves(curves, loss="log loss (nats)", title=f"{title}: learning curves")
    return Extras({"learning_curves": figure}, {"learning_curves": deep.learning_curves(runs.all)})


MODEL = Classifier(
    name="tabnet_classifier",
    title="TabNet",
    description=(
        "Is a track YouTube-leaning? TabNet at 8:2, 7:3 and 9:1 and by artist, stopped early by "
        "rows of other artists cut from the training rows, retrained on the five features it "
        "attends to most."
    ),
    kinds=("pytorch",),
    estimator=estimator,
    scale=True,
    top=5,
    importance="attention",
    prefer="processes",
    max_train_rows=lambda settings: settings.choose(QUICK_ROWS, None),
    notes=lambda settings: (deep.device_note(), *settings.notes_on_quick(QUICK, FULL)),
    look=look,
)
