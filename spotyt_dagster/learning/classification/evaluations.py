"""What the study did with every classifier: its splits, its retraining on top features.

What comes of the evaluations is results.py's.
"""

from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import pandas as pd

from spotyt_dagster.learning import parallel
from spotyt_dagster.learning.classification.ranking import on_top_features
from spotyt_dagster.learning.evaluation.evaluate import Evaluation, both_protocols, evaluate_all
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
    fold_threads: int = 1,
    in_processes: bool = False,
    **options: Any,
) -> ClassifierEvaluations:
    """Evaluate an unfitted classifier behind an imputer (and, where `scale`, a scaler).

    `top` is how many features it is retrained on, 0 for not at all; they are those most important
    to an unfitted `ranker`, by default to the classifier itself. Fits run in `fold_threads`, or
    `in_processes` as those of networks do; `notes` and `options` are Plan's.
    """
    crawled, kaggle = (
        classification_problem(frame, settings.classification_target)
        for frame in (tracks, baseline)
    )
    prepared = imputed(estimator, scale=scale)
    first, by_artist = both_protocols(prepared, crawled, notes=notes, **options)
    plans = [
        first,
        by_artist,
        *(replace(first, test_size=size) for size in OTHER_TEST_SIZES),
        *both_protocols(prepared, kaggle, notes=notes, **options),
    ]
    if top:
        plans += both_protocols(
            on_top_features(estimator, ranker or estimator, top, scale=scale),
            crawled,
            detail=f"top {top} features",
            notes=(*notes, "features picked on the training rows of each fit: table top_features"),
            **options,
        )
    if in_processes:
        calls = [partial(evaluate_all, [plan], settings) for plan in plans]
        evaluated = [one for [one] in parallel.run_parallel(calls, len(tracks))]
    else:
        evaluated = evaluate_all(plans, settings, fold_threads=fold_threads)
    # the pairs and the other test sizes are six, whatever is retrained
    study, grouped, *others = evaluated[:6]
    return ClassifierEvaluations(study, grouped, tuple(others), tuple(evaluated[6:]))
