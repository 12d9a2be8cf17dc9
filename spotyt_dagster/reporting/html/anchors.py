"""Ids of parts of the page, from the paths of assets."""

import re


def anchor(path: str) -> str:
    """An id that a link can lead to.

    Example:
        >>> anchor("regression/knn")
        'regression-knn'
    """
    return re.sub(r"[^A-Za-z0-9]+", "-", path).strip("-")
