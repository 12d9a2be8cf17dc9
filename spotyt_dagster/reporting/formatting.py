"""How a value of any kind is written for a reader.

Only single values: which values stand where is leaderboard.py's and report.py's work, and what
they are called is labels.py's.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

import numpy as np
import pandas as pd

NOTHING = "–"
_CODE_NAME = re.compile(r"[a-z][a-z0-9_]*")
_NAMES = {
    "ft_transformer": "FT-Transformer",
    "hist_gradient_boosting": "Histogram gradient boosting",
    "tab_transformer": "TabTransformer",
}
_SPELT = {
    "aic": "AIC",
    "api": "API",
    "auc": "AUC",
    "bic": "BIC",
    "dbscan": "DBSCAN",
    "f": "F",
    "f1": "F1",
    "hc3": "HC3",
    "kmeans": "K-means",
    "knn": "KNN",
    "mae": "MAE",
    "mse": "MSE",
    "n": "n",
    "nrmse": "NRMSE",
    "ols": "OLS",
    "p": "p",
    "pca": "PCA",
    "r2": "R²",
    "rmse": "RMSE",
    "roc": "ROC",
    "svm": "SVM",
    "t": "t",
    "tabnet": "TabNet",
    "tabpfn": "TabPFN",
    "tsne": "t-SNE",
    "url": "URL",
    "vae": "VAE",
    "xgboost": "XGBoost",
    "y": "y",
}


def number(value: float) -> str:
    """A number in about four figures.

    >>> print(number(15_260), number(0.38691), number(247_200_000), number(-2.1e-5))
    15,260 0.387 247.2M −2.1e−05
    """
    if not math.isfinite(value):
        return NOTHING if math.isnan(value) else ("∞" if value > 0 else "−∞")
    return _plain(value).replace("-", "−")


def score(value: float) -> str:
    """A metric's value: to three decimals below 100, so that a column of them lines up."""
    return f"{value + 0.0:.3f}".replace("-", "−") if 0.0005 <= abs(value) < 100 else _far(value)


def share(value: float) -> str:
    """A share of one in per cent.

    >>> share(0.959)
    '95.9 %'
    """
    return NOTHING if math.isnan(value) else f"{value:.1%}".replace("%", " %")


def interval(low: float, high: float) -> str:
    """A 95 % interval as "0.512 to 0.583", or nothing where there is none."""
    return "" if math.isnan(low) or math.isnan(high) else f"{score(low)} to {score(high)}"


def seconds(value: float) -> str:
    """A duration in seconds, in the units that suit it.

    >>> print(seconds(0.3), "|", seconds(200), "|", seconds(7_500))
    0.3 s | 3 min 20 s | 2 h 5 min
    """
    if math.isnan(value):
        return NOTHING
    if value < 10:
        return f"{value:.1f} s" if value >= 0.05 else "< 0.1 s"
    minutes, rest = divmod(round(value), 60)
    if minutes >= 60:
        return f"{minutes // 60} h {minutes % 60} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def minutes(value: float) -> str:
    """A rough duration in seconds, as whole minutes.

    >>> print(minutes(31), "|", minutes(725), "|", minutes(5_040))
    under a minute | 12 min | 1 h 24 min
    """
    return "under a minute" if value < 60 else seconds(60 * round(value / 60)).removesuffix(" 0 s")


def cell(value: Any) -> str:
    """Any value of a data frame's cell as text."""
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    if isinstance(value, int | np.integer):
        return f"{value:,}"
    if isinstance(value, float | np.floating):
        return number(float(value))
    if isinstance(value, datetime):
        return NOTHING if pd.isna(value) else _moment(value)
    if value is None or value is pd.NA:
        return NOTHING
    if pd.api.types.is_list_like(value):
        return several(value)
    return str(value)


def several(values: Iterable[Any]) -> str:
    """Texts in one line, such as the notes on a fit."""
    return " · ".join(map(cell, values))


def summary_value(name: str, value: Any) -> str | list[tuple[str, str]]:
    """A value of the run's summary as text, or as labelled lines where it is a mapping.

    A float whose name ends in coverage or share is a share of one and is written in per cent.
    """
    if isinstance(value, Mapping):
        return [(label(str(key)), cell(part)) for key, part in value.items()]
    if isinstance(value, float) and name.endswith(("coverage", "share")) and not math.isnan(value):
        return share(value)
    if isinstance(value, date) and not isinstance(value, datetime):
        return f"{value:%-d %B %Y}"
    return cell(value)


def label(name: str) -> str:
    """A name from the code as words.

    >>> label("roc_auc")
    'ROC AUC'
    """
    if not _CODE_NAME.fullmatch(name):
        return name
    if name in _NAMES:
        return _NAMES[name]
    first, *others = name.split("_")
    words = [_SPELT.get(first, first.capitalize()), *(_SPELT.get(word, word) for word in others)]
    return " ".join(words)


def caption(name: str) -> str:
    """A file's name as words; the names of columns in it keep their spelling."""
    return label(name) if _CODE_NAME.fullmatch(name) else name.replace("_", " ")


def is_numeric(column: pd.Series) -> bool:
    """Whether a column is set flush right."""
    return pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)


def _plain(value: float) -> str:
    size = abs(value)
    if size >= 1e15:
        return f"{value:.1e}"
    if float(value).is_integer() and size < 1e6:
        return f"{value:,.0f}"
    for limit, suffix in ((1e12, "T"), (1e9, "B"), (1e6, "M")):
        if size >= limit:
            return f"{value / limit:,.1f}{suffix}"
    if size >= 100:
        return f"{value:,.1f}" if size < 10_000 else f"{value:,.0f}"
    return f"{value:.3f}" if size >= 0.001 else f"{value:.1e}"


def _far(value: float) -> str:
    return "0.000" if abs(value) < 0.0005 else number(value)


def _moment(value: datetime) -> str:
    return f"{value:%-d %B %Y, %H:%M} {value.tzname() or ''}".strip()
