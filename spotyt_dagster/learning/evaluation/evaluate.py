"""evaluate(): one fit-and-measure for every supervised model, under the two protocols.

`study` is the study's random split, so that its figures can be compared; `grouped` is the honest
one, with neither artist nor video on both sides and leak-free features. Who is where is
splits.py's, one fit is fitting.py's, the figures are metrics.py's, the columns feature_sets.py's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from spotyt_dagster.learning import determinism
from spotyt_dagster.learning.evaluation import intervals, metrics
from spotyt_dagster.learning.evaluation.feature_sets import Columns, describe
from spotyt_dagster.learning.evaluation.fitting import Fit, fit_split
from spotyt_dagster.learning.evaluation.metric_table import (
    Interval,
    Notes,
    join_metrics,
    metric_rows,
)
from spotyt_dagster.learning.evaluation.task import PredictionTask
from spotyt_dagster.settings import LearningSettings
from spotyt_dagster.tables.logarithms import count_of, raw_name

if TYPE_CHECKING:
    from spotyt_dagster.learning.evaluation.splits import Split

Protocol = Literal["study", "grouped"]

TEST_SIZE = 0.2

FIT_COLUMNS = ("protocol", "snapshot", "detail", "target", "fold")
"""What names a fit in tables that have a row a fit, or several."""

TAKEN_BACK = (
    "a median of the target, not its mean: predictions are limited to the logarithms fitted on and "
    "taken back by 10^p - 1"
)
"""Noted where a model of the logarithm is measured on counts."""


@dataclass(frozen=True)
class Evaluation:
    """One model under one protocol.

    Attributes:
        unfitted: the estimator.
        max_train_rows: the most rows of one of its fits, None for all.
        seed: of its splits.
        problem: what is predicted.
        columns: from which features.
        metrics: rows of METRIC_COLUMNS.
        predictions: one row a tested track: row (int64), y, prediction, fold (int64), and for
            classifiers score (float64, see `probabilities`).
        estimators: the fitted ones, one a fold, one under `study`.
        splits: positions in `problem.frame`, one a fold.
        overlap: counts of splits.overlap for the first split.
        probabilities: whether scores are probabilities of class 1, else they are decision values.
    """

    unfitted: Any
    max_train_rows: int | None
    seed: int
    problem: PredictionTask
    columns: Columns
    metrics: pd.DataFrame
    predictions: pd.DataFrame
    estimators: list[Any]
    splits: list[Split]
    overlap: dict[str, int]
    probabilities: bool

    @property
    def estimator(self) -> Any:
        """The (first) fitted estimator."""
        return self.estimators[0]

    def training_rows(self) -> tuple[pd.DataFrame, pd.Series]:
        """X and y that the first estimator was fitted on."""
        return self._rows(self.splits[0].train)

    def test_rows(self) -> tuple[pd.DataFrame, pd.Series]:
        """X and y that the first estimator was tested on."""
        return self._rows(self.splits[0].test)

    @property
    def own_scale(self) -> pd.DataFrame:
        """Those of the metrics that are on the scale the model was fitted on."""
        return self.metrics[self.metrics["fit_scale"] == "identity"]

    def value(self, metric: str) -> float:
        """The figure of a metric on the target's own scale."""
        own = self.own_scale.set_index("metric")
        return float(own.loc[metric, "value"])  # pyright: ignore[reportArgumentType]

    @property
    def fits(self) -> Iterator[tuple[dict[str, Any], Any]]:
        """Each fitted estimator with what names the fit in a table: the values of FIT_COLUMNS."""
        first = self.metrics.iloc[0]
        shared = {name: first[name] for name in FIT_COLUMNS[:-1]}
        for fold, fitted in enumerate(self.estimators):
            yield shared | {"fold": fold}, fitted

    def _rows(self, positions: np.ndarray) -> tuple[pd.DataFrame, pd.Series]:
        return self.problem.inputs(self.columns).iloc[positions], self.problem.y.iloc[positions]


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What is evaluated, before anything is fitted.

    Attributes:
        estimator: unfitted; clones of it are fitted.
        problem: what is predicted, from which rows and columns.
        protocol: `study`, one random split, with a 95 % bootstrap interval over the artists of its
            test rows; or `grouped`, five folds by artist, with the mean and its 95 % t-interval
            over them, see fold_intervals for what that does not mean. n_train is then the mean over
            folds and n_test all tested rows; fit_seconds is always that of one fit.
        model: its name in the rows.
        detail: features or settings that tell this fit from others of the model.
        test_size: share of test rows under `study`.
        max_train_rows: train on a sample of so many of each split's training rows, stratified by
            class; the notes say so.
        videos_apart: whether folds share no video either; False for the leak audit, which shows
            what shared videos are worth.
        notes: on this fit, for the rows.
    """

    estimator: Any
    problem: PredictionTask
    protocol: Protocol
    model: str
    detail: str = ""
    test_size: float = TEST_SIZE
    max_train_rows: int | None = None
    videos_apart: bool = True
    notes: Notes = ()

    @property
    def columns(self) -> Columns:
        """The features."""
        return self.problem.columns(self.protocol)

    @property
    def split_name(self) -> str:
        """Of its rows."""
        from spotyt_dagster.learning.evaluation.splits import grouped_splits_name, random_split_name

        if self.protocol == "study":
            return random_split_name(self.test_size)
        return grouped_splits_name(videos_apart=self.videos_apart)

    def splits(self, seed: int) -> list[Split]:
        """Positions in the problem's frame, one split a fit."""
        from spotyt_dagster.learning.evaluation.splits import grouped_splits, random_split

        frame = self.problem.frame
        if self.protocol == "study":
            whole = [random_split(frame, self.test_size, seed)]
        else:
            whole = grouped_splits(frame, seed, videos_apart=self.videos_apart)
        return [
            replace(split, train=sampled(split.train, self.problem, self.max_train_rows, seed))
            for split in whole
        ]


