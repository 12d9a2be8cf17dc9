"""What a score rests on: each close proxy of the target, and tracks met in training.

The audit that both tasks share; each task's own file names its targets. Which columns count as
proxies in the honest protocol is feature_sets.py's.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple, TypeAlias

import pandas as pd

from spotyt_dagster.figures import leaks as pictures
from spotyt_dagster.figures.scores import scores
from spotyt_dagster.learning.evaluation.evaluate import (
    Evaluation,
    all_metrics,
    both_protocols,
    evaluate,
    evaluate_all,
    overlap_table,
)
from spotyt_dagster.learning.evaluation.feature_sets import LEAK_FREE, STUDY, Columns
from spotyt_dagster.learning.evaluation.metric_table import Interval, join_metrics
from spotyt_dagster.learning.evaluation.metrics import BY_NAME
from spotyt_dagster.learning.evaluation.task import PredictionTask
from spotyt_dagster.learning.parallel import THREADS
from spotyt_dagster.learning.result import Result
from spotyt_dagster.settings import LearningSettings
from spotyt_dagster.tables.logarithms import raw_name

CLOSE_PROXIES: Columns = ("Likes", "Comments", "Views", "Stream")
"""The counts of 2023, looked at one by one."""

Pair: TypeAlias = "tuple[Evaluation, Evaluation]"
"""Under `study` and under `grouped`."""


class Question(NamedTuple):
    """What a proxy adds to a feature set; `without` and `together` are the columns to compare."""

    feature_set: str
    proxy: str
    in_set: bool
    without: Columns
    together: Columns


def leak_audit_result(
    estimator: Any,
    problems: tuple[PredictionTask, ...],
    settings: LearningSettings,
    *,
    metric: str,
    target: str,
) -> Result:
    """Score each problem's study and leak-free features with and without each proxy.

    The unfitted `estimator` copes with missing values and reads a column and its logarithm alike
    (trees do), so counts enter as they are. The table has one row a problem, feature set, proxy
    and protocol: snapshot, feature_set, proxy, in_set (whether the set itself holds it), protocol,
    without, without_low, without_high, with, with_low, with_high (values and 95 % intervals of
    `metric`), gain (with - without). `target` is the target's name in the picture's title.

    The leak-free features are scored once more on folds that keep artists apart but not videos:
    the step from the random split to the grouped one in two.
    """
    rows, evaluations, kept_apart = [], [], []
    for problem in problems:
        questions = list(_questions(problem))
        pairs = _score(estimator, problem, questions, settings)
        rows += [row for question in questions for row in _answers(question, pairs, metric)]
        columns = _leak_free(questions)
        study, grouped = pairs[columns]
        shared = evaluate(
            estimator,
            problem.with_proxies(*columns),
            "grouped",
            settings,
            model="leak_audit",
            detail=_detail(columns),
            fold_threads=THREADS,
            videos_apart=False,
        )
        kept_apart += [study, shared, grouped]
        evaluations += [*(evaluation for pair in pairs.values() for evaluation in pair), shared]
    audit = pd.DataFrame(rows)
    overlaps = overlap_table(*evaluations)
    return Result(
        metrics=all_metrics(*evaluations),
        figures={
            "leak_audit": pictures.with_and_without(
                audit, score=BY_NAME[metric].label, title=f"What a score for {target} rests on"
            ),
            "kept_apart": scores(
                join_metrics(evaluation.own_scale for evaluation in kept_apart),
                metric,
                title=f"{target}: leak-free features, by what a split keeps apart",
                axis=f"{BY_NAME[metric].label} on test rows",
            ),
            "split_overlap": pictures.overlap(
                overlaps, title="How much of the test part was met in training"
            ),
        },
        tables={"leak_audit": audit, "split_overlap": overlaps},
    )


def _questions(problem: PredictionTask) -> Iterator[Question]:
    filled = [raw_name(column) for column in (*problem.study, *problem.leak_free)]
    for name, sets in (("study", STUDY), ("leak-free", LEAK_FREE)):
        held = [raw_name(column) for column in sets[problem.task, problem.snapshot]]
        others = [column for column in held if column in filled and column not in CLOSE_PROXIES]
        for proxy in CLOSE_PROXIES:
            if proxy == raw_name(problem.target):
                continue
            kept = [column for column in CLOSE_PROXIES if column in held and column != proxy]
            both = [column for column in CLOSE_PROXIES if column in (*kept, proxy)]
            yield Question(name, proxy, proxy in held, (*others, *kept), (*others, *both))


def _leak_free(questions: list[Question]) -> Columns:
    """The leak-free set itself, as the questions about it compare it."""
    about = next(question for question in questions if question.feature_set == "leak-free")
    return about.together if about.in_set else about.without


def _score(
    estimator: Any, problem: PredictionTask, questions: list[Question], settings: LearningSettings
) -> dict[Columns, Pair]:
    """The pair of each distinct choice of columns: the sets overlap, so a third is asked twice."""
    distinct = {columns for question in questions for columns in question[-2:]}
    choices = sorted(distinct, key=lambda columns: (len(columns), columns))
    plans = [
        plan
        for columns in choices
        for plan in both_protocols(
            estimator,
            problem.with_proxies(*columns),
            model="leak_audit",
            detail=_detail(columns),
        )
    ]
    evaluations = evaluate_all(plans, settings, fold_threads=THREADS)
    return dict(zip(choices, zip(evaluations[::2], evaluations[1::2], strict=True), strict=True))


def _detail(columns: Columns) -> str:
    proxies = [column for column in columns if column in CLOSE_PROXIES]
    return f"with {' + '.join(proxies)}" if proxies else "with no proxy"


def _answers(question: Question, pairs: dict[Columns, Pair], metric: str) -> Iterator[dict]:
    compared = zip(pairs[question.without], pairs[question.together], strict=True)
    for protocol, (without, together) in zip(("study", "grouped"), compared, strict=True):
        value, low, high = _interval(without, metric)
        value_with, low_with, high_with = _interval(together, metric)
        yield {
            "snapshot": without.problem.snapshot,
            "feature_set": question.feature_set,
            "proxy": question.proxy,
            "in_set": question.in_set,
            "protocol": protocol,
            "without": value,
            "without_low": low,
            "without_high": high,
            "with": value_with,
            "with_low": low_with,
            "with_high": high_with,
            "gain": value_with - value,
        }


def _interval(evaluation: Evaluation, metric: str) -> Interval:
    """The metric with its interval, on the scale that the model was fitted on."""
    own = evaluation.own_scale
    own = own[own["metric"] == metric]
    value, low, high = own[["value", "low", "high"]].to_numpy()[0]
    return float(value), float(low), float(high)
