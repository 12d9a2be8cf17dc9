"""How a supervised model's fits run: in turn, in threads or in processes.

What one fit is and how it is measured is evaluation/evaluate.py's; which fits a model asks for its
record says.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Literal

from spotyt_dagster.learning import parallel
from spotyt_dagster.learning.evaluation.evaluate import Evaluation, Plan, evaluate_all

if TYPE_CHECKING:
    from spotyt_dagster.settings import LearningSettings

Prefer = Literal["turns", "threads", "processes"]
"""One after the other; several folds at a time in threads, for estimators that draw from no global
generator; or in processes, for networks, each fit of which has one thread."""


def evaluate_plans(
    plans: Sequence[Plan], settings: LearningSettings, prefer: Prefer
) -> list[Evaluation]:
    """The evaluation of each plan, in their order.

    Raises:
        ValueError: A fold cannot be fitted.
    """
    if prefer == "processes":
        calls = [partial(evaluate_all, [plan], settings) for plan in plans]
        rows = len(plans[0].problem.frame)
        return [evaluation for [evaluation] in parallel.run_parallel(calls, rows)]
    threads = parallel.THREADS if prefer == "threads" else 1
    return evaluate_all(plans, settings, fold_threads=threads)
