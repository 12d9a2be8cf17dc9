"""What the study did with every classifier: its splits, its retraining on top features.

What comes of the evaluations is results.py's.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import pandas as pd

from spotyt_dagster.learning.classification.ranking import on_top_features
from spotyt_dagster.learning.evaluation.evaluate import Evaluation, evaluate
from spotyt_dagster.learning.evaluation.metric_table import Notes
from spotyt_dagster.learning.evaluation.task import classification_problem
from spotyt_dagster.learning.pipelines import imputed
from spotyt_dagster.settings import LearningSettings

OTHER_TEST_SIZES = (0.3, 0.1)


@dataclass(frozen=True)
class ClassifierEvaluations:
    """A classifier's evaluations.

    `study` (8:2) and `grouped` are the headline pair, on the crawled columns; `others` are 7:3,
    9:1 and the pair on the columns of 2023; `retrained` is the headline pair once more on the top
    features of each fit (empty where the model was not retrained).
    """

    study: Evaluation
    grouped: Evaluation
    others: tuple[Evaluation, ...]
    retrained: tuple[Evaluation, ...] = ()

    @property
    def pair(self) -> dict[str, Evaluation]:
        """The headline pair by the names its pictures and tables use."""
        return {"random split, 8:2": self.study, "by artist": self.grouped}

    @property
    def all(self) -> tuple[Evaluation, ...]:
        """Every evaluation, the headline pair first."""
        return (self.study, self.grouped, *self.others, *self.retrained)


def _in_turn(calls: Sequence[Callable[[], Evaluation]], _rows: int) -> list[Evaluation]:
    return [call() for call in calls]


def run_classifier(
    estimator: Any,
    tracks: pd.DataFrame,
    baseline: pd.DataFrame,
    settings: LearningSettings,
    *,
    scale: bool = False,
    top: int = 0,
    ranker: Any = None,
    notes: Notes = (),
    each: Callable[[Sequence[Callable[[], Evaluation]], int], list[Evaluation]] = _in_turn,
    **options: Any,
) -> ClassifierEvaluations:
    """Evaluate an unfitted classifier behind an imputer (and, where `scale`, a scaler).

    `top` is how many features it is retrained on, 0 for not at all; they are those most important
    to an unfitted `ranker`, by default to the classifier itself. `each` runs the calls of
    evaluate(), in turn or as parallel.run_parallel() does; `notes` and `options` go to evaluate().
    """
    crawled, kaggle = (
        classification_problem(frame, settings.classification_target)
        for frame in (tracks, baseline)
    )
    prepared = imputed(estimator, scale=scale)
    call = partial(partial, evaluate, settings=settings, **options)
    study, grouped, *others = each(
        [
            call(prepared, crawled, "study", notes=notes),
            call(prepared, crawled, "grouped", notes=notes),
            *(
                call(prepared, crawled, "study", test_size=size, notes=notes)
                for size in OTHER_TEST_SIZES
            ),
            *(call(prepared, kaggle, protocol, notes=notes) for protocol in ("study", "grouped")),
        ],
        len(tracks),
    )
    if not top:
        return ClassifierEvaluations(study, grouped, tuple(others))
    picked = "features picked on the training rows of each fit: table top_features"
    retrained = each(
        [
            call(
                on_top_features(estimator, ranker or estimator, top, scale=scale),
                crawled,
                protocol,
                detail=f"top {top} features",
                notes=(*notes, picked),
            )
            for protocol in ("study", "grouped")
        ],
        len(tracks),
    )
    return ClassifierEvaluations(study, grouped, tuple(others), tuple(retrained))
