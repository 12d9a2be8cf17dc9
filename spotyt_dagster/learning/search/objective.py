"""What a trial is worth: its mean over inner folds of training rows, reported epoch by epoch.

Neither artist nor video is in two folds' rows, and no row outside `rows` is looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from spotyt_dagster.learning import determinism
from spotyt_dagster.learning.estimators.early_stopping import Epoch, epochs_observed
from spotyt_dagster.learning.evaluation import intervals, metrics
from spotyt_dagster.learning.evaluation.evaluate import measure_of
from spotyt_dagster.learning.evaluation.fitting import Fit, fit_split
from spotyt_dagster.learning.evaluation.splits import (
    PurgedGroupKFold,
    PurgedStratifiedGroupKFold,
    Split,
    kept_apart,
)

if TYPE_CHECKING:
    from spotyt_dagster.learning.evaluation.task import PredictionTask
    from spotyt_dagster.learning.search.plan import Score
    from spotyt_dagster.learning.search.study_queue import Attempt

_OF_LOSS: dict[Score, Callable[[float], float]] = {
    # the loss is the mean squared error of a target standardised to variance 1
    "r2": lambda loss: 1 - loss,
    "log_loss": lambda loss: loss,
}


@dataclass(frozen=True)
class InnerFolds:
    """An objective of the study queue.

    Attributes:
        estimator: Unfitted, made of a trial's parameters.
        problem: What is predicted.
        rows: Positions of the training rows.
        score: What a fold is worth.
        folds: How many of `of_folds` are fitted.
        of_folds: Into how many the rows are split.
        epochs: The most of one fit; 1 for what has none.
        seed: Of the fits.
    """

    estimator: Callable[[Mapping[str, Any]], Any]
    problem: PredictionTask
    rows: np.ndarray
    score: Score
    folds: int
    of_folds: int
    epochs: int
    seed: int

    def splits(self) -> list[Split]:
        """The inner folds, as positions in the problem's frame."""
        kind = PurgedGroupKFold if self.problem.task == "regression" else PurgedStratifiedGroupKFold
        frame, y = self.problem.frame.iloc[self.rows], self.problem.y.iloc[self.rows]
        folds = kind(self.of_folds).split(frame, y, **kept_apart(frame))
        parts = [Split(self.rows[train], self.rows[test]) for train, test in folds]
        return parts[: self.folds]

    def __call__(self, attempt: Attempt) -> float:
        """The mean score; reported after each epoch, and with the fold's own score at its end.

        An epoch is worth the mean over the folds before and the best epoch so far of this one, by
        the validation rows for early stopping.

        Raises:
            TrialPruned: the trial is given up.
        """
        scores: list[float] = []
        for fold, split in enumerate(self.splits()):
            with epochs_observed(self._observer(attempt, fold, tuple(scores))):
                scores.append(self._fold(attempt, split))
            attempt.report(float(np.mean(scores)), (fold + 1) * self.epochs)
        return float(np.mean(scores))

    def _fold(self, attempt: Attempt, split: Split) -> float:
        estimator = self.estimator(attempt.parameters)
        with determinism.deterministic(self.seed):
            fit = fit_split(estimator, self.problem, self.problem.leak_free, split)
        return score_of(fit, self.problem, self.score)

    def _observer(
        self, attempt: Attempt, fold: int, before: tuple[float, ...]
    ) -> Callable[[Epoch], None]:
        best = max if metrics.BY_NAME[self.score].direction == "higher" else min
        seen: list[float] = []

        def observe(epoch: Epoch) -> None:
            attempt.note_epoch(fold, *epoch)
            seen.append(_OF_LOSS[self.score](epoch.valid_loss))
            if epoch.number < self.epochs:  # the last step is the whole fold's
                step = fold * self.epochs + epoch.number
                attempt.report(float(np.mean([*before, best(seen)])), step)

        return observe


def score_of(fit: Fit, problem: PredictionTask, score: str) -> float:
    """A metric of a fit on its test rows."""
    table = fit.predictions
    measure = measure_of(table, problem, problem.target, probabilities=fit.probabilities)
    return intervals.on_all_rows(measure, len(table))[score]
