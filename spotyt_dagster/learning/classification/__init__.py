"""Classification models: one file each, and their list in the order of the report."""

from spotyt_dagster.learning.classification import (
    dummy,
    gradient_boosting,
    leak_audit,
    logistic_regression,
    random_forest,
    svm,
    tabnet_classifier,
    tabpfn_classifier,
    xgboost_classifier,
)

MODELS = (
    dummy.MODEL,
    logistic_regression.MODEL,
    random_forest.MODEL,
    gradient_boosting.MODEL,
    xgboost_classifier.MODEL,
    svm.MODEL,
    tabnet_classifier.MODEL,
    tabpfn_classifier.MODEL,
    leak_audit.MODEL,
)
