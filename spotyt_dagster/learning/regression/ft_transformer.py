"""FT-Transformer: numbers are tokens too, so that all columns attend to each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spotyt_dagster.learning.regression.attention_family import (
    behind_categories_and_numbers,
    deep_problems_with_kinds,
)
from spotyt_dagster.learning.regression.deep_family import attention_extras
from spotyt_dagster.learning.regression.regressor import DeepRegressor
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


def estimator(settings: LearningSettings) -> Pipeline:
    """Unfitted FT-Transformer behind its preparation.

    Numbers are brought to a normal distribution by their ranks, as in the paper.
    """
    from spotyt_dagster.learning.estimators.attention import FTTransformerRegressor
    from spotyt_dagster.learning.estimators.ranks import RankTransformer

    normal = RankTransformer(output_distribution="normal", random_state=settings.seed)
    model = FTTransformerRegressor(
        schedule=settings.learning_rate_schedule,
        random_state=settings.seed,
        **settings.choose(QUICK, FULL),
    )
    return behind_categories_and_numbers(model, normal)


MODEL = DeepRegressor(
    name="ft_transformer",
    title="FT-Transformer",
    description=(
        "Views, their logarithm and their growth by an FT-Transformer: every column is a token, "
        "and all attend to each other."
    ),
    estimator=estimator,
    problems=deep_problems_with_kinds,
    max_train_rows=lambda settings: settings.choose(QUICK_ROWS, None),
    notes=lambda settings: settings.notes_on_quick(QUICK, FULL),
    look=attention_extras,
)
