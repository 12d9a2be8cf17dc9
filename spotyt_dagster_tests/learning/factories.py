"""Records of models that exist for tests only."""

from collections.abc import Callable

import pandas as pd

from spotyt_dagster.learning.model import Analysis
from spotyt_dagster.learning.result import Result
from spotyt_dagster.settings import LearningSettings

Analyse = Callable[[pd.DataFrame, pd.DataFrame, LearningSettings], Result]


def model_of(analyse: Analyse, *, task: str = "regression", name: str = "a_model") -> Analysis:
    """The record of a model that is run by this function."""
    return Analysis(task=task, name=name, title=name, description="For a test.", analyse=analyse)


def failing_model(error: Exception, *, task: str = "regression", name: str = "failing") -> Analysis:
    """The record of a model that raises."""

    def fail(*_: object) -> Result:
        raise error

    return model_of(fail, task=task, name=name)
