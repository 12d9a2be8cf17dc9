"""TabPFN, a transformer fitted beforehand on synthetic tables; runs where its weights are."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from spotyt_dagster.learning import deep
from spotyt_dagster.learning.classification.classifier import Classifier
from spotyt_dagster.learning.classification.ranking import by_permutation
from spotyt_dagster.learning.classification.tabpfn_weights import (
    find_checkpoint,
    how_to_get_weights,
)
from spotyt_dagster.learning.evaluation.metric_table import row_without_figures
from spotyt_dagster.learning.model import Analysis
from spotyt_dagster.learning.result import Result
from spotyt_dagster.settings import LearningSettings

QUICK = {"n_estimators": 1, "top_features": 0}
FULL = {"n_estimators": 8, "top_features": 5}

ROWS = {"cpu": 1_000, "cuda": 10_000}
"""Most training rows: tabpfn refuses more on a CPU, version 2 was trained for no more anywhere."""


def tabpfn_classifier(
    tracks: pd.DataFrame, baseline: pd.DataFrame, settings: LearningSettings
) -> Result:
    """Is a track YouTube-leaning? TabPFN at 8:2, 7:3 and 9:1 and by artist.

    Its weights have to be on this machine (setting SPOTYT_TABPFN_CHECKPOINT, else tabpfn's cache
    folder); without them there is one row that says how to get them. Nothing is downloaded. On a
    CPU it learns from a stratified sample of 1,000 training rows. With weights the quick effort
    takes minutes there, 3 ms a tested row: one estimator, no retraining on top features.
    """
    checkpoint = find_checkpoint(settings.tabpfn_checkpoint)
    if checkpoint is None:
        return _not_run(tracks, settings)
    found = _classifier(checkpoint, settings).run(tracks, baseline, settings)
    return replace(found, device=deep.device())


def _classifier(checkpoint: Path, settings: LearningSettings) -> Classifier:
    """The record of a run with these weights."""
    device, sizes = deep.device(), settings.choose(QUICK, FULL)

    def estimator(settings: LearningSettings) -> Any:
        from tabpfn import TabPFNClassifier

        return TabPFNClassifier(
            model_path=str(checkpoint),
            device=device,
            random_state=settings.seed,
            n_estimators=sizes["n_estimators"],
            fit_mode="fit_with_cache",
        )

    return Classifier(
        name=MODEL.name,
        title=MODEL.title,
        description=MODEL.description,
        estimator=estimator,
        top=sizes["top_features"],
        ranker=lambda settings: by_permutation(estimator(settings), settings.seed),
        permutation_rows=settings.choose(100, 500),
        max_train_rows=lambda _: ROWS[device],
        notes=lambda settings: (
            f"weights {checkpoint.name}",
            deep.device_note(),
            *settings.notes_on_quick(QUICK, FULL),
        ),
    )


def _not_run(tracks: pd.DataFrame, settings: LearningSettings) -> Result:
    row = row_without_figures(
        "not run",
        how_to_get_weights(),
        frame=tracks,
        settings=settings,
        task="classification",
        model=MODEL.name,
    )
    return Result(row)


MODEL = Analysis(
    task="classification",
    name="tabpfn_classifier",
    title="TabPFN",
    description=(
        "Is a track YouTube-leaning? TabPFN at 8:2, 7:3 and 9:1 and by artist, where its weights"
        " are on this machine (setting SPOTYT_TABPFN_CHECKPOINT, else tabpfn's cache folder); "
        "else one row that says how to get them. Nothing is downloaded."
    ),
    kinds=("pytorch",),
    analyse=tabpfn_classifier,
)
