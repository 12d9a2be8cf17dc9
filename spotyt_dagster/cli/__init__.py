"""`spotyt`: the pipeline from a terminal, on Dagster's own API."""

from .main import main

__all__ = ["main"]
