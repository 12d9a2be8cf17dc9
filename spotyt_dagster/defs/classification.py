"""The group `classification`: one name a model, its file is `learning/classification/<name>.py`."""

from spotyt_dagster.defs.models import model_assets

MODELS = model_assets(
    "classification",
    "dummy",
    "logistic_regression",
    "random_forest",
    "gradient_boosting",
    "xgboost_classifier",
    "svm",
    "tabnet_classifier",
    "tabpfn_classifier",
    "leak_audit",
)
