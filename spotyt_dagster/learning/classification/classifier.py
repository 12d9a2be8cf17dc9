"""The record of a classifier, and what the study did with each: its splits, its retraining.

What comes of the evaluations is results.py's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import pandas as pd

from spotyt_dagster.learning.classification.evaluations import ClassifierEvaluations
from spotyt_dagster.learning.classification.ranking import on_top_features
from spotyt_dagster.learning.classification.results import classifier_result
from spotyt_dagster.learning.evaluation.evaluate import Plan, both_protocols
from spotyt_dagster.learning.evaluation.metric_table import Notes
from spotyt_dagster.learning.evaluation.task import classification_problem
from spotyt_dagster.learning.fits import Prefer, evaluate_plans
from spotyt_dagster.learning.model import Model, all_rows, no_extras, no_notes
from spotyt_dagster.learning.pipelines import imputed
from spotyt_dagster.learning.release_time import release_time_plans
from spotyt_dagster.learning.result import Extras, Result
from spotyt_dagster.settings import LearningSettings

OTHER_TEST_SIZES = (0.3, 0.1)
PICKED = "features picked on the training rows of each fit: table top_features"


@dataclass(frozen=True, kw_only=True)
class Classifier(Model):
    """An estimator that tells the class, at 8:2, 7:3 and 9:1 and by artist.

    Attributes:
        estimator: Makes it, unfitted, of the settings; an imputer and, where `scale`, a scaler go
            before it.
        scale: Whether it sees standardised features.
        top: How many features it is retrained on, 0 for not at all.
        ranker: Makes the unfitted estimator to which these are most important; by default it is
            the classifier itself.
        importance: What its own importances are called.
        release_time: Whether it tells the class of 2023 once more from what is known when a video
            goes up.
        permutation_rows: The most test rows that permutation importance looks at; None for 1,000 at
            quick effort and all of them of 8:2 at full.
        prefer: How its fits are run.
        max_train_rows: The most training rows of a fit, of the settings; None for all.
        notes: On its fits, of the settings.
        look: Makes its own pictures and tables of its evaluations, title and settings.
    """

    task: str = field(default="classification", init=False)
    estimator: Callable[[LearningSettings], Any]
    scale: bool = False
    top: int = 0
    ranker: Callable[[LearningSettings], Any] | None = None
    importance: str = "impurity"
    release_time: bool = False
    permutation_rows: int | None = None
    prefer: Prefer = "turns"
    max_train_rows: Callable[[LearningSettings], int | None] = all_rows
    notes: Callable[[LearningSettings], Notes] = no_notes
    look: Callable[[ClassifierEvaluations, str, LearningSettings], Extras] = no_extras

    def run(
        self, tracks: pd.DataFrame, baseline: pd.DataFrame, settings: LearningSettings
    ) -> Result:
        """Its Result, see classifier_result()."""
        plans = self.planned(tracks, baseline, settings)
        study, grouped, *others = evaluate_plans(plans, settings, self.prefer)
        # on the crawled columns at other sizes, the pair on those of 2023, what is known at release
        first = len(OTHER_TEST_SIZES) + 2 + 2 * self.release_time
        evaluations = ClassifierEvaluations(
            study, grouped, tuple(others[:first]), tuple(others[first:])
        )
        return classifier_result(
            evaluations,
            settings,
            name=self.title,
            importance=self.importance,
            permutation_rows=self.permutation_rows,
            extras=self.look(evaluations, self.title, settings),
        )

    def planned(
        self, tracks: pd.DataFrame, baseline: pd.DataFrame, settings: LearningSettings
    ) -> list[Plan]:
        """What is evaluated, the headline pair first, the retrained pair last."""
        crawled, kaggle = (
            classification_problem(frame, settings.classification_target)
            for frame in (tracks, baseline)
        )
        classifier, notes = self.estimator(settings), self.notes(settings)
        plans = partial(
            both_protocols, model=self.name, max_train_rows=self.max_train_rows(settings)
        )
        prepared = imputed(classifier, scale=self.scale)
        study, grouped = plans(prepared, crawled, notes=notes)
        planned = [
            study,
            grouped,
            *(replace(study, test_size=size) for size in OTHER_TEST_SIZES),
            *plans(prepared, kaggle, notes=notes),
        ]
        if self.release_time:
            planned += release_time_plans(
                classifier, "classification", baseline, settings.classification_target,
                seed=settings.seed, model=self.name, notes=notes,
            )  # fmt: skip
        if self.top:
            ranker = classifier if self.ranker is None else self.ranker(settings)
            planned += plans(
                on_top_features(classifier, ranker, self.top, scale=self.scale),
                crawled,
                detail=f"top {self.top} features",
                notes=(*notes, PICKED),
            )
        return planned