def evaluate(
    estimator: Any,
    problem: PredictionTask,
    protocol: Protocol,
    settings: LearningSettings,
    *,
    fold_threads: int = 1,
    **options: Any,
) -> Evaluation:
    """Fit and measure clones of an unfitted estimator: evaluate_all() of one Plan.

    `options` are Plan's. Raises what evaluate_all() raises.
    """
    plan = Plan(estimator=estimator, problem=problem, protocol=protocol, **options)
    return evaluate_all([plan], settings, fold_threads=fold_threads)[0]


def evaluate_both(
    estimator: Any,
    problem: PredictionTask,
    settings: LearningSettings,
    *,
    fold_threads: int = 1,
    **options: Any,
) -> tuple[Evaluation, Evaluation]:
    """evaluate() under `study` and `grouped`; options as there."""
    plans = both_protocols(estimator, problem, **options)
    study, grouped = evaluate_all(plans, settings, fold_threads=fold_threads)
    return study, grouped


def evaluate_problems(
    estimator: Any,
    problems: Iterable[PredictionTask],
    settings: LearningSettings,
    *,
    fold_threads: int = 1,
    **options: Any,
) -> list[Evaluation]:
    """evaluate_both() of one estimator for each problem, in order; options as there."""
    plans = [plan for problem in problems for plan in both_protocols(estimator, problem, **options)]
    return evaluate_all(plans, settings, fold_threads=fold_threads)


def both_protocols(estimator: Any, problem: PredictionTask, **options: Any) -> list[Plan]:
    """The plans under `study` and `grouped`, in this order; options are Plan's."""
    study = Plan(estimator=estimator, problem=problem, protocol="study", **options)
    return [study, replace(study, protocol="grouped")]


