"""What a model is: the records that are listed in clustering/, regression/ and classification/.

How a record is run is runner.py's, what comes of it result.py's.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spotyt_dagster.learning.result import NO_EXTRAS, Extras, Result

if TYPE_CHECKING:
    import pandas as pd

    from spotyt_dagster.learning.evaluation.metric_table import Notes
    from spotyt_dagster.settings import LearningSettings


@dataclass(frozen=True, kw_only=True)
class Model(ABC):
    """What is known of any model before it has run.

    Attributes:
        task: What it does and the group of its asset: clustering, regression or classification.
        name: Of its asset, its files, its rows on the leaderboard and its section of the report.
        title: What its pictures call it.
        description: One or two sentences that say what it is, for the UI and the report.
        kinds: Libraries that the UI shows on the asset, at most three of Dagster's kinds.
    """

    task: str
    name: str
    title: str
    description: str
    kinds: tuple[str, ...] = ("scikitlearn",)

    @property
    def key(self) -> str:
        """Where it stands: `<task>/<name>`."""
        return f"{self.task}/{self.name}"

    @abstractmethod
    def run(
        self, tracks: pd.DataFrame, baseline: pd.DataFrame, settings: LearningSettings
    ) -> Result:
        """Fit and measure it.

        Args:
            tracks: track_features, today's numbers.
            baseline: baseline_tracks, those of 2023.
            settings: Seed, effort and the like.

        Raises:
            Exception: It cannot be fitted; runner.run_model() makes a row of that.
        """


def no_notes(_: LearningSettings) -> Notes:
    """Of a model that needs to say nothing."""
    return ()


def all_rows(_: LearningSettings) -> None:
    """Of a model that is fitted on all of its training rows."""


def no_extras(*_: object) -> Extras:
    """Of a model that shows what all of its task show."""
    return NO_EXTRAS


@dataclass(frozen=True, kw_only=True)
class Analysis(Model):
    """Anything that looks at both tables in a way of its own.

    Attributes:
        analyse: Makes the Result of track_features, baseline_tracks and the settings.
    """

    analyse: Callable[[pd.DataFrame, pd.DataFrame, LearningSettings], Result]

    def run(
        self, tracks: pd.DataFrame, baseline: pd.DataFrame, settings: LearningSettings
    ) -> Result:
        """What `analyse` makes."""
        return self.analyse(tracks, baseline, settings)
