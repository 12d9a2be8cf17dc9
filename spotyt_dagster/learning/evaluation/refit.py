"""The model that is kept: fitted once more on all rows, with the features of the honest protocol.

What such a model is worth, the evaluation it comes from says: it was fitted the same
way on other rows.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from spotyt_dagster.learning import determinism
from spotyt_dagster.learning.evaluation.evaluate import Evaluation, sampled
from spotyt_dagster.learning.evaluation.fitting import fit_rows


@dataclass(frozen=True)
class FittedEstimator:
    """A fitted scikit-learn estimator and what it was fitted on.

    Attributes:
        model: the estimator.
        target: a column, "none" of clusters.
        features: its input columns, in order.
        rows: number of rows that it was fitted on.
        of_rows: number of rows of the table.
        snapshot: whose columns, crawled or baseline.
    """

    model: Any
    target: str
    features: tuple[str, ...]
    rows: int
    of_rows: int
    snapshot: str


def refitted(evaluation: Evaluation) -> FittedEstimator:
    """What the evaluation tested, fitted on all rows of its problem (at most its max_train_rows).

    Under `grouped` the columns are the leak-free ones: of a model that looks at the likes of 2023,
    nothing could be told for a track without its views.
    """
    problem, columns, seed = evaluation.problem, evaluation.columns, evaluation.seed
    rows = sampled(np.arange(len(problem.frame)), problem, evaluation.max_train_rows, seed)
    with determinism.deterministic(seed):
        fitted, _ = fit_rows(evaluation.unfitted, problem, columns, rows)
    return FittedEstimator(
        fitted,
        target=problem.target,
        features=columns,
        rows=len(rows),
        of_rows=len(problem.frame),
        snapshot=problem.snapshot,
    )
