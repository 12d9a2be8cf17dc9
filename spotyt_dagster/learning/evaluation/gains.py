"""What each step adds to a score: columns or models compared on the same tracks.

Which steps are compared, the caller says; how one fit is tested is evaluate.py's.
"""

from collections.abc import Mapping
from itertools import pairwise

import numpy as np
import pandas as pd

from spotyt_dagster.learning.evaluation.evaluate import Evaluation
from spotyt_dagster.learning.evaluation.intervals import (
    Interval,
    Measure,
    bootstrap_intervals,
    paired_intervals,
)
from spotyt_dagster.learning.evaluation.metrics import (
    BY_NAME,
    classification_measure,
    regression_measure,
)

GAIN_COLUMNS = (
    *("step", "features", "metric", "n", "value", "low", "high"),
    *("gain", "gain_low", "gain_high"),
)


def gains(evaluations: Mapping[str, Evaluation], metric: str, seed: int) -> pd.DataFrame:
    """One row a step (GAIN_COLUMNS): its score, and what it gained over the step before.

    The score is that of all tested tracks together, on the scale that was fitted on; a leaderboard
    has the mean over folds. Both intervals (95 %) are a bootstrap of artists, the gain's of the
    difference on the same resamples (paired_intervals()); as the fits stay as they are, neither
    knows of other training rows. The first step's gain is NaN.

    Args:
        evaluations: by the name of the step, in order; of the same target and tracks.
        metric: its name in the registry.
        seed: of the resamples.

    Raises:
        ValueError: two steps were tested on different tracks or targets.
    """
    tested = {name: _tested(evaluation) for name, evaluation in evaluations.items()}
    for (one, a), (other, b) in pairwise(tested.items()):
        if not a[["row", "y"]].equals(b[["row", "y"]]):
            raise ValueError(f"{one} and {other} were not tested on the same tracks and target")
    measures = [_measure(evaluations[name], rows, metric) for name, rows in tested.items()]
    rows, previous = [], None
    for (name, evaluation), measure in zip(evaluations.items(), measures, strict=True):
        artists = evaluation.problem.frame["Artist"].loc[tested[name]["row"]].to_numpy()
        gain: Interval = (np.nan, np.nan, np.nan)
        if previous is not None:
            gain = paired_intervals(previous, measure, artists, seed)[metric]
        value = bootstrap_intervals(measure, artists, seed)[metric]
        features = evaluation.metrics["features"].iloc[0]
        rows.append((name, features, metric, len(artists), *value, *gain))
        previous = measure
    return pd.DataFrame(rows, columns=list(GAIN_COLUMNS))


def _tested(evaluation: Evaluation) -> pd.DataFrame:
    return evaluation.predictions.sort_values("row").reset_index(drop=True)


def _measure(evaluation: Evaluation, rows: pd.DataFrame, metric: str) -> Measure:
    y, prediction = rows["y"].to_numpy(), rows["prediction"].to_numpy()
    chosen = [BY_NAME[metric]]
    if evaluation.problem.task == "regression":
        return regression_measure(y, prediction, metrics=chosen)
    return classification_measure(
        y,
        prediction,
        rows["score"].to_numpy(),
        probabilities=evaluation.probabilities,
        metrics=chosen,
    )
