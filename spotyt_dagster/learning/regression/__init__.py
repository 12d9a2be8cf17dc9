"""Regression models: one file each, and their list in the order of the report."""

from spotyt_dagster.learning.regression import (
    correlation,
    dummy,
    ft_transformer,
    hist_gradient_boosting,
    knn,
    knn_elimination,
    lasso,
    leak_audit,
    linear,
    ols,
    ridge,
    tab_transformer,
    tabnet_regressor,
    xgboost_regressor,
)

MODELS = (
    dummy.MODEL,
    ols.MODEL,
    correlation.MODEL,
    linear.MODEL,
    ridge.MODEL,
    lasso.MODEL,
    knn.MODEL,
    xgboost_regressor.MODEL,
    hist_gradient_boosting.MODEL,
    tabnet_regressor.MODEL,
    tab_transformer.MODEL,
    ft_transformer.MODEL,
    knn_elimination.MODEL,
    leak_audit.MODEL,
)
