"""TabTransformer, with attention across a track's columns; the study's attended across tracks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from spotyt_dagster.learning.model import Analysis
from spotyt_dagster.learning.regression.attention_family import (
    behind_categories_and_numbers,
    with_kinds_of_track,
)
from spotyt_dagster.learning.regression.deep_family import (
    attention_outcome,
    deep_evaluations,
    deep_problems,
    deep_result,
)
from spotyt_dagster.learning.result import Result
from spotyt_dagster.settings import LearningSettings

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline


STUDY_SIZES = {"width": 32, "heads": 4, "blocks": 4, "hidden": 64}
"""The study's embedding, heads, blocks and hidden layer."""
FULL: dict[str, Any] = {**STUDY_SIZES, "max_epochs": 200, "patience": 10}
QUICK: dict[str, Any] = {
    **STUDY_SIZES,
    "width": 16,
    "blocks": 2,
    "max_epochs": 6,
    "learning_rate": 1e-2,
    "batch_size": 128,
}
QUICK_ROWS = 4000


def tab_transformer(
    tracks: pd.DataFrame, baseline: pd.DataFrame, settings: LearningSettings
) -> Result:
    """Views, their logarithm and their growth by a TabTransformer: key, kind of album, licence,
    children's music and sextile of the year attend to each other, numbers join them in the head.

    The study's sizes at full effort. Its own model had one token a track and attended across the
    tracks of a batch, so that a prediction depended on its neighbours in the file.
    """

    evaluations = deep_evaluations(
        estimator(settings),
        [with_kinds_of_track(problem) for problem in deep_problems(tracks, baseline)],
        settings,
        model="tab_transformer",
        notes=settings.notes_on_quick(QUICK, FULL),
        max_train_rows=settings.choose(QUICK_ROWS, None),
    )
    _, grouped, *_ = evaluations
    figures, tables = attention_outcome(grouped, "TabTransformer")
    return deep_result(evaluations, name="TabTransformer", figures=figures, tables=tables)


def estimator(settings: LearningSettings) -> Pipeline:
    """Unfitted TabTransformer behind its preparation."""
    from sklearn.preprocessing import StandardScaler

    from spotyt_dagster.learning.estimators.attention import TabTransformerRegressor

    model = TabTransformerRegressor(
        schedule=settings.learning_rate_schedule,
        random_state=settings.seed,
        **settings.choose(QUICK, FULL),
    )
    return behind_categories_and_numbers(model, StandardScaler())


MODEL = Analysis(
    task="regression",
    name="tab_transformer",
    title="TabTransformer",
    description=(
        "Views, their logarithm and their growth by a TabTransformer: key, kind of album, "
        "licence, children's music and sextile of the year attend to each other, numbers join "
        "them in the head."
    ),
    kinds=("pytorch",),
    analyse=tab_transformer,
)
