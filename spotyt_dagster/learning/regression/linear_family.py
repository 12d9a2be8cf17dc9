"""What linear, ridge and lasso share: their targets, their tables and pictures.

Each model's own file holds its estimator and how its penalty is chosen.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pandas as pd

from spotyt_dagster.figures import linear as pictures
from spotyt_dagster.learning.evaluation.evaluate import FIT_COLUMNS, Evaluation, evaluate_problems
from spotyt_dagster.learning.evaluation.task import view_problems
from spotyt_dagster.learning.regression.results import regression_result
from spotyt_dagster.learning.result import Result
from spotyt_dagster.settings import LearningSettings

if TYPE_CHECKING:
    from matplotlib.figure import Figure

CURVE_COLUMNS = ("alpha", "rmse", "low", "high")


def linear_result(
    estimator: Any,
    tracks: pd.DataFrame,
    baseline: pd.DataFrame,
    settings: LearningSettings,
    *,
    model: str,
    penalty_curve: Callable[[Any], pd.DataFrame] | None = None,
) -> Result:
    """The Result of a linear model behind a standard scaler: the targets of view_problems().

    `penalty_curve` makes CURVE_COLUMNS of the pipeline's fitted last step, one row an alpha.
    """
    evaluations = evaluate_problems(
        estimator, view_problems(tracks, baseline), settings, model=model
    )
    _, grouped, *_ = evaluations
    weights = coefficient_table(evaluations)
    figures = {"coefficients": _coefficients_figure(weights, model)}
    tables = {"coefficients": weights}
    if penalty_curve:
        tables["penalty_curve"] = (curve := penalty_curve(grouped.estimator[-1]))
        tables["penalties"] = _penalty_table(evaluations)
        figures["penalty"] = pictures.penalty_curve(
            curve, penalty(grouped.estimator[-1]), ylabel="RMSE on held-out training rows (views)",
            title=f"{model.capitalize()}: penalty, chosen on folds of training rows (leak-free)",
        )  # fmt: skip
    return regression_result(*evaluations, name=model.capitalize(), figures=figures, tables=tables)


def coefficient_table(evaluations: list[Evaluation]) -> pd.DataFrame:
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


def _penalty_table(evaluations: list[Evaluation]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            names | {"alpha": penalty(fitted[-1])}
            for evaluation in evaluations
            for names, fitted in evaluation.fits
        ]
    )


def _coefficients_figure(weights: pd.DataFrame, model: str) -> Figure:
    of_views = weights[weights["target"] == "viewCount"]
    panels = {"grouped": "leak-free, by artist", "study": "random split"}
    return pictures.coefficients(
        {name: of_views[of_views["protocol"] == protocol] for protocol, name in panels.items()},
        unit="views for one SD",
        title=f"{model.capitalize()}: coefficients for viewCount",
    )
