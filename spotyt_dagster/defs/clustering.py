"""The group `clustering`: one name a model, its file is `learning/clustering/<name>.py`."""

from spotyt_dagster.defs.models import model_assets

MODELS = model_assets(
    "clustering",
    "kmeans",
    "dbscan",
    "autoencoder",
    "vae",
    "cluster_comparison",
)
