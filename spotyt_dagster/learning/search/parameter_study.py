"""A study of a model's hyperparameters: the record, and the search.

Which parameters of which model is each study's own file's, in tuning/.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from spotyt_dagster.learning import parallel
from spotyt_dagster.learning.evaluation import metrics
from spotyt_dagster.learning.evaluation.evaluate import sampled
from spotyt_dagster.learning.model import Model
from spotyt_dagster.learning.search.plan import Plan, Score
from spotyt_dagster.learning.search.study_queue import (
    EPOCHS,
    ERROR,
    INDEX,
    StudyStore,
    finished_trials,
    work_on,
)

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution
    from optuna.trial import FrozenTrial

    from spotyt_dagster.learning.evaluation.task import PredictionTask
    from spotyt_dagster.settings import LearningSettings

LIBRARY, HAND_SET, TUNED = "library defaults", "hand-set", "tuned"
"""The three settings of a model that are kept apart: what its library sets, what its own file of
this product sets, what a search found on training rows."""

TASK = "tuning"
"""The group of the studies' assets, and the `task` of their rows."""

EPOCH_COLUMNS = ("fold", "epoch", "train_loss", "valid_loss", "learning_rate")


@dataclass(frozen=True)
class Size:
    """How large a study is at one effort.

    Attributes:
        trials: How many.
        rows: At most so many training rows, None for all.
        folds: Inner folds of a trial, of INNER_FOLDS.
        epochs: At most so many of a trial's fit; 1 for what has none.
        final_epochs: At most so many of the fit with the best parameters.
    """

    trials: int
    rows: int | None
    folds: int
    epochs: int = 1
    final_epochs: int = 1


INNER_FOLDS = 3


@dataclass(frozen=True, kw_only=True)
class ParameterStudy(Model):
    """A search for the parameters of one model; what it shows of them is study_result.py's.

    Attributes:
        problem: What is predicted, of track_features and baseline_tracks.
        score: By which trials are compared.
        space: Of each parameter, optuna's distribution.
        estimator: Unfitted, of a trial's parameters, the epochs of a fit and the settings.
        compared: Unfitted estimators by LIBRARY and HAND_SET.
        quick: Its size at quick effort.
        full: Its size at full effort.
    """

    task: str = field(default=TASK, init=False)
    problem: Callable[[pd.DataFrame, pd.DataFrame, LearningSettings], PredictionTask]
    score: Score
    space: Callable[[], dict[str, BaseDistribution]]
    estimator: Callable[[Mapping[str, Any], int, LearningSettings], Any]
    compared: Callable[[LearningSettings], dict[str, Any]]
    quick: Size
    full: Size

    def size(self, settings: LearningSettings) -> Size:
        """Its size at the effort at hand."""
        return settings.choose(self.quick, self.full)

    @property
    def is_maximized(self) -> bool:
        """Whether large scores are the better ones."""
        return metrics.BY_NAME[self.score].direction == "higher"

    def tuned(self, trial: FrozenTrial, settings: LearningSettings) -> Any:
        """The unfitted estimator with a trial's parameters."""
        return self.estimator(trial.params, self.size(settings).final_epochs, settings)


@contextmanager
def store_of(settings: LearningSettings) -> Iterator[StudyStore]:
    """Where trials are kept: as the settings say, else until the end of the context."""
    if settings.studies is not None:
        yield StudyStore(Path(settings.studies))
        return
    with TemporaryDirectory(prefix="spotyt-studies-") as folder:
        yield StudyStore(Path(folder))


