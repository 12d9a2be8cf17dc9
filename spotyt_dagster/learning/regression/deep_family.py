"""What the deep regressors share: pictures and tables of their training and their attention.

Each model's own file holds its estimator and its sizes.
"""

from __future__ import annotations

from collections.abc import Sequence

from spotyt_dagster.figures.attention import attention_map
from spotyt_dagster.figures.training import learning_curves
from spotyt_dagster.learning import deep
from spotyt_dagster.learning.evaluation.evaluate import Evaluation
from spotyt_dagster.learning.result import Extras
from spotyt_dagster.settings import LearningSettings


def training_extras(evaluations: Sequence[Evaluation], title: str) -> Extras:
    """Learning curves of the headline pair as a picture, of all fits as tables.

    The second table says how far each fit was trained.
    """
    study, grouped, *_ = evaluations
    pair = {"random split": study, "by artist": grouped}
    curves = learning_curves(
        {split: deep.learning_curves([evaluation]) for split, evaluation in pair.items()},
        loss="mean squared error (standardised views)",
        title=f"{title}: learning curves",
    )
    return Extras(
        {"learning_curves": curves},
        {
            "learning_curves": deep.learning_curves(evaluations),
            "training": deep.training_table(evaluations),
        },
    )


def attention_extras(
    evaluations: Sequence[Evaluation], title: str, _settings: LearningSettings
) -> Extras:
    """Picture and table of what the first fit by artist attends to on its test rows.

    See FTTransformerRegressor.attention().
    """
    _, grouped, *_ = evaluations
    X, _ = grouped.test_rows()
    prepare, model = grouped.estimator
    shares = model.attention(prepare.transform(X))
    figure = attention_map(shares, title=f"{title}: attention across columns")
    return Extras(
        {"attention": figure}, {"attention": shares.rename_axis("attending").reset_index()}
    )
