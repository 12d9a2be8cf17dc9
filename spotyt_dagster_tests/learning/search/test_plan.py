"""What is tried next, and what is given up, hangs on finished trials alone."""

import dataclasses

import optuna
from optuna.trial import FrozenTrial, TrialState

from spotyt_dagster.learning.search.plan import ROUND, RUNGS, Rival, next_round, round_start
from spotyt_dagster_tests.learning.search.bowl import SPACE, STEPS, bowl_plan

PLAN = bowl_plan(30)


def finished(count: int) -> list[FrozenTrial]:
    """Trials of the plan, each the better the nearer its x is to 2, all of them completed."""
    trials: list[FrozenTrial] = []
    while len(trials) < count:
        for parameters in next_round(PLAN, trials):
            value = (parameters["x"] - 2) ** 2
            rival = Rival(PLAN, trials[: round_start(len(trials))], len(trials), parameters)
            values = {step: float(value) for step in range(1, STEPS + 1)}
            for step in values:
                rival.is_beaten(value, step)
            trials.append(
                optuna.create_trial(
                    state=TrialState.COMPLETE,
                    value=value,
                    params=parameters,
                    distributions=dict(SPACE),
                    intermediate_values=values,
                    user_attrs={RUNGS: rival.rungs},
                )
            )
    return trials[:count]


def test_the_same_trials_lead_to_the_same_round():
    assert next_round(PLAN, finished(8)) == next_round(PLAN, finished(8))
    other = dataclasses.replace(PLAN, seed=43)
    assert next_round(PLAN, finished(8)) != next_round(other, finished(8))


def test_rounds_are_full_up_to_the_last_and_their_trials_differ():
    assert [len(next_round(PLAN, finished(count))) for count in (0, 8, 28)] == [ROUND, ROUND, 2]
    assert next_round(bowl_plan(8), finished(8)) == []
    drawn = next_round(PLAN, finished(12))
    assert len({parameters["x"] for parameters in drawn}) == ROUND


def test_later_rounds_look_where_earlier_ones_were_good():
    trials = finished(28)
    early, late = trials[:8], trials[-8:]
    assert sum(trial.values[0] for trial in late) < sum(trial.values[0] for trial in early) / 4


def test_the_first_round_is_compared_with_nothing_and_goes_on():
    rival = Rival(PLAN, [], 3, {"x": -5.0, "n": 9, "kind": "flat"})
    assert not any(rival.is_beaten(49.0, step) for step in range(1, STEPS + 1))
    assert rival.rungs


def test_a_trial_worse_than_those_before_is_given_up_and_the_best_goes_on():
    before = finished(20)
    parameters = {"x": -5.0, "n": 9, "kind": "flat"}
    for index in range(20, 24):
        worse, better = (
            Rival(PLAN, before, index, parameters),
            Rival(PLAN, before, index, parameters),
        )
        assert any(worse.is_beaten(1e9, step) for step in range(1, STEPS + 1))
        assert not any(better.is_beaten(-1.0, step) for step in range(1, STEPS + 1))


def test_brackets_of_a_round_differ():
    # Hyperband gives its brackets different first comparisons: after 1, 3 and 9 steps
    before, parameters = finished(20), {"x": -5.0, "n": 9, "kind": "flat"}
    given_up_at = set()
    for index in range(20, 24):
        rival = Rival(PLAN, before, index, parameters)
        given_up_at.add(next(s for s in range(1, STEPS + 1) if rival.is_beaten(1e9, s)))
    assert len(given_up_at) > 1
