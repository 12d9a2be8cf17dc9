"""Linear regression on all features, the plainest of the study's regressors."""

import pandas as pd

from spotyt_dagster.learning.model import Analysis
from spotyt_dagster.learning.pipelines import imputed
from spotyt_dagster.learning.regression.linear_family import linear_result
from spotyt_dagster.learning.result import Result
from spotyt_dagster.settings import LearningSettings


def linear(tracks: pd.DataFrame, baseline: pd.DataFrame, settings: LearningSettings) -> Result:
    """Views, their logarithm and their growth as a weighted sum of all features.

    Features are standardised, so that their coefficients can be compared.
    """
    from sklearn.linear_model import LinearRegression

    estimator = imputed(LinearRegression(), scale=True)
    return linear_result(estimator, tracks, baseline, settings, model="linear")


MODEL = Analysis(
    task="regression",
    name="linear",
    title="Linear",
    description="Views, their logarithm and their growth as a weighted sum of all features.",
    analyse=linear,
)
