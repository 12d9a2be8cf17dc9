"""The question asked once more of what is known when a video goes up: by any model.

The columns are evaluation/feature_sets.py's, the problem task.py's, the steps before an estimator
pipelines.py's.
"""

from typing import Any

import pandas as pd

from spotyt_dagster.learning.evaluation.evaluate import Plan, both_protocols
from spotyt_dagster.learning.evaluation.feature_sets import Task
from spotyt_dagster.learning.evaluation.task import release_time_problem
from spotyt_dagster.learning.pipelines import with_names

DETAIL = "release-time facts"
"""In the column `detail` of such fits."""


def release_time_plans(
    estimator: Any, task: Task, baseline: pd.DataFrame, target: str, *, seed: int, **options: Any
) -> list[Plan]:
    """The plans under both protocols.

    On the columns of 2023, in which nothing is simulated.

    Args:
        estimator: Unfitted, without steps before it.
        task: Its task.
        baseline: baseline_tracks.
        target: A column.
        seed: Of the title's components.
        **options: Plan's, but for its detail.
    """
    problem = release_time_problem(task, baseline, target)
    named = with_names(estimator, problem.leak_free, task, random_state=seed)
    return both_protocols(named, problem, detail=DETAIL, **options)
