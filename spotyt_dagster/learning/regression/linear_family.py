"""What linear, ridge and lasso share: the tables and pictures of their coefficients.

Each model's own file holds its estimator and how its penalty is chosen.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd

from spotyt_dagster.figures import linear as pictures
from spotyt_dagster.learning.evaluation.evaluate import FIT_COLUMNS, Evaluation
from spotyt_dagster.learning.result import Extras
from spotyt_dagster.settings import LearningSettings

CURVE_COLUMNS = ("alpha", "rmse", "low", "high")


def coefficients(
    evaluations: Sequence[Evaluation], title: str, _settings: LearningSettings
) -> Extras:
    """Coefficients of a linear model behind a standard scaler: a table and a picture."""
    weights = coefficient_table(evaluations)
    of_views = weights[weights["target"] == "viewCount"]
    panels = {"grouped": "leak-free, by artist", "study": "random split"}
    figure = pictures.coefficients(
        {name: of_views[of_views["protocol"] == protocol] for protocol, name in panels.items()},
        unit="views for one SD",
        title=f"{title}: coefficients for viewCount",
    )
    return Extras({"coefficients": figure}, {"coefficients": weights})


def with_penalty(
    penalty_curve: Callable[[Any], pd.DataFrame],
) -> Callable[[Sequence[Evaluation], str, LearningSettings], Extras]:
    """What shows coefficients and how their penalty was chosen.

    `penalty_curve` makes CURVE_COLUMNS of the pipeline's fitted last step, one row an alpha.
    """

    def look(evaluations: Sequence[Evaluation], title: str, settings: LearningSettings) -> Extras:
        _, grouped, *_ = evaluations
        search = grouped.estimator[-1]
        curve = penalty_curve(search)
        figure = pictures.penalty_curve(
            curve,
            penalty(search),
            ylabel="RMSE on held-out training rows (views)",
            title=f"{title}: penalty, chosen on folds of training rows (leak-free)",
        )
        chosen = Extras(
            {"penalty": figure},
            {"penalty_curve": curve, "penalties": _penalty_table(evaluations)},
        )
        return coefficients(evaluations, title, settings) | chosen

    return look


def coefficient_table(evaluations: Sequence[Evaluation]) -> pd.DataFrame:
    """One row a fit and feature: FIT_COLUMNS, feature, coefficient.

    A coefficient is the change of the target, in its own unit, for one standard deviation of the
    feature.
    """
    parts = []
    for evaluation in evaluations:
        for names, fitted in evaluation.fits:
            weights = getattr(fitted[-1], "best_estimator_", fitted[-1]).coef_
            table = pd.DataFrame({"feature": evaluation.columns, "coefficient": weights})
            parts.append(table.assign(**names))
    table = pd.concat(parts, ignore_index=True)
    return table[[*FIT_COLUMNS, "feature", "coefficient"]]


def penalty(fitted: Any) -> float:
    """The alpha that a fitted LassoCV or a grid search over Ridge chose."""
    return float(getattr(fitted, "alpha_", None) or fitted.best_params_["alpha"])


def _penalty_table(evaluations: Sequence[Evaluation]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            names | {"alpha": penalty(fitted[-1])}
            for evaluation in evaluations
            for names, fitted in evaluation.fits
        ]
    )
