"""Clustering systems: one file each, listed in systems.py; and what compares them."""

from spotyt_dagster.learning.clustering import cluster_comparison
from spotyt_dagster.learning.clustering.systems import SYSTEMS

MODELS = (*SYSTEMS, cluster_comparison.MODEL)
