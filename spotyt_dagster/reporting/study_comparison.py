"""The study's figures and ours, and sentences on why they differ.

They are data: study_figures.csv, one row a figure, or one without a figure where the study showed a
picture or an order only; `metric` is then the one of ours that says most of it. `tuned` says that
the study stopped or tuned that model on its test rows.
"""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

import numpy as np
import pandas as pd

from spotyt_dagster.learning.evaluation.metric_table import NO_FIGURES

_SAME_FIT = ["task", "model", "snapshot", "detail", "fit_scale", "split", "target", "metric"]
_BASELINE_TARGETS = {"viewCount": "Views", "likeCount": "Likes", "commentCount": "Comments"}

_SYNTHETIC = "The tracks are synthetic (sample), so the difference says nothing about music."
_SIMULATED = "Our counts of today are simulated (sandbox), so this is no finding about music."
_LATER = (
    "Our counts were fetched later than the study's (autumn 2024), and since 2026-08-27 YouTube "
    "counts a view at the start of playback."
)
_NO_FIGURE = "The study gives no figure, a picture or an order only."
_INPUTS = "The study does not list its inputs; ours: {features}."
_CLASSES = "The study does not say what its classes are; ours is viewCount > Stream."
_NOT_TUNED = "The study stopped or tuned on its test rows; ours never sees them."
_QUICK = "Ours ran at quick effort: fewer rows, trees, starts or epochs than at full."
_ONE_EFFORT = ("ols", "correlation", "linear", "ridge", "lasso", "knn", "dbscan")
_ONE_INPUT = ("ols", "correlation")
_NOT_RUN = "Not in this run."


@cache
def _figures() -> pd.DataFrame:
    return pd.read_csv(
        files("spotyt_dagster.reporting") / "study_figures.csv",  # pyright: ignore[reportArgumentType]
        dtype={"figure": "float64", "tuned": "bool"},
        keep_default_na=False,
        na_values={"figure": [""]},
    )


def study_figures() -> pd.DataFrame:
    """Every line of the study's three tables of models.

    Columns: task, model, detail, split, target, metric (text), figure (float64, NaN where there
    is none), tuned (bool), wording.
    """
    return _figures().copy()


def study_comparison(leaderboard: pd.DataFrame) -> pd.DataFrame:
    """Every line of the study's tables beside ours, in the study's order.

    Columns: task, model, figure (a phrase), metric, study (NaN where it gives none), ours (the
    same split, crawled columns), low, high (95 % interval of ours), difference (ours - study),
    by_artist (the same fit with no artist on both sides), on_2023 (the same on the columns of 2023,
    where nothing is crawled), raw_source, api, why (sentences). Ours is NaN, and `why` says so,
    where the model has not run.
    """
    study = study_figures()
    crawled = study.assign(snapshot="crawled", fit_scale="identity")
    kaggle = crawled.assign(snapshot="baseline", target=study["target"].replace(_BASELINE_TARGETS))
    ours = _beside(crawled, leaderboard, _SAME_FIT)
    grouped = leaderboard[leaderboard["protocol"] == "grouped"]
    by_artist = _beside(crawled, grouped, [key for key in _SAME_FIT if key != "split"])
    table = pd.DataFrame(
        {
            "task": study["task"],
            "model": study["model"],
            "figure": study["wording"],
            "metric": study["metric"],
            "study": study["figure"],
            "ours": ours["value"],
            "low": ours["low"],
            "high": ours["high"],
            "difference": ours["value"] - study["figure"],
            "by_artist": by_artist["value"],
            "on_2023": _beside(kaggle, leaderboard, _SAME_FIT)["value"],
            "raw_source": ours["raw_source"],
            "api": ours["api"],
        }
    )
    unfitted = leaderboard[leaderboard["status"].isin(NO_FIGURES)]
    reasons = {
        (row["task"], row["model"]): " ".join([f"{row['status'].capitalize()}:", *row["notes"]])
        for row in unfitted.to_dict("records")
    }
    return table.assign(
        why=[
            _why(line, row, reasons)
            for (_, line), (_, row) in zip(study.iterrows(), ours.iterrows(), strict=True)
        ]
    )


def _beside(study: pd.DataFrame, leaderboard: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """For each of the study's rows the leaderboard's row of the same fit, NaN where none is."""
    first = leaderboard.drop_duplicates(keys).set_index(keys)
    return first.reindex(pd.MultiIndex.from_frame(study[keys])).reset_index()


def _why(line: pd.Series, ours: pd.Series, reasons: Mapping[tuple[str, str], str]) -> str:
    if np.isnan(ours["value"]):
        return reasons.get((line["task"], line["model"]), _NOT_RUN)
    sentences = [
        (_NO_FIGURE, np.isnan(line["figure"])),
        (_SYNTHETIC, "sample" in ours["raw_source"]),
        (_SIMULATED, "sandbox" in ours["api"] and "sample" not in ours["raw_source"]),
        (_LATER, "live" in ours["api"]),
        (_INPUTS.format(features=ours["features"]), line["model"] not in _ONE_INPUT),
        (_CLASSES, line["task"] == "classification"),
        (_NOT_TUNED, line["tuned"]),
        (_QUICK, ours["effort"] == "quick" and line["model"] not in _ONE_EFFORT),
        *((f"Note: {note}.", True) for note in ours["notes"]),
    ]
    return " ".join(sentence for sentence, applies in sentences if applies)
