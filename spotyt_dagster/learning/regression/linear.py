"""Linear regression on all features, the plainest of the study's regressors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spotyt_dagster.learning.pipelines import imputed
from spotyt_dagster.learning.regression.linear_family import coefficients
from spotyt_dagster.learning.regression.regressor import Regressor
from spotyt_dagster.settings import LearningSettings

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline


def estimator(_: LearningSettings) -> Pipeline:
    """Unfitted line through standardised features, so that coefficients can be compared."""
    from sklearn.linear_model import LinearRegression

    return imputed(LinearRegression(), scale=True)


MODEL = Regressor(
    name="linear",
    title="Linear",
    description="Views, their logarithm and their growth as a weighted sum of all features.",
    estimator=estimator,
    look=coefficients,
)
