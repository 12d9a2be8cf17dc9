"""The record of a regressor: its estimator, its problems, and what is shown beside its scores.

The pictures and tables that all regressors share are results.py's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import pandas as pd

from spotyt_dagster.learning.deep import device, device_note
from spotyt_dagster.learning.evaluation.evaluate import Evaluation, Plan, both_protocols
from spotyt_dagster.learning.evaluation.metric_table import Notes
from spotyt_dagster.learning.evaluation.task import (
    PredictionTask,
    regression_problem,
    view_problems,
)
from spotyt_dagster.learning.fits import Prefer, evaluate_plans
from spotyt_dagster.learning.model import Model, all_rows, no_extras, no_notes
from spotyt_dagster.learning.regression.deep_family import training_extras
from spotyt_dagster.learning.regression.results import regression_result
from spotyt_dagster.learning.release_time import release_time_plans
from spotyt_dagster.learning.result import Extras, Result
from spotyt_dagster.settings import LearningSettings

Problems = Callable[[pd.DataFrame, pd.DataFrame], Sequence[PredictionTask]]
Plans = Callable[[pd.DataFrame, pd.DataFrame, LearningSettings], Sequence[Plan]]
Look = Callable[[Sequence[Evaluation], str, LearningSettings], Extras]
"""Makes pictures and tables of a model's evaluations, its title and the settings."""


def deep_problems(tracks: pd.DataFrame, baseline: pd.DataFrame) -> list[PredictionTask]:
    """Views, their log10 and their growth on the crawled columns, log10 views on those of 2023."""
    return [
        *(regression_problem(tracks, t) for t in ("viewCount", "log10_viewCount", "delta_view")),
        regression_problem(baseline, "log10_Views"),
    ]


@dataclass(frozen=True, kw_only=True)
class Regressor(Model):
    """An estimator that predicts numbers, fitted under both protocols for each of its problems.

    Attributes:
        estimator: Makes it, unfitted, with the steps before it, of the settings.
        problems: What it predicts, of track_features and baseline_tracks; the first is shown in
            pictures. Default view_problems().
        plans: What is evaluated in place of `estimator` on `problems`: for a model shown in
            several settings, such as knn.py. The first two are the headline pair.
        prefer: How they are run.
        release_time: Whether it predicts log10 views of 2023 once more, last, from what is known
            when a video goes up; then `estimator` is a pipeline.
        max_train_rows: The most training rows of a fit, of the settings; None for all.
        notes: On its fits, of the settings.
        look: Makes its own pictures and tables.
    """

    task: str = field(default="regression", init=False)
    estimator: Callable[[LearningSettings], Any]
    problems: Problems = view_problems
    plans: Plans | None = None
    release_time: bool = False
    prefer: Prefer = "turns"
    max_train_rows: Callable[[LearningSettings], int | None] = all_rows
    notes: Callable[[LearningSettings], Notes] = no_notes
    look: Look = no_extras

    def run(
        self, tracks: pd.DataFrame, baseline: pd.DataFrame, settings: LearningSettings
    ) -> Result:
        """Its Result, see regression_result()."""
        plans = self.planned(tracks, baseline, settings)
        evaluations = evaluate_plans(plans, settings, self.prefer)
        return regression_result(
            *evaluations, name=self.title, extras=self.extras(evaluations, settings)
        )

    def planned(
        self, tracks: pd.DataFrame, baseline: pd.DataFrame, settings: LearningSettings
    ) -> list[Plan]:
        """What is evaluated, the headline pair first."""
        if self.plans:
            return list(self.plans(tracks, baseline, settings))
        options: dict[str, Any] = {
            "model": self.name,
            "max_train_rows": self.max_train_rows(settings),
            "notes": self.notes(settings),
        }
        plans = partial(both_protocols, self.estimator(settings), **options)
        planned = [plan for problem in self.problems(tracks, baseline) for plan in plans(problem)]
        if self.release_time:
            planned += release_time_plans(
                self.estimator(settings)[-1],
                "regression",
                baseline,
                "log10_Views",
                seed=settings.seed,
                **options,
            )
        return planned

    def extras(self, evaluations: Sequence[Evaluation], settings: LearningSettings) -> Extras:
        """Its own pictures and tables."""
        return self.look(evaluations, self.title, settings)


@dataclass(frozen=True, kw_only=True)
class DeepRegressor(Regressor):
    """A network of estimators/early_stopping.py: its last step has `curve_` and `device_`.

    Its fits run in processes, their notes name the device, and their learning curves are shown.
    """

    kinds: tuple[str, ...] = ("pytorch",)
    problems: Problems = deep_problems
    prefer: Prefer = "processes"

    def run(
        self, tracks: pd.DataFrame, baseline: pd.DataFrame, settings: LearningSettings
    ) -> Result:
        """Its Result, with the device."""
        return replace(super().run(tracks, baseline, settings), device=device())

    def planned(
        self, tracks: pd.DataFrame, baseline: pd.DataFrame, settings: LearningSettings
    ) -> list[Plan]:
        """What is evaluated, with the device in the notes."""
        plans = super().planned(tracks, baseline, settings)
        return [replace(plan, notes=(*plan.notes, device_note())) for plan in plans]

    def extras(self, evaluations: Sequence[Evaluation], settings: LearningSettings) -> Extras:
        """Learning curves, then its own pictures and tables."""
        own = super().extras(evaluations, settings)
        return training_extras(evaluations, self.title) | own
