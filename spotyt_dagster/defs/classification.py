"""The group `classification`: one name a model, its file is `learning/classification/<name>.py`."""

from .models import model_assets

MODELS = model_assets("classification", "random_forest")
