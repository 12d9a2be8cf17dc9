"""Regression systems, one module each."""
