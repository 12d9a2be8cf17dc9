"""Clustering systems: one file each, and their list in the order of the report."""

from spotyt_dagster.learning.clustering import (
    autoencoder,
    cluster_comparison,
    dbscan,
    kmeans,
    vae,
)

MODELS = (
    kmeans.MODEL,
    dbscan.MODEL,
    autoencoder.MODEL,
    vae.MODEL,
    cluster_comparison.MODEL,
)
