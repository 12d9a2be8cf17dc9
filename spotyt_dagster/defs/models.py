"""Makes an asset of a model: one name here for one file on the lower storey."""

import importlib
from collections.abc import Callable
from typing import Any, cast

import dagster as dg
import pandas as pd

from spotyt_dagster.defs.artifacts import (
    FITTED,
    Artifacts,
    to_materialize_result,
)
from spotyt_dagster.defs.automation import DAILY_AFTER_THE_CRAWL
from spotyt_dagster.defs.conventions import TRAINING_POOL, asset_defaults
from spotyt_dagster.defs.resources import Training
from spotyt_dagster.learning.result import run_model
from spotyt_dagster.reporting.effort import full_effort_words


def model_assets(group: str, *names: str) -> list[dg.AssetsDefinition]:
    """Assets `<group>/<name>` of the functions `learning.<group>.<name>.<name>`."""
    return [
        model_asset(group, _function(f"spotyt_dagster.learning.{group}.{name}", name))
        for name in names
    ]


def model_asset(group: str, function: Callable[..., Any]) -> dg.AssetsDefinition:
    """An asset that trains one model; its description is the first paragraph of the docstring.

    The function's module may name its `KINDS` (at most three, as Dagster allows).
    """
    kinds = getattr(importlib.import_module(function.__module__), "KINDS", ("scikitlearn",))
    key = dg.AssetKey([group, function.__name__])

    @dg.asset(
        name=function.__name__,
        description=_first_paragraph(function),
        ins={
            "tracks": dg.AssetIn(key=["tables", "track_features"]),
            "baseline": dg.AssetIn(key=["tables", "baseline_tracks"]),
        },
        check_specs=[dg.AssetCheckSpec(FITTED, asset=key, description=_FITTED)],
        pool=TRAINING_POOL,
        **asset_defaults(group, *kinds, automation_condition=DAILY_AFTER_THE_CRAWL),
    )
    # No return annotation: beside check results Dagster would take only a tuple for one.
    def asset(
        context: dg.AssetExecutionContext,
        tracks: pd.DataFrame,
        baseline: pd.DataFrame,
        training: Training,
        artifacts: Artifacts,
    ):
        if training.effort == "full":
            context.log.info(full_effort_words([key.to_user_string()], len(tracks)))
        return to_materialize_result(
            run_model(function, tracks, baseline, training), key, artifacts
        )

    return cast(dg.AssetsDefinition, asset)


_FITTED = "The model could be fitted; where it could not, its row on the leaderboard says why."


def _function(module: str, name: str) -> Callable[..., Any]:
    return getattr(importlib.import_module(module), name)


def _first_paragraph(function: Callable[..., Any]) -> str:
    return " ".join((function.__doc__ or "").strip().split("\n\n")[0].split())
