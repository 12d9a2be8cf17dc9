"""What is to be predicted, from which rows and columns: the input of evaluate().

Names of columns are feature_sets.py's, splitting is splits.py's.
"""

from dataclasses import dataclass, replace

import pandas as pd

from spotyt_dagster.learning.evaluation.feature_sets import (
    GROWTH,
    LEAK_FREE,
    RELEASE_TIME,
    STUDY,
    Columns,
    Snapshot,
    Task,
    available,
    controls,
    leaks,
    snapshot_of,
)
from spotyt_dagster.learning.evaluation.metric_table import Notes
from spotyt_dagster.tables.features import growth_notes
from spotyt_dagster.tables.logarithms import raw_name
from spotyt_dagster.tables.release import with_release_facts

_CRAWLED_TARGETS = ("viewCount", "log10_viewCount", "delta_view", "log10_view_growth")


@dataclass(frozen=True)
class PredictionTask:
    """A target, its rows, and the features of both protocols. Made by the functions below.

    Attributes:
        task: regression or classification.
        snapshot: of the table, crawled or baseline.
        target: a column.
        frame: one row a track, sorted and indexed by `row`; the target is known in every row.
        study: features of the protocol `study`, those that hold values.
        leak_free: features of the protocol `grouped`, those that hold values.
        unknown: number of rows that were dropped, as their target is unknown.
        notes: what had to be dropped, and what must be said of the target.
    """

    task: Task
    snapshot: Snapshot
    target: str
    frame: pd.DataFrame
    study: Columns
    leak_free: Columns
    unknown: int
    notes: Notes

    def columns(self, protocol: str) -> Columns:
        """The features of a protocol, "study" or "grouped"."""
        return {"study": self.study, "grouped": self.leak_free}[protocol]

    def inputs(self, columns: Columns) -> pd.DataFrame:
        """The columns as model input, indexed by `row`.

        Numbers and flags are float64, missing ones NaN; text stays as it is.
        """
        chosen = self.frame[list(columns)]
        numeric = chosen.select_dtypes(include=["number", "bool", "boolean"]).columns
        return chosen.astype(dict.fromkeys(numeric, "float64"))

    @property
    def y(self) -> pd.Series:
        """The target, indexed by `row`: int64 0/1 for classification, else float64."""
        return self.frame[self.target].astype("int64" if self.task == "classification" else float)

    def without(self, *columns: str) -> "PredictionTask":
        """The same problem with these features removed from both protocols."""
        return replace(
            self,
            study=tuple(c for c in self.study if raw_name(c) not in columns),
            leak_free=tuple(c for c in self.leak_free if raw_name(c) not in columns),
        )

    def with_features(self, *columns: str) -> "PredictionTask":
        """The same problem with exactly these features in both protocols (checked as ever)."""
        return self._with(columns, leaks_allowed=False)

    def with_proxies(self, *columns: str) -> "PredictionTask":
        """The same with proxies of the target allowed among them.

        For the leak audit alone, which shows what such columns are worth; a score that rests on
        them is no finding.
        """
        return self._with(columns, leaks_allowed=True)

    def _with(self, columns: Columns, *, leaks_allowed: bool) -> "PredictionTask":
        return _problem(
            self.task, self.frame, self.target, columns, columns,
            leaks_allowed=leaks_allowed, unknown=self.unknown,
        )  # fmt: skip


def regression_problem(frame: pd.DataFrame, target: str = "") -> PredictionTask:
    """Regression on track_features (target viewCount) or baseline_tracks (target Views).

    Another target may be named: a column, or its log10_ form; then the model is fitted on the
    log scale and measured on both scales.
    """
    target = target or {"crawled": "viewCount", "baseline": "Views"}[snapshot_of(frame)]
    return _standard_problem("regression", frame, target)


def view_problems(tracks: pd.DataFrame, baseline: pd.DataFrame) -> list[PredictionTask]:
    """What is asked of views.

    On the crawled columns how many, their log10, their growth in views and as log10 of a factor; on
    the columns of 2023 how many and their log10. Growth in views is mostly how large a video is;
    the factor, with the views of 2023 among the features, is how fast it grows for its size.
    """
    return [
        *(regression_problem(tracks, target) for target in _CRAWLED_TARGETS),
        *(regression_problem(baseline, target) for target in ("Views", "log10_Views")),
    ]


def classification_problem(frame: pd.DataFrame, target: str = "youtube_leaning") -> PredictionTask:
    """Binary classification on track_features or baseline_tracks; the target is a flag."""
    return _standard_problem("classification", frame, target)


def release_time_problem(task: Task, frame: pd.DataFrame, target: str) -> PredictionTask:
    """The same question asked of what is known when a video goes up: the columns RELEASE_TIME.

    Args:
        task: regression or classification.
        frame: track_features or baseline_tracks; who shares a video or a channel is counted in all
            of its rows, those of unknown target too.
        target: as of regression_problem() or classification_problem().
    """
    columns = tuple(column for column in RELEASE_TIME[task] if raw_name(column) != raw_name(target))
    facts = with_release_facts(frame, others=LEAK_FREE[task, "baseline"])
    return _problem(task, facts, target, columns, columns)


def _standard_problem(task: Task, frame: pd.DataFrame, target: str) -> PredictionTask:
    sets = [by_task_and_era[task, snapshot_of(frame)] for by_task_and_era in (STUDY, LEAK_FREE)]
    study, leak_free = (
        (*(c for c in columns if raw_name(c) != raw_name(target)), *controls(target))
        for columns in sets
    )
    return _problem(task, frame, target, study, leak_free)


def _problem(
    task: Task,
    frame: pd.DataFrame,
    target: str,
    study: Columns,
    leak_free: Columns,
    *,
    leaks_allowed: bool = False,
    unknown: int = 0,
) -> PredictionTask:
    if target not in frame.columns:
        raise ValueError(f"the table has no column {target} to predict")
    if not frame["row"].is_unique:
        raise ValueError("the table names a row twice, so splits by row would leak")
    if any(raw_name(column) == raw_name(target) for column in (*study, *leak_free)):
        raise ValueError(f"{target} cannot be among its own features")
    if not leaks_allowed and (leaking := leaks(leak_free, task, target)):
        raise ValueError(f"not leak-free for {task}: {', '.join(leaking)}")
    known = frame.dropna(subset=[target])
    known = known.sort_values("row").set_index("row", drop=False).rename_axis(index=None)
    if task == "classification" and known[target].nunique() != 2:
        raise ValueError(f"{target} has {known[target].nunique()} class(es), two are needed")
    study, notes = available(known, study)
    leak_free, _ = available(known, leak_free)
    unknown += len(frame) - len(known)
    if unknown:
        notes += (f"{unknown} rows dropped, {target} unknown",)
    if raw_name(target) in GROWTH:
        notes += growth_notes(known)
    return PredictionTask(task, snapshot_of(frame), target, known, study, leak_free, unknown, notes)
