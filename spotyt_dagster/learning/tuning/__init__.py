"""The study's tuning chapter: one file a study, and their list. What they share is search/."""

from spotyt_dagster.learning.tuning import tabnet_classifier, tabnet_regressor, xgboost_regressor

STUDIES = (
    tabnet_regressor.STUDY,
    tabnet_classifier.STUDY,
    xgboost_regressor.STUDY,
)
