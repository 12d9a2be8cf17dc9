"""Finds clusters in the code that a network makes of tracks.

What autoencoder.py and vae.py share. The encoders are estimators/autoencoders.py's.
"""

import time
from dataclasses import replace
from typing import Any, NamedTuple

from sklearn.pipeline import Pipeline, make_pipeline

from spotyt_dagster.learning import deep
from spotyt_dagster.learning.clustering.feature_space import (
    Space,
    cluster_rows,
    labels_table,
    profile,
    quality,
)
from spotyt_dagster.learning.clustering.kmeans import STUDY_K, fit_kmeans
from spotyt_dagster.learning.deep import device
from spotyt_dagster.learning.estimators.autoencoders import (
    AutoencoderTransformer,
    VariationalAutoencoderTransformer,
)
from spotyt_dagster.learning.evaluation.splits import kept_apart
from spotyt_dagster.learning.result import Result
from spotyt_dagster.settings import LearningSettings

Encoder = AutoencoderTransformer | VariationalAutoencoderTransformer


class CodeClusters(NamedTuple):
    """An encoder fitted on a space, its code as a space of the same tracks, K-means on that.

    The code's space prepares rows as far as the code. `seconds` is both fits together.
    """

    encoder: Encoder
    code: Space
    model: Any
    seconds: float


def code_clusters(space: Space, kind: type[Encoder], settings: LearningSettings) -> CodeClusters:
    """Fit an encoder on a space's points, and four clusters of K-means on its code."""
    start = time.perf_counter()
    encoder = kind(
        max_epochs=settings.choose(20, 200),
        schedule=settings.learning_rate_schedule,
        random_state=settings.seed,
    )
    encoder.fit(space.points, **kept_apart(space.frame))
    preparation = make_pipeline(*(step for _, step in space.preparation.steps), encoder)
    code = replace(space, points=encoder.transform(space.points), preparation=preparation)
    model = fit_kmeans(code, STUDY_K, settings)
    return CodeClusters(encoder, code, model, time.perf_counter() - start)


def code_result(
    found: CodeClusters,
    space: Space,
    settings: LearningSettings,
    *,
    model: str,
    measured: dict[str, float],
) -> Result:
    """A system's Result without pictures; `measured` goes to the metrics beside the clusters'.

    Scores are measured on the points that all systems share, once more on the code where their
    name ends in "_of_code": distances in the one are not distances in the other.
    """
    labels, encoder = found.model.labels_, found.encoder
    own = quality(found.code.points, labels, settings.seed)
    scores = ("silhouette", "davies_bouldin", "calinski_harabasz")
    metrics = cluster_rows(
        space,
        quality(space.points, labels, settings.seed)
        | {f"{score}_of_code": own[score] for score in scores}
        | measured,
        settings,
        model=model,
        detail=f"k={STUDY_K}",
        fit_seconds=found.seconds,
        notes=(
            f"fitted on {encoder.n_fitted_:,} rows; stopped, and its reconstruction measured, on "
            f"{encoder.n_validation_:,} of other artists",
            deep.device_note(),
        ),
    )
    return Result(
        metrics,
        tables={
            "profile": profile(space, labels),
            "labels": labels_table(space, labels),
            "learning_curve": encoder.curve_,
        },
        estimator=space.kept(Pipeline([*found.code.preparation.steps, ("model", found.model)])),
        device=device(),
    )
