"""Clustering systems, one module each."""