def search(
    study: ParameterStudy,
    problem: PredictionTask,
    rows: np.ndarray,
    settings: LearningSettings,
    store: StudyStore,
) -> list[FrozenTrial]:
    """The study's finished trials on these training rows, run as far as the store has none.

    On a CPU by several workers, as parallel.run_parallel() has it.

    Args:
        study: Of the parameters.
        problem: What is predicted.
        rows: Positions of the training rows; at most the study's number of them is used.
        settings: Seed and effort.
        store: Of the trials.
    """
    from spotyt_dagster.learning.search.objective import InnerFolds

    size = study.size(settings)
    rows = sampled(rows, problem, size.rows, settings.seed)
    objective = InnerFolds(
        estimator=partial(_estimator, study, settings),
        problem=problem,
        rows=rows,
        score=study.score,
        folds=size.folds,
        of_folds=INNER_FOLDS,
        epochs=size.epochs,
        seed=settings.seed,
    )
    plan = plan_of(study, problem, rows, settings)
    work = partial(work_on, plan, objective, store)
    parallel.run_parallel([work] * min(parallel.MOST_WORKERS, size.trials), len(rows))
    return finished_trials(plan, store)


def _estimator(
    study: ParameterStudy, settings: LearningSettings, parameters: Mapping[str, Any]
) -> Any:
    return study.estimator(parameters, study.size(settings).epochs, settings)


def plan_of(
    study: ParameterStudy, problem: PredictionTask, rows: np.ndarray, settings: LearningSettings
) -> Plan:
    """The plan of a study on these rows; other rows, settings or versions give it another name."""
    size = study.size(settings)
    space = study.space()
    asked = problem.frame.iloc[rows][["row", "Artist", "video_id", *problem.leak_free]]
    known = pd.util.hash_pandas_object(asked.assign(y=problem.y.iloc[rows]), index=False)
    versions = [version(name) for name in ("spotyt-dagster", "optuna")]
    described = repr((size, sorted(space.items()), problem.target, settings.seed, versions))
    digest = hashlib.sha256(known.to_numpy().tobytes() + described.encode()).hexdigest()
    return Plan(
        name=f"{study.name}, {settings.effort}, {digest[:10]}",
        space=space,
        direction="maximize" if study.is_maximized else "minimize",
        trials=size.trials,
        startup_trials=max(4, size.trials // 5),
        steps=size.folds * size.epochs,
        seed=settings.seed,
    )


def best_of(study: ParameterStudy, trials: Sequence[FrozenTrial]) -> FrozenTrial:
    """The completed trial of best value, the first of equals.

    Raises:
        ValueError: none was completed.
    """
    from optuna.trial import TrialState

    completed = [trial for trial in trials if trial.state == TrialState.COMPLETE]
    if not completed:
        reasons = {trial.user_attrs.get(ERROR, trial.state.name) for trial in trials}
        raise ValueError(f"no trial of {study.name} was completed: {', '.join(sorted(reasons))}")
    sign = -1 if study.is_maximized else 1
    return min(completed, key=lambda trial: sign * value_of(trial))


def value_of(trial: FrozenTrial) -> float:
    """What a trial was worth at its end, or when it was given up; NaN where it failed."""
    return np.nan if trial.value is None else trial.value


def trials_table(trials: Sequence[FrozenTrial]) -> pd.DataFrame:
    """One row a trial.

    Columns: trial (from 1), state, value (NaN where it has none), steps, seconds (of the wall),
    retries, then its parameters, and why it failed.
    """
    return pd.DataFrame(
        {
            "trial": trial.user_attrs[INDEX] + 1,
            "state": trial.state.name.lower(),
            "value": value_of(trial),
            "steps": trial.last_step or 0,
            "seconds": trial.duration.total_seconds() if trial.duration else np.nan,
            "retries": len(trial.system_attrs.get("retry_history", [])),
            **trial.params,
            "error": trial.user_attrs.get(ERROR, ""),
        }
        for trial in trials
    )


def epochs_table(trials: Sequence[FrozenTrial]) -> pd.DataFrame:
    """One row an epoch of a trial: trial (from 1), then EPOCH_COLUMNS."""
    parts = [
        pd.DataFrame(trial.user_attrs.get(EPOCHS, []), columns=list(EPOCH_COLUMNS)).assign(
            trial=trial.user_attrs[INDEX] + 1
        )
        for trial in trials
    ]
    table = pd.concat(parts, ignore_index=True)
    return table[["trial", *EPOCH_COLUMNS]].astype({"fold": "int64", "epoch": "int64"})
