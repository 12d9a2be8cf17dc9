"""What a study tries next and what it gives up, as functions of its finished trials alone.

Trials come in rounds of ROUND. A round's parameters are drawn from the rounds before it, and a
trial is compared with those rounds only, so neither the number of workers nor a restart changes a
trial or its end. Who runs the trials is study_queue.py's, what they measure objective.py's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

if TYPE_CHECKING:
    from optuna import Study
    from optuna.distributions import BaseDistribution
    from optuna.pruners import BasePruner
    from optuna.samplers import BaseSampler
    from optuna.trial import FrozenTrial

ROUND = 4
"""Trials that are drawn at once; as many workers find work."""

Score = Literal["r2", "log_loss"]
"""A function of a network's own loss, so that epochs and folds are on one scale."""

RUNGS = "rungs"
"""User attribute of a trial: what Hyperband noted of it, for the trials of later rounds."""

_RUNG = "completed_rung_"


@dataclass(frozen=True)
class Plan:
    """A study before it has begun.

    Attributes:
        name: Of the study, and what its random draws depend on beside the seed.
        space: Of each parameter.
        direction: Whether large or small values are better.
        trials: How many there will be.
        startup_trials: How many of them are drawn at random, before TPE has seen enough.
        steps: Reports of a trial that is not given up: epochs, over all folds.
        seed: Of the draws.
    """

    name: str
    space: Mapping[str, BaseDistribution]
    direction: Literal["maximize", "minimize"]
    trials: int
    startup_trials: int
    steps: int
    seed: int


def next_round(plan: Plan, finished: Sequence[FrozenTrial]) -> list[dict[str, Any]]:
    """The parameters of the trials that follow, at most ROUND; none where all are there.

    By TPE (Bergstra et al. 2011, "Algorithms for Hyper-Parameter Optimization") over all finished
    trials. Hyperband would have it look at those of one bracket only, which 50 trials are too few
    for.

    Args:
        plan: Of the study.
        finished: All trials before, in order.
    """
    from optuna.pruners import NopPruner
    from optuna.samplers import TPESampler

    count = min(ROUND, plan.trials - len(finished))
    seed = np.random.SeedSequence([plan.seed, len(finished)]).generate_state(1)[0]
    sampler = TPESampler(n_startup_trials=plan.startup_trials, constant_liar=True, seed=int(seed))
    study = _in_memory(plan, finished, sampler, NopPruner())
    return [study.ask(dict(plan.space)).params for _ in range(count)]


def round_start(index: int) -> int:
    """The index of the first trial of the round that a trial is in."""
    return index // ROUND * ROUND


class Rival:
    """A trial beside those of the rounds before its own, by which Hyperband judges it.

    Hyperband: Li et al. 2018, "Hyperband: A Novel Bandit-Based Approach to Hyperparameter
    Optimization"; the bracket of a trial hangs on the plan's name and its index.
    """

    def __init__(
        self, plan: Plan, before: Sequence[FrozenTrial], index: int, parameters: Mapping[str, Any]
    ):
        """Take the place of a trial.

        Args:
            plan: Of the study.
            before: The finished trials of the rounds before, in order.
            index: Of the trial.
            parameters: Of the trial.
        """
        from optuna import create_trial
        from optuna.pruners import HyperbandPruner
        from optuna.samplers import RandomSampler
        from optuna.trial import TrialState

        pruner = HyperbandPruner(min_resource=1, max_resource=max(plan.steps, 1))
        self._study = _in_memory(plan, before, RandomSampler(), pruner)
        for _ in range(index - len(before)):
            # others of its round, which it does not see: its number must be its index
            self._study.add_trial(create_trial(state=TrialState.FAIL))
        self._study.enqueue_trial(dict(parameters))
        self._trial = self._study.ask(dict(plan.space))

    def is_beaten(self, value: float, step: int) -> bool:
        """Whether the trial is to be given up with this value after so many steps."""
        self._trial.report(value, step)
        return self._trial.should_prune()

    @property
    def rungs(self) -> dict[str, float]:
        """What later trials must know of this one; the user attribute RUNGS."""
        noted = self._study.trials[-1].system_attrs
        return {name: value for name, value in noted.items() if name.startswith(_RUNG)}


def _in_memory(
    plan: Plan, trials: Sequence[FrozenTrial], sampler: BaseSampler, pruner: BasePruner
) -> Study:
    import optuna

    # its default logger announces each study
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(
        study_name=plan.name, direction=plan.direction, sampler=sampler, pruner=pruner
    )
    for trial in trials:
        study.add_trial(
            optuna.create_trial(
                state=trial.state,
                values=trial.values,
                params=trial.params,
                distributions=trial.distributions,
                intermediate_values=trial.intermediate_values,
                system_attrs=dict(trial.user_attrs.get(RUNGS, {})),
            )
        )
    return study