def evaluate_all(
    plans: Sequence[Plan], settings: LearningSettings, *, fold_threads: int = 1
) -> list[Evaluation]:
    """Fit and measure what is planned, in order.

    A target log10_X is fitted on the log scale and measured on it, and measured once more as X
    after going back as as_counts() does, in rows whose fit_scale is log10.

    Args:
        plans: what is evaluated.
        settings: seed and effort.
        fold_threads: fits of all plans that run in parallel; for estimators that draw from no
            global generator (not torch). The more plans, the less the last fit is waited for.

    Raises:
        ValueError: a fold cannot be fitted (one class only).
    """
    splits = [plan.splits(settings.seed) for plan in plans]
    calls = [
        [partial(fit_split, plan.estimator, plan.problem, plan.columns, split) for split in of_plan]
        for plan, of_plan in zip(plans, splits, strict=True)
    ]
    if fold_threads > 1:
        with determinism.deterministic(settings.seed), ThreadPoolExecutor(fold_threads) as pool:
            running = [[pool.submit(call) for call in of_plan] for of_plan in calls]
            fits = [[future.result() for future in of_plan] for of_plan in running]
    else:
        fits = [_in_turn(of_plan, settings.seed) for of_plan in calls]
    return [_evaluation(plan, of_plan, settings) for plan, of_plan in zip(plans, fits, strict=True)]


def _in_turn(calls: list[Callable[[], Fit]], seed: int) -> list[Fit]:
    """One plan's fits, before which all generators are seeded, whatever ran before it."""
    with determinism.deterministic(seed):
        return [call() for call in calls]


def _evaluation(plan: Plan, fits: list[Fit], settings: LearningSettings) -> Evaluation:
    from spotyt_dagster.learning.evaluation.splits import overlap

    problem, splits = plan.problem, [fit.split for fit in fits]
    with determinism.deterministic(settings.seed):
        measured = _measure(fits, problem, plan.protocol, settings)
    notes = (
        *plan.notes,
        *problem.notes,
        *_purge_notes(splits),
        *_sample_notes(splits, plan.max_train_rows),
    )
    rows = partial(
        metric_rows,
        frame=problem.frame,
        settings=settings,
        task=problem.task,
        model=plan.model,
        snapshot=problem.snapshot,
        detail=plan.detail,
        features=describe(plan.columns),
        protocol=plan.protocol,
        split=plan.split_name,
        n_train=round(float(np.mean([len(split.train) for split in splits]))),
        n_test=sum(len(split.test) for split in splits),
        fit_seconds=float(np.mean([fit.seconds for fit in fits])),
    )
    parts = []
    for target, values in measured.items():
        back = target != problem.target
        parts.append(
            rows(
                values,
                target=target,
                fit_scale="log10" if back else "identity",
                notes=(*notes, TAKEN_BACK) if back else notes,
            )
        )
    return Evaluation(
        unfitted=plan.estimator,
        max_train_rows=plan.max_train_rows,
        seed=settings.seed,
        problem=problem,
        columns=plan.columns,
        metrics=join_metrics(parts),
        predictions=_numbered([fit.predictions for fit in fits]),
        estimators=[fit.estimator for fit in fits],
        splits=splits,
        overlap=overlap(problem.frame, splits[0]),
        probabilities=fits[0].probabilities,
    )


def all_metrics(*evaluations: Evaluation) -> pd.DataFrame:
    """The metrics of several evaluations as one table."""
    return join_metrics(evaluation.metrics for evaluation in evaluations)


def overlap_table(*evaluations: Evaluation) -> pd.DataFrame:
    """How far each evaluation's first test part was met in training; one row a protocol, split."""
    rows = []
    for evaluation in evaluations:
        first = evaluation.metrics.iloc[0]
        rows.append(
            {name: first[name] for name in ("snapshot", "detail", "protocol", "split")}
            | evaluation.overlap
        )
    return pd.DataFrame(rows).drop_duplicates(["protocol", "split", "test_rows"])


