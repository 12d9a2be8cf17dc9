"""Watches what splitters do, where scikit-learn and our own define split(), in this process."""

import sys
import threading
from collections.abc import Callable, Iterator
from functools import wraps
from inspect import isclass, signature
from typing import Any

import numpy as np
import pandas as pd
import sklearn
from sklearn import model_selection

from spotyt_dagster.learning.evaluation import splits

Cut = dict[str, Any]
"""One split: splitter (its class), in_fit (whether estimators route metadata, as they do in a fit
alone), and how many artists and videos are on both sides, None where that cannot be known."""


class Watch:
    """While it is entered, `cuts` gets every split that is made in this process.

    Whose the rows of a fit are it reads from the table that splits.kept_apart() is given, not from
    what reaches the splitter, which may be nothing or something else.
    """

    def __init__(self) -> None:
        self.cuts: list[Cut] = []
        self._fit = threading.local()  # folds are fitted in threads
        self._active: set[int] = set()  # splitters at work: each calls the split() of its bases
        self._restore: list[tuple[Any, str, Any]] = []

    def __enter__(self) -> "Watch":
        public = [*vars(model_selection).values(), *vars(splits).values()]
        folds: Any = [([0], [1])]
        folds_in_a_list = type(model_selection.check_cv(folds))
        kinds = {
            base
            for kind in (*filter(isclass, public), folds_in_a_list)
            for base in kind.__mro__
            if "split" in vars(base)
        }
        for kind in kinds:
            self._replace(kind, "split", self._watched(kind.split))
        told, watched = splits.kept_apart, self._told(splits.kept_apart)
        for module in list(sys.modules.values()):
            if getattr(module, "kept_apart", None) is told:
                self._replace(module, "kept_apart", watched)
        return self

    def __exit__(self, *_: object) -> None:
        for owner, name, original in self._restore:
            setattr(owner, name, original)

    def _replace(self, owner: Any, name: str, new: Any) -> None:
        self._restore.append((owner, name, getattr(owner, name)))
        setattr(owner, name, new)

    def _told(self, kept_apart: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(kept_apart)
        def told(frame: pd.DataFrame) -> dict[str, np.ndarray]:
            self._fit.frame = frame
            return kept_apart(frame)

        return told

    def _watched(self, split: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(split)
        def watched(splitter: Any, *args: Any, **kwargs: Any) -> Iterator[Any]:
            if id(splitter) in self._active:
                yield from split(splitter, *args, **kwargs)
                return
            given = signature(split).bind(splitter, *args, **kwargs).arguments
            of_fit: Any = getattr(self._fit, "frame", None)
            if of_fit is not None and len(of_fit) == len(given["X"]):
                given |= {"groups": of_fit["Artist"], "linked": of_fit["video_id"]}
            self._active.add(id(splitter))
            try:
                for train, test in split(splitter, *args, **kwargs):
                    self.cuts.append(
                        {
                            "splitter": type(splitter).__name__,
                            "in_fit": sklearn.get_config()["enable_metadata_routing"],
                            "artists": _on_both_sides(given.get("groups"), train, test),
                            "videos": _on_both_sides(given.get("linked"), train, test),
                        }
                    )
                    yield train, test
            finally:
                self._active.discard(id(splitter))

        return watched


def _on_both_sides(owners: Any, train: np.ndarray, test: np.ndarray) -> int | None:
    if owners is None:
        return None
    owners = np.asarray(owners)
    return len(set(owners[train]) & set(owners[test]))
