"""A study of a known bowl, and a worker on it: `-m …bowl <folder> <trials> [<index to hang in>]`.

The worker writes a line of JSON for each trial that it begins to the file begun.jsonl.
"""

import json
import sys
import time
from pathlib import Path

from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

from spotyt_dagster.learning.search.plan import Plan
from spotyt_dagster.learning.search.study_queue import Attempt, StudyStore, work_on

STEPS = 9
SPACE = {
    "x": FloatDistribution(-5, 5),
    "n": IntDistribution(1, 9),
    "kind": CategoricalDistribution(["flat", "steep"]),
}


def bowl_plan(trials: int) -> Plan:
    return Plan("bowl", SPACE, "minimize", trials, startup_trials=4, steps=STEPS, seed=42)


def store(folder: Path) -> StudyStore:
    return StudyStore(folder, heartbeat_seconds=1, grace_seconds=2, poll_seconds=0.05)


def value(attempt: Attempt) -> float:
    """Least at x = 2, n = 1; no number where n is 8."""
    parameters = attempt.parameters
    if parameters["n"] == 8:
        raise ValueError("eight diverges")
    depth = (parameters["x"] - 2) ** 2 * (3 if parameters["kind"] == "steep" else 1)
    for step in range(1, STEPS + 1):
        attempt.report(depth + parameters["n"] / step, step)
    return depth + parameters["n"]


def main(folder: str, trials: str, hang_in: str = "-1") -> None:
    """Work on the study until it is finished, or hang in one of its trials."""

    def objective(attempt: Attempt) -> float:
        with (Path(folder) / "begun.jsonl").open("a", encoding="utf-8") as log:
            log.write(json.dumps([attempt.index, attempt.parameters]) + "\n")
        if attempt.index == int(hang_in):
            attempt.report(0.5, 1)
            while True:
                time.sleep(0.1)
        time.sleep(0.02)  # so that the other worker finds a trial, too
        return value(attempt)

    work_on(bowl_plan(int(trials)), objective, store(Path(folder)))


if __name__ == "__main__":
    main(*sys.argv[1:])
