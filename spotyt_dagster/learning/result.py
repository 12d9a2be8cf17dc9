"""What every model hands back.

The metrics in it are rows of evaluation/metric_table.py; what the upper layer makes of a Result is
in defs/.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pandas as pd

from spotyt_dagster.learning.evaluation.metric_table import METRIC_COLUMNS
from spotyt_dagster.learning.evaluation.refit import FittedEstimator

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Extras:
    """A model's own pictures and tables, by name, beside those that all models of a task share."""

    figures: Mapping[str, Figure] = field(default_factory=dict)
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)

    def __or__(self, more: Extras) -> Extras:
        """These, then more."""
        return Extras({**self.figures, **more.figures}, {**self.tables, **more.tables})


NO_EXTRAS = Extras()


@dataclass(frozen=True)
class Result:
    """One model's metrics, pictures, tables and fitted estimator.

    `metrics` has exactly METRIC_COLUMNS, one row a metric; other columns raise ValueError.
    `figures` and `tables` are keyed by the file name they get, without its ending. `estimator` is
    the one that is kept for new tracks, or None where there is none; `device` is torch's name of
    where it was trained.
    """

    metrics: pd.DataFrame
    figures: dict[str, Figure] = field(default_factory=dict)
    tables: dict[str, pd.DataFrame] = field(default_factory=dict)
    estimator: FittedEstimator | None = None
    device: str = "cpu"

    def __post_init__(self) -> None:
        if list(self.metrics.columns) != METRIC_COLUMNS:
            raise ValueError(
                f"a Result's metrics need the columns {METRIC_COLUMNS}, "
                f"got {list(self.metrics.columns)}"
            )
