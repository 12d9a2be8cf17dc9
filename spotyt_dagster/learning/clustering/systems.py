"""The clustering systems, in the order of the report; cluster_comparison.py compares them all."""

from spotyt_dagster.learning.clustering import autoencoder, dbscan, kmeans, vae

SYSTEMS = (
    kmeans.MODEL,
    dbscan.MODEL,
    autoencoder.MODEL,
    vae.MODEL,
)
