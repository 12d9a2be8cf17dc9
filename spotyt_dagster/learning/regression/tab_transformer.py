"""TabTransformer, with attention across a track's columns.

The study's own model had one token a track and attended across the tracks of a batch, so that a
prediction depended on its neighbours in the file. Its sizes are those of full effort here.
"""

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


MODEL = DeepRegressor(
    name="tab_transformer",
    title="TabTransformer",
    description=(
        "Views, their logarithm and their growth by a TabTransformer: key, kind of album, "
        "licence, children's music and sextile of the year attend to each other, numbers join "
        "them in the head."
    ),
    estimator=estimator,
    problems=deep_problems_with_kinds,
    max_train_rows=lambda settings: settings.choose(QUICK_ROWS, None),
    notes=lambda settings: settings.notes_on_quick(QUICK, FULL),
    look=attention_extras,
)
