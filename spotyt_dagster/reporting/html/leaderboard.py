"""The leaderboard as a reader sees it: one line a model, its protocols in columns.

Turns the long table (LEADERBOARD_COLUMNS of ranking.py, one row a metric) into what the template
prints. Sorting and ranking are ranking.py's: lines keep its order. No HTML here.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from string import ascii_uppercase
from typing import Any

import pandas as pd

from spotyt_dagster.learning.evaluation.metric_table import distinct_notes
from spotyt_dagster.learning.evaluation.metrics import SHARE, Metric, leaderboard_columns
from spotyt_dagster.reporting import formatting, labels
from spotyt_dagster.reporting.ranking import FLOOR_MODEL, HONEST

_USUAL_SPLIT = "8:2"
_OTHERWISE_SHOWN = 3
_IN_SAMPLE = "all rows"
_AUDIT = "leak_audit"


@dataclass(frozen=True)
class Score:
    """A metric of one fit in print.

    Attributes:
        value: the figure, or a remark in its place.
        interval: its 95 % interval, empty where there is none.
        floor: what a model scores that looks at no track; empty where it is not shown.
        best: whether it is the winner of its problem.
        failed: whether `value` is a remark, as the figure is worse than the floor.
    """

    value: str
    interval: str
    floor: str
    best: bool
    failed: bool


@dataclass(frozen=True)
class Fit:
    """One model under one protocol.

    Attributes:
        split: name of the split, empty where there is none.
        features: mark of the feature set, which the table's key explains.
        rows: numbers of rows trained and tested on.
        fit_time: of the longest fit.
        scores: in the order of the table's metrics; None where a metric was not measured.
        notes: marks of the notes, which the table's key explains.
    """

    split: str
    features: str
    rows: str
    fit_time: str
    scores: list[Score | None]
    notes: list[str]


@dataclass(frozen=True)
class Line:
    """One line of the table.

    Attributes:
        task: of the model.
        model: its name.
        variant: what tells this line from others of the model; empty where there is one.
        mark: whether its numbers are simulated.
        rank: under the protocol that is believed, empty where it has none.
        standing: label of the standing there, empty where there is nothing to say.
        is_floor: whether the model is the one that looks at no track.
        fits: one for each protocol, None where it has none.
    """

    task: str
    model: str
    variant: str
    mark: str
    rank: str
    standing: str
    is_floor: bool
    fits: list[Fit | None]


@dataclass(frozen=True)
class Failure:
    """A model that has no figures.

    Attributes:
        task: of the model.
        model: its name.
        reason: why.
    """

    task: str
    model: str
    reason: str


@dataclass(frozen=True)
class Block:
    """The lines of one ranking.

    Attributes:
        target: what they predict.
        snapshot: label of the columns that they read.
        lines: by rank.
    """

    target: str
    snapshot: str
    lines: list[Line]


@dataclass(frozen=True)
class TaskTable:
    """One table of the leaderboard.

    Attributes:
        name: unique on the page.
        title: for readers.
        mark: whether its numbers are simulated.
        protocols: titles of the groups of columns.
        metrics: the columns of each group.
        blocks: one for each ranking.
        failures: models without figures.
        features: feature sets by mark.
        notes: notes by mark.
    """

    name: str
    title: str
    mark: str
    protocols: list[str]
    metrics: list[Metric]
    blocks: list[Block]
    failures: list[Failure]
    features: dict[str, str]
    notes: dict[str, str]


@dataclass(frozen=True)
class _Marks:
    """The mark of each feature set (A, B, ...) and of each note (1, 2, ...), by text."""

    features: dict[str, str]
    notes: dict[str, str]


def task_tables(leaderboard: pd.DataFrame) -> list[TaskTable]:
    """A table for each task of the leaderboard, in the order of their first rows.

    What was measured on the rows it was fitted on (protocol "all rows") gets a table of its own,
    so that no one reads it as a score on unseen tracks; so does the leak audit, whose fits are
    given columns that tell the target.
    """
    return [
        _task_table(str(task), part)
        for task, rows in leaderboard.groupby("task", sort=False)
        for _, part in rows.groupby([rows["model"] == _AUDIT, rows["protocol"] == _IN_SAMPLE])
    ]


def _task_table(task: str, rows: pd.DataFrame) -> TaskTable:
    has_figures = rows["status"] == "ok"
    fitted, failed = rows[has_figures], rows[~has_figures]
    metrics = _headline_metrics(task, fitted)
    protocols = _in_usual_order(fitted["protocol"])
    name = f"{task} {_IN_SAMPLE}" if protocols == [_IN_SAMPLE] else task
    if (rows["model"] == _AUDIT).all():
        name = f"{task} {_AUDIT}"
    marks = _marks(fitted)
    return TaskTable(
        name=name,
        title=labels.TASK_TITLES.get(name, formatting.label(name)),
        mark=labels.mark(rows),
        protocols=[labels.PROTOCOL_TITLES.get(name, formatting.label(name)) for name in protocols],
        metrics=[labels.metric(name) for name in metrics],
        blocks=[
            Block(
                str(target),
                labels.SNAPSHOTS.get(str(snapshot), ""),
                list(_lines(task, of_block, protocols, metrics, marks)),
            )
            for (target, snapshot), of_block in fitted.groupby(["target", "snapshot"], sort=False)
        ],
        failures=[
            Failure(task, str(model), _reason(of_model))
            for model, of_model in failed.groupby("model", sort=False)
        ],
        features={mark: text for text, mark in marks.features.items()},
        notes={mark: text for text, mark in marks.notes.items()},
    )


def _reason(rows: pd.DataFrame) -> str:
    return formatting.several(distinct_notes(rows["notes"])) or "no reason given"


def _marks(rows: pd.DataFrame) -> _Marks:
    notes = distinct_notes(rows["notes"])
    return _Marks(
        features={text: _letters(place) for place, text in enumerate(rows["features"].unique())},
        notes={text: str(place) for place, text in enumerate(notes, start=1)},
    )


def _letters(place: int) -> str:
    """0 is A, 25 is Z, 26 is AA, as the columns of a spreadsheet."""
    before, last = divmod(place, 26)
    return (_letters(before - 1) if before else "") + ascii_uppercase[last]


def _headline_metrics(task: str, rows: pd.DataFrame) -> list[str]:
    present = rows.loc[rows["value"].notna(), "metric"].unique().tolist()
    wanted = [one.name for one in leaderboard_columns(task) if one.name in present]
    return wanted or present[:_OTHERWISE_SHOWN]


def _in_usual_order(protocols: pd.Series) -> list[str]:
    usual = list(labels.PROTOCOL_TITLES)
    return sorted(
        protocols.unique(), key=lambda name: usual.index(name) if name in usual else len(usual)
    )


def _lines(
    task: str,
    rows: pd.DataFrame,
    protocols: Sequence[str],
    metrics: Sequence[str],
    marks: _Marks,
) -> Iterator[Line]:
    by_variant = rows.groupby(["model", "detail", "fit_scale"], sort=False)
    for (model, detail, fit_scale), of_variant in by_variant:
        fits = {
            protocol: _single_fits(of_variant[of_variant["protocol"] == protocol])
            for protocol in protocols
        }
        # The study splits a model three ways, the folds are there once: they stand beside 8:2.
        for place in range(max(len(of_protocol) for of_protocol in fits.values())):
            beside = {
                protocol: of_protocol[place]
                for protocol, of_protocol in fits.items()
                if place < len(of_protocol)
            }
            believed = next((beside[name] for name in HONEST if name in beside), None)
            yield Line(
                task=task,
                model=str(model),
                variant=labels.variant(str(detail), str(fit_scale)),
                mark=labels.mark(of_variant),
                rank=_rank(believed),
                standing=_standing(believed),
                is_floor=model == FLOOR_MODEL,
                fits=[
                    _fit(beside[protocol], metrics, marks) if protocol in beside else None
                    for protocol in protocols
                ],
            )


def _rank(fit: pd.DataFrame | None) -> str:
    return "" if fit is None or pd.isna(rank := fit["rank"].iloc[0]) else str(rank)


def _standing(fit: pd.DataFrame | None) -> str:
    return "" if fit is None else labels.STANDINGS.get(fit["standing"].iloc[0], "")


def _single_fits(rows: pd.DataFrame) -> list[pd.DataFrame]:
    fits = [fit for _, fit in rows.groupby(["split", "features"], sort=False)]
    return sorted(fits, key=lambda fit: not str(fit["split"].iloc[0]).startswith(_USUAL_SPLIT))


def _fit(rows: pd.DataFrame, metrics: Sequence[str], marks: _Marks) -> Fit:
    by_metric = {row["metric"]: row for row in rows.to_dict("records")}
    first = rows.iloc[0]
    return Fit(
        split="" if first["split"] == "none" else str(first["split"]),
        features=marks.features[first["features"]],
        rows=_row_counts(first["n_train"], first["n_test"]),
        fit_time=formatting.seconds(longest) if (longest := rows["fit_seconds"].max()) >= 0 else "",
        scores=[
            _score(by_metric[metric], best=first["standing"] == "winner" and metric == metrics[0])
            if metric in by_metric
            else None
            for metric in metrics
        ],
        notes=sorted((marks.notes[note] for note in distinct_notes(rows["notes"])), key=int),
    )


def _score(row: Mapping[Hashable, Any], *, best: bool) -> Score:
    if failed := _worse_than_floor(row):
        return Score(failed, interval="", floor="", best=False, failed=True)
    metric, floor = labels.metric(row["metric"]), row["floor"]
    written = formatting.share if metric.unit == SHARE else formatting.score
    with_floor = metric.beside_floor and not pd.isna(floor)
    return Score(
        value=written(row["value"]),
        interval=formatting.interval(row["low"], row["high"]),
        floor=formatting.score(floor) if with_floor else "",
        best=best,
        failed=False,
    )


def _worse_than_floor(row: Mapping[Hashable, Any]) -> str:
    """The remark on a figure that is worse than its floor, nothing for one that is not."""
    metric = labels.metric(row["metric"])
    higher_is_better = metric.direction == "higher"
    worse = row["value"] < row["floor"] if higher_is_better else row["value"] > row["floor"]
    is_floor = row["model"] == FLOOR_MODEL
    return metric.below_floor if worse and not is_floor else ""


def _row_counts(n_train: int, n_test: int) -> str:
    return f"{n_train:,} + {n_test:,}" if n_test else f"{n_train:,}"
