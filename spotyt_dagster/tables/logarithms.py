"""Logarithms of counts: the names of such columns, log10(1 + x), and the way back.

Which columns have a logarithm, features.py says; which of the two a model reads, feature_sets.py.
"""

import narwhals as nw
import pandas as pd

_PREFIX = "log10_"


def log_name(column: str) -> str:
    """The name of the column that holds a column's logarithm."""
    return f"{_PREFIX}{column}"


def raw_name(column: str) -> str:
    """The name of the column that a logarithm is of; any other name as it is.

    Example:
        >>> raw_name("log10_Stream"), raw_name("Stream")
        ('Stream', 'Stream')
    """
    return column.removeprefix(_PREFIX)


def is_logarithm(column: str) -> bool:
    """Whether a column holds the logarithm of another."""
    return column.startswith(_PREFIX)


def logarithm(count: nw.Expr) -> nw.Expr:
    """log10(1 + count) as Float64: 0 has one, too."""
    return (count.cast(nw.Float64()) + 1).log(10)


def count_of(logarithms: pd.Series) -> pd.Series:
    """The counts (float64) whose `logarithm` these are: 10^x - 1."""
    return 10**logarithms - 1
