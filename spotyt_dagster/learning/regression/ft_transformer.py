"""FT-Transformer: numbers are tokens too, so that all columns attend to each other."""

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


FULL: dict[str, Any] = {
    "width": 32,
    "heads": 8,
    "blocks": 3,
    "dropout": 0.1,
    "max_epochs": 100,
    "patience": 10,
}
"""The paper's blocks and heads at a sixth of its width, 192: 6 s an epoch on one core."""
QUICK: dict[str, Any] = {
    "width": 16,
    "heads": 4,
    "blocks": 1,
    "dropout": 0.0,
    "max_epochs": 5,
    "learning_rate": 2e-2,
    "batch_size": 128,
}
QUICK_ROWS = 4000


def ft_transformer(
    tracks: pd.DataFrame, baseline: pd.DataFrame, settings: LearningSettings
) -> Result:
    """Views, their logarithm and their growth by an FT-Transformer: every column is a token, and
    all attend to each other.

    Beyond the study. Numbers are brought to a normal distribution by their ranks, as in the paper.
    """

    evaluations = deep_evaluations(
        estimator(settings),
        [with_kinds_of_track(problem) for problem in deep_problems(tracks, baseline)],
        settings,
        model="ft_transformer",
        notes=settings.notes_on_quick(QUICK, FULL),
        max_train_rows=settings.choose(QUICK_ROWS, None),
    )
    _, grouped, *_ = evaluations
    figures, tables = attention_outcome(grouped, "FT-Transformer")
    return deep_result(evaluations, name="FT-Transformer", figures=figures, tables=tables)


def estimator(settings: LearningSettings) -> Pipeline:
    """Unfitted FT-Transformer behind its preparation."""
    from sklearn.preprocessing import QuantileTransformer

    from spotyt_dagster.learning.estimators.attention import FTTransformerRegressor

    normal = QuantileTransformer(output_distribution="normal", random_state=settings.seed)
    model = FTTransformerRegressor(
        schedule=settings.learning_rate_schedule,
        random_state=settings.seed,
        **settings.choose(QUICK, FULL),
    )
    return behind_categories_and_numbers(model, normal)


MODEL = Analysis(
    task="regression",
    name="ft_transformer",
    title="FT-Transformer",
    description=(
        "Views, their logarithm and their growth by an FT-Transformer: every column is a token, "
        "and all attend to each other."
    ),
    kinds=("pytorch",),
    analyse=ft_transformer,
)
