"""The synthetic data set: a table in the shape and with the statistics of Kaggle's.

Nothing here answers requests (that is `sandbox/`), and no value of the real table is kept: only the
statistics in `parameters.json`, which `tools/sample_statistics` measured.
"""
