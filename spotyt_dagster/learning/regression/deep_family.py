"""What the deep regressors share: their targets, their runs, their learning curves.

Each model's own file holds its estimator and its sizes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import pandas as pd

from spotyt_dagster.figures.attention import attention_map
from spotyt_dagster.figures.training import learning_curves
from spotyt_dagster.learning import deep, parallel
from spotyt_dagster.learning.evaluation.evaluate import Evaluation, evaluate
from spotyt_dagster.learning.evaluation.metric_table import Notes
from spotyt_dagster.learning.evaluation.task import PredictionTask, regression_problem
from spotyt_dagster.learning.regression.results import regression_result
from spotyt_dagster.learning.result import Result
from spotyt_dagster.settings import LearningSettings

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def deep_problems(tracks: pd.DataFrame, baseline: pd.DataFrame) -> list[PredictionTask]:
    """Views, their log10 and their growth on the crawled columns, log10 views on those of 2023."""
    return [
        *(regression_problem(tracks, t) for t in ("viewCount", "log10_viewCount", "delta_view")),
        regression_problem(baseline, "log10_Views"),
    ]


def deep_evaluations(
    estimator: Any,
    problems: Sequence[PredictionTask],
    settings: LearningSettings,
    *,
    model: str,
    notes: Notes = (),
    detail: str = "",
    max_train_rows: int | None = None,
) -> list[Evaluation]:
    """Each problem under both protocols, in parallel; the notes get the device."""
    notes = (*notes, deep.device_note())
    calls = [
        partial(
            evaluate, estimator, problem, protocol, settings,
            model=model, detail=detail, notes=notes, max_train_rows=max_train_rows,
        )
        for problem in problems
        for protocol in ("study", "grouped")
    ]  # fmt: skip
    return parallel.run_parallel(calls, len(problems[0].frame))


def deep_result(
    evaluations: Sequence[Evaluation],
    *,
    name: str,
    figures: Mapping[str, Figure] | None = None,
    tables: Mapping[str, pd.DataFrame] | None = None,
) -> Result:
    """The Result of a deep model: the first two evaluations are its headline pair."""
    study, grouped, *others = evaluations
    pair = {"random split": study, "by artist": grouped}
    curves = learning_curves(
        {split: deep.learning_curves([evaluation]) for split, evaluation in pair.items()},
        loss="mean squared error (standardised views)",
        title=f"{name}: learning curves",
    )
    result = regression_result(
        study,
        grouped,
        *others,
        name=name,
        figures={"learning_curves": curves, **(figures or {})},
        tables={
            "learning_curves": deep.learning_curves(evaluations),
            "training": deep.training_table(evaluations),
            **(tables or {}),
        },
    )
    return replace(result, device=deep.device())


def attention_outcome(
    evaluation: Evaluation, name: str
) -> tuple[dict[str, Figure], dict[str, pd.DataFrame]]:
    """Picture and table of what the first fit attends to on its test rows, each under "attention".

    See FTTransformerRegressor.attention().
    """
    X, _ = evaluation.test_rows()
    prepare, model = evaluation.estimator
    shares = model.attention(prepare.transform(X))
    figure = attention_map(shares, title=f"{name}: attention across columns")
    return {"attention": figure}, {"attention": shares.rename_axis("heeding").reset_index()}