def as_counts(predictions: pd.DataFrame, fitted_on: pd.Series) -> pd.DataFrame:
    """Predictions of log10(1 + count) with y and prediction as counts.

    A prediction is first limited to the range of `fitted_on`, the logarithms that the model was
    fitted on: one row of the real table, taken back from far beyond it, made R² -2.5 million. What
    comes back is a median of the count, not its mean: a model of the logarithm aims at the middle
    of the logarithms. Duan's smearing factor (1983) does not make a mean of it here, as the spread
    of the errors differs from track to track.
    """
    limited = predictions["prediction"].clip(fitted_on.min(), fitted_on.max())
    return predictions.assign(y=count_of(predictions["y"]), prediction=count_of(limited))


def _measure(
    fits: list[Fit], problem: PredictionTask, protocol: Protocol, settings: LearningSettings
) -> dict[str, dict[str, Interval]]:
    """Metrics with intervals by target scale: the target itself, then the raw one behind a log."""
    tables = {problem.target: [fit.predictions for fit in fits]}
    if problem.task == "regression" and raw_name(problem.target) != problem.target:
        tables[raw_name(problem.target)] = [
            as_counts(fit.predictions, problem.y.iloc[fit.split.train]) for fit in fits
        ]
    artists = problem.frame["Artist"]
    measured = {}
    for target, predictions in tables.items():
        measures = [
            measure_of(table, problem, target, probabilities=fit.probabilities)
            for table, fit in zip(predictions, fits, strict=True)
        ]
        if protocol == "study":
            measured[target] = intervals.bootstrap_intervals(
                measures[0], artists.loc[predictions[0]["row"]].to_numpy(), settings.seed
            )
        else:
            folds = zip(measures, predictions, strict=True)
            measured[target] = intervals.fold_intervals(
                [intervals.on_all_rows(measure, len(table)) for measure, table in folds]
            )
    return measured


def measure_of(
    predictions: pd.DataFrame, problem: PredictionTask, target: str, *, probabilities: bool
) -> intervals.Measure:
    """The metrics of predictions as a function of weights of their rows.

    Args:
        predictions: y, prediction, and for classifiers score.
        problem: what is predicted.
        target: the scale that y and prediction are on.
        probabilities: whether scores are probabilities of class 1.
    """
    y, prediction = (predictions[name].to_numpy() for name in ("y", "prediction"))
    if problem.task == "regression":
        return metrics.regression_measure(y, prediction, logarithms=raw_name(target) != target)
    return metrics.classification_measure(
        y, prediction, predictions["score"].to_numpy(), probabilities=probabilities
    )


def sampled(
    rows: np.ndarray, problem: PredictionTask, max_rows: int | None, seed: int
) -> np.ndarray:
    """At most `max_rows` of the positions, drawn by class for classification, in order.

    Where fewer rows are dropped than there are classes, they are any rows: scikit-learn would have
    one of each class among them.
    """
    from sklearn.model_selection import train_test_split

    if max_rows is None or len(rows) <= max_rows:
        return rows
    classes = problem.y.iloc[rows] if problem.task == "classification" else None
    if classes is not None and len(rows) - max_rows < classes.nunique():
        classes = None
    chosen, _ = train_test_split(rows, train_size=max_rows, random_state=seed, stratify=classes)
    return np.sort(chosen)


def _purge_notes(splits: list[Split]) -> Notes:
    purged = sum(split.purged for split in splits)
    note = f"{purged} training rows dropped for a shared video, all folds together"
    return (note,) * bool(purged)


def _sample_notes(splits: list[Split], max_rows: int | None) -> Notes:
    sampled = max_rows is not None and len(splits[0].train) == max_rows
    return (f"trained on a sample of {max_rows} rows",) * sampled


def _numbered(tables: list[pd.DataFrame]) -> pd.DataFrame:
    return pd.concat(
        [table.assign(fold=np.int64(fold)) for fold, table in enumerate(tables)],
        ignore_index=True,
    )
