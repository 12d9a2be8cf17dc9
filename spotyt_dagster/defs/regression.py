"""The group `regression`: one name a model, its file is `learning/regression/<name>.py`."""

from spotyt_dagster.defs.models import model_assets

MODELS = model_assets(
    "regression",
    "dummy",
    "ols",
    "correlation",
    "linear",
    "ridge",
    "lasso",
    "knn",
    "xgboost_regressor",
    "hist_gradient_boosting",
    "tabnet_regressor",
    "tab_transformer",
    "ft_transformer",
    "knn_elimination",
    "leak_audit",
)
