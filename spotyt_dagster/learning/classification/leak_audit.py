"""What a classifier's score rests on."""

import pandas as pd

from spotyt_dagster.learning.evaluation.task import (
    classification_problem,
)
from spotyt_dagster.learning.inspection.leak_audit import (
    leak_audit_result,
)
from spotyt_dagster.learning.model import Analysis
from spotyt_dagster.learning.result import Result
from spotyt_dagster.settings import LearningSettings


def leak_audit(tracks: pd.DataFrame, baseline: pd.DataFrame, settings: LearningSettings) -> Result:
    """How well the class can be told with and without Likes, Comments, Views and Stream.

    For the study's features and for the leak-free ones; and how many test rows' artists and videos
    training has met.
    """
    from xgboost import XGBClassifier

    return leak_audit_result(
        XGBClassifier(
            n_estimators=settings.choose(20, 200), learning_rate=settings.choose(0.3, 0.05),
            max_depth=4, max_bin=64, n_jobs=1, random_state=settings.seed,
        ),
        tuple(classification_problem(frame) for frame in (tracks, baseline)),
        settings,
        metric="roc_auc",
        target="youtube_leaning",
    )  # fmt: skip


MODEL = Analysis(
    task="classification",
    name="leak_audit",
    title="Leak audit",
    description=(
        "How well the class can be told with and without Likes, Comments, Views and Stream, for "
        "the study's features and for the leak-free ones; and how many test rows' artists and "
        "videos training has met."
    ),
    kinds=("xgboost",),
    analyse=leak_audit,
)
