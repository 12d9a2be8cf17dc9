"""The group `regression`: one name a model, its file is `learning/regression/<name>.py`."""

from .models import model_assets

MODELS = model_assets("regression", "ols", "knn")
