"""Makes an asset of each record of a model or study, in the order of the lists of learning/."""

from typing import cast

import dagster as dg
import pandas as pd

from spotyt_dagster.defs.artifacts import FITTED, Artifacts, to_materialize_result
from spotyt_dagster.defs.automation import DAILY_AFTER_THE_CRAWL
from spotyt_dagster.defs.conventions import TRAINING_POOL, asset_defaults
from spotyt_dagster.defs.resources import Training
from spotyt_dagster.learning import classification, clustering, regression, tuning
from spotyt_dagster.learning.model import Model
from spotyt_dagster.learning.runner import run_model
from spotyt_dagster.reporting.effort import full_effort_words

_FITTED = "The model could be fitted; where it could not, its row on the leaderboard says why."


def model_asset(model: Model) -> dg.AssetsDefinition:
    """An asset `<task>/<name>` that trains one model."""
    key = dg.AssetKey([model.task, model.name])

    @dg.asset(
        name=model.name,
        description=model.description,
        ins={
            "tracks": dg.AssetIn(key=["tables", "track_features"]),
            "baseline": dg.AssetIn(key=["tables", "baseline_tracks"]),
        },
        check_specs=[dg.AssetCheckSpec(FITTED, asset=key, description=_FITTED)],
        pool=TRAINING_POOL,
        **asset_defaults(model.task, *model.kinds, automation_condition=DAILY_AFTER_THE_CRAWL),
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
        return to_materialize_result(run_model(model, tracks, baseline, training), key, artifacts)

    return cast(dg.AssetsDefinition, asset)


MODELS = [
    model_asset(model) for model in (*clustering.MODELS, *regression.MODELS, *classification.MODELS)
]

STUDIES = [model_asset(study) for study in tuning.STUDIES]
