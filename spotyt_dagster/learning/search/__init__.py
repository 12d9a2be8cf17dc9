"""Searches for hyperparameters: what all studies of tuning/ share."""
