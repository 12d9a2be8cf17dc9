"""From a regression model's evaluations to its Result: the pictures and tables all share."""

from __future__ import annotations

import numpy as np
import pandas as pd

from spotyt_dagster.figures import regression as pictures
from spotyt_dagster.figures.scores import scores
from spotyt_dagster.learning.evaluation.evaluate import (
    Evaluation,
    all_metrics,
    as_counts,
    overlap_table,
)
from spotyt_dagster.learning.evaluation.refit import refitted
from spotyt_dagster.learning.result import NO_EXTRAS, Extras, Result
from spotyt_dagster.tables.logarithms import raw_name

SIZES = {
    "below 1M": 1e6,
    "1M-10M": 1e7,
    "10M-100M": 1e8,
    "100M-1B": 1e9,
    "1B-2B": 2e9,
    "above 2B": np.inf,
}
"""Upper ends of the sizes of a target, in counts; the study's models failed above 2 billion."""


def regression_result(
    study: Evaluation,
    grouped: Evaluation,
    *others: Evaluation,
    name: str,
    extras: Extras = NO_EXTRAS,
) -> Result:
    """The Result of a model shown by its headline pair, with the metrics of all evaluations.

    `name` is the model's name in titles. The pair is drawn predicted against actual and by size of
    the target; the estimator is that of `grouped`, fitted once more on all rows.
    """
    evaluations = (study, grouped, *others)
    metrics = all_metrics(*evaluations)
    target = raw_name(study.problem.target)
    pair = {"random split": counts(study), "by artist": counts(grouped)}
    errors = {split: error_by_size(table) for split, table in pair.items()}
    own_scale = metrics[metrics["fit_scale"] == "identity"]
    return Result(
        metrics=metrics,
        figures={
            "scores": scores(own_scale, "r2", title=f"{name}: R²", axis="R² on test rows"),
            "predicted_against_actual": pictures.predicted_against_actual(
                pair, target=target, title=f"{name}: predicted against actual"
            ),
            "error_by_size": pictures.error_by_size(
                errors, target=target, title=f"{name}: error by size of the target"
            ),
            **extras.figures,
        },
        tables={
            "predictions": _both(study.predictions, grouped.predictions),
            "error_by_size": _both(*errors.values()),
            "split_overlap": overlap_table(*evaluations),
            **extras.tables,
        },
        estimator=refitted(grouped),
    )


def counts(evaluation: Evaluation) -> pd.DataFrame:
    """The predictions with y and prediction in counts, also where the target was their log10."""
    table, problem = evaluation.predictions, evaluation.problem
    if raw_name(problem.target) != problem.target:
        table = pd.concat(
            as_counts(of_fold, problem.y.iloc[split.train])
            for split, (_, of_fold) in zip(evaluation.splits, table.groupby("fold"), strict=True)
        )
    return table[["row", "y", "prediction"]]


def error_by_size(table: pd.DataFrame) -> pd.DataFrame:
    """Quartiles of predicted / actual by size of the actual count, one row a size that occurs.

    `table` has y and prediction in counts. Columns: size (text), n (int64), low, middle, high.
    Rows with y = 0 have no ratio and are left out.
    """
    known = table[table["y"] > 0]
    size = pd.cut(known["y"], [0, *SIZES.values()], labels=list(SIZES))
    ratio = (known["prediction"] / known["y"]).groupby(size, observed=False)
    quartiles = ratio.quantile(np.array([0.25, 0.5, 0.75])).unstack()
    quartiles.columns = ["low", "middle", "high"]
    return ratio.size().rename("n").to_frame().join(quartiles).rename_axis("size").reset_index()


def _both(study: pd.DataFrame, grouped: pd.DataFrame) -> pd.DataFrame:
    return pd.concat(
        [study.assign(protocol="study"), grouped.assign(protocol="grouped")], ignore_index=True
    )
