"""The Result of a study: its trials and pictures, and the tuned model beside two untuned ones.

The three are measured on artists that no trial has seen: one fold of the grouped protocol, while
the study searched the training rows of that fold.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from spotyt_dagster.figures import search as pictures
from spotyt_dagster.learning import determinism
from spotyt_dagster.learning.evaluation import intervals, metrics
from spotyt_dagster.learning.evaluation.evaluate import measure_of, sampled
from spotyt_dagster.learning.evaluation.feature_sets import describe
from spotyt_dagster.learning.evaluation.fitting import fit_split
from spotyt_dagster.learning.evaluation.metric_table import Notes, join_metrics, metric_rows
from spotyt_dagster.learning.result import Result
from spotyt_dagster.learning.search.parameter_study import (
    TASK,
    TUNED,
    ParameterStudy,
    best_of,
    epochs_table,
    search,
    store_of,
    trials_table,
)
from spotyt_dagster.learning.search.study_queue import INDEX, StudyStore

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from optuna.trial import FrozenTrial

    from spotyt_dagster.learning.evaluation.splits import Split
    from spotyt_dagster.learning.evaluation.task import PredictionTask
    from spotyt_dagster.settings import LearningSettings

FEWEST_FOR_IMPORTANCES = 4


@dataclass(frozen=True, kw_only=True)
class TuningStudy(ParameterStudy):
    """A search whose tuned model is shown beside the untuned ones."""

    def run(
        self, tracks: pd.DataFrame, baseline: pd.DataFrame, settings: LearningSettings
    ) -> Result:
        """Its Result, see study_result()."""
        with store_of(settings) as store:
            return study_result(self, tracks, baseline, settings, store)


def study_result(
    study: ParameterStudy,
    tracks: pd.DataFrame,
    baseline: pd.DataFrame,
    settings: LearningSettings,
    store: StudyStore,
) -> Result:
    """Search, then measure the tuned model, the library's defaults and the hand-set values.

    Args:
        study: To run.
        tracks: track_features.
        baseline: baseline_tracks.
        settings: Seed, effort and the like.
        store: Of the trials: what is finished there is not run again.
    """
    from spotyt_dagster.learning.evaluation.splits import grouped_splits

    problem = study.problem(tracks, baseline, settings)
    split = grouped_splits(problem.frame, settings.seed)[0]
    trials = search(study, problem, split.train, settings, store)
    best = best_of(study, trials)
    arms = {**study.compared(settings), TUNED: study.tuned(best, settings)}
    fitted_on = sampled(split.train, problem, study.size(settings).rows, settings.seed)
    split = replace(split, train=fitted_on)
    notes = size_notes(study, settings)
    tables = {
        "trials": trials_table(trials),
        "best_parameters": pd.DataFrame([best.params]),
        "importances": importances_table(study, trials, settings.seed),
        "epochs": epochs_table(trials),
    }
    return Result(
        metrics=join_metrics(
            measured(study, detail, estimator, problem, split, settings, notes)
            for detail, estimator in arms.items()
        ),
        figures=_figures(study, tables, best),
        tables={name: table for name, table in tables.items() if len(table)},
    )


def size_notes(study: ParameterStudy, settings: LearningSettings) -> Notes:
    """How large the study is, and that it is quick where it is."""
    size, full = study.size(settings), study.full
    epochs = f", at most {size.epochs} epochs a fit" * (size.epochs > 1)
    rows = "all training rows" if size.rows is None else f"{size.rows:,} training rows"
    said = f"{size.trials} trials on {rows}, {size.folds} inner fold(s) each{epochs}"
    if settings.effort == "quick":
        return (f"a quick search: {said}; at full effort {full.trials} trials",)
    return (said,)


def measured(
    study: ParameterStudy,
    detail: str,
    estimator: Any,
    problem: PredictionTask,
    split: Split,
    settings: LearningSettings,
    notes: Notes = (),
) -> pd.DataFrame:
    """The metrics of one setting of a model on the split's test rows, with intervals over artists.

    Args:
        study: Of the model.
        detail: LIBRARY, HAND_SET or TUNED.
        estimator: Unfitted.
        problem: What is predicted.
        split: Whose training rows were searched.
        settings: Seed and effort.
        notes: For the rows.
    """
    from spotyt_dagster.learning.evaluation.splits import grouped_splits_name

    with determinism.deterministic(settings.seed):
        fit = fit_split(estimator, problem, problem.leak_free, split)
    measure = measure_of(fit.predictions, problem, problem.target, probabilities=fit.probabilities)
    artists = problem.frame["Artist"].loc[fit.predictions["row"]].to_numpy()
    return metric_rows(
        intervals.bootstrap_intervals(measure, artists, settings.seed),
        frame=problem.frame,
        settings=settings,
        task=TASK,
        model=study.name,
        snapshot=problem.snapshot,
        detail=detail,
        features=describe(problem.leak_free),
        protocol="grouped",
        split=f"first of {grouped_splits_name()}",
        target=problem.target,
        n_train=len(split.train),
        n_test=len(split.test),
        fit_seconds=fit.seconds,
        notes=(*notes, *problem.notes),
    )


def importances_table(
    study: ParameterStudy, trials: Sequence[FrozenTrial], seed: int
) -> pd.DataFrame:
    """What each parameter explains: parameter, importance, most important first.

    Shares of the variance of trials by fANOVA (Hutter, Hoos & Leyton-Brown 2014, "An Efficient
    Approach for Assessing Hyperparameter Importance"); no row where too few have a value. A pruned
    trial counts with its last value: of few completed ones nothing could be told.
    """
    import optuna
    from optuna.importance import FanovaImportanceEvaluator, get_param_importances
    from optuna.trial import TrialState

    known = [trial for trial in trials if trial.value is not None]
    if len(known) < FEWEST_FOR_IMPORTANCES:
        return pd.DataFrame({"parameter": [], "importance": []})
    whole = optuna.create_study(direction="maximize" if study.is_maximized else "minimize")
    for trial in known:
        whole.add_trial(
            optuna.create_trial(
                state=TrialState.COMPLETE,
                values=trial.values,
                params=trial.params,
                distributions=trial.distributions,
            )
        )
    shares = get_param_importances(whole, evaluator=FanovaImportanceEvaluator(seed=seed))
    return pd.DataFrame({"parameter": list(shares), "importance": list(shares.values())})


def _figures(
    study: ParameterStudy, tables: Mapping[str, pd.DataFrame], best: FrozenTrial
) -> dict[str, Figure]:
    trials = tables["trials"]
    parameters = {
        name: bool(getattr(distribution, "log", False))
        for name, distribution in best.distributions.items()
    }
    score = f"{metrics.BY_NAME[study.score].label}, mean over inner folds"
    title = f"{study.title}: "
    figures = {
        "history": pictures.history(
            trials, score=score, is_maximized=study.is_maximized, title=f"{title}trials in turn"
        ),
        "slices": pictures.slices(
            trials, parameters, score=score, title=f"{title}trials by parameter"
        ),
        "parallel_coordinates": pictures.parallel_coordinates(
            trials, parameters, score=score, title=f"{title}trials across all parameters"
        ),
    }
    if len(tables["importances"]):
        figures["importances"] = pictures.parameter_importances(
            tables["importances"], title=f"{title}which parameters matter"
        )
    if len(tables["epochs"]):
        figures["epochs"] = pictures.epoch_curves(
            tables["epochs"],
            best.user_attrs[INDEX] + 1,
            loss="loss on validation rows for early stopping",
            title=f"{title}trials epoch by epoch",
        )
    return figures
