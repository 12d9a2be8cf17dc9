"""Estimators that scikit-learn lacks, each by scikit-learn's own rules.

Hyperparameters and nothing else in `__init__`. Where rows are split inside, `fit(X, y, groups=None,
linked=None)`, groups being the artist and linked the video, or the same as metadata for a splitter.
Fitted attributes have a trailing underscore, and `check_estimator` passes for each. What they
predict, and with which sizes, is the models' business.
"""
