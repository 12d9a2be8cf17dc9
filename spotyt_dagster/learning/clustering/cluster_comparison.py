"""All clustering systems on the same tracks, measured alike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from itertools import combinations, product

import numpy as np
import pandas as pd

from spotyt_dagster.figures import cluster_systems
from spotyt_dagster.learning import parallel
from spotyt_dagster.learning.clustering.feature_space import Space, cluster_rows, quality
from spotyt_dagster.learning.clustering.snapshots import Figures, on_both_tables
from spotyt_dagster.learning.clustering.systems import SYSTEMS
from spotyt_dagster.learning.deep import device
from spotyt_dagster.learning.evaluation.metric_table import join_metrics
from spotyt_dagster.learning.model import Analysis
from spotyt_dagster.learning.result import Result
from spotyt_dagster.learning.timing import timed
from spotyt_dagster.settings import LearningSettings

SEEDED = {system.title: system for system in SYSTEMS if system.seeded}
SEEDS = 10
QUICK_ROWS = 1500  # of the stability at quick effort: networks on all rows take 1 s a seed


def cluster_comparison(
    tracks: pd.DataFrame, baseline: pd.DataFrame, settings: LearningSettings
) -> Result:
    """All clustering systems side by side: scores, sizes, agreement, stability over ten seeds.

    Each is fitted anew with the study's numbers (k = 4, eps = 6) and measured on the same
    standardised tracks. Agreement and stability are adjusted Rand indices: 0 is chance, 1 the
    same clusters.
    """
    device()
    return on_both_tables(_compare, tracks, baseline, settings)


def _compare(space: Space, settings: LearningSettings) -> tuple[Result, Callable[[], Figures]]:
    fits = {system.title: timed(system.find, space, settings) for system in SYSTEMS}
    found = {name: labels for name, (labels, _) in fits.items()}
    sizes, agreement = _sizes(found), _agreement(found)
    part = _part(space, settings)
    stability = _stability(part, settings, len(space.points))
    means = stability.groupby("system")["adjusted_rand"].mean()
    scores = {
        name: quality(space.points, labels, settings.seed)
        | {"stability": float(means.get(name, np.nan))}
        for name, labels in found.items()
    }
    metrics = join_metrics(
        cluster_rows(
            space,
            scores[name] | _with_others(agreement, name),
            settings,
            model="cluster_comparison",
            detail=name,
            fit_seconds=seconds,
            notes=(_on_stability(name, len(part.frame)),),
        )
        for name, (_, seconds) in fits.items()
    )
    tables = {
        "systems": pd.DataFrame(scores).T.rename_axis("system").reset_index(),
        "sizes": sizes,
        "agreement": agreement.reset_index(),
        "stability": stability,
    }
    return Result(metrics, tables=tables, device=device()), partial(_figures, space, tables)


def _part(space: Space, settings: LearningSettings) -> Space:
    """The tracks that stability is measured on: all of them at full effort."""
    shuffled = np.random.default_rng(settings.seed).permutation(len(space.points))
    rows = np.sort(shuffled[: settings.choose(QUICK_ROWS, len(shuffled))])
    return replace(space, frame=space.frame.iloc[rows], points=space.points[rows])


def _sizes(found: dict[str, np.ndarray]) -> pd.DataFrame:
    """One row a system and cluster: system, cluster (int64, -1 is noise), size (int64), share."""
    parts = []
    for name, labels in found.items():
        clusters, size = np.unique(labels, return_counts=True)
        part = {"system": name, "cluster": clusters, "size": size, "share": size / len(labels)}
        parts.append(pd.DataFrame(part))
    return pd.concat(parts, ignore_index=True)


def _agreement(found: dict[str, np.ndarray]) -> pd.DataFrame:
    """Adjusted Rand index (Hubert & Arabie 1985) of every two systems; noise counts as a cluster.

    Both axes are the systems' names; float64.
    """
    from sklearn.metrics import adjusted_rand_score

    values = {
        name: {other: adjusted_rand_score(labels, found[other]) for other in found}
        for name, labels in found.items()
    }
    return pd.DataFrame(values).rename_axis("system")


def _stability(space: Space, settings: LearningSettings, table_rows: int) -> pd.DataFrame:
    """One row a system and pair of seeds: system, seed, other_seed (int64), adjusted_rand.

    Same rows, other starts; networks also draw other rows to stop by.
    """
    from sklearn.metrics import adjusted_rand_score

    seeds = range(settings.seed, settings.seed + SEEDS)
    fits = list(product(SEEDED, seeds))
    calls = [
        partial(SEEDED[name].find, space, settings.model_copy(update={"seed": seed}))
        for name, seed in fits
    ]
    found = dict(zip(fits, parallel.run_parallel(calls, table_rows), strict=True))
    rows = [
        (name, seed, other, adjusted_rand_score(found[name, seed], found[name, other]))
        for name in SEEDED
        for seed, other in combinations(seeds, 2)
    ]
    return pd.DataFrame(rows, columns=["system", "seed", "other_seed", "adjusted_rand"])


def _with_others(agreement: pd.DataFrame, name: str) -> dict[str, float]:
    others = [other for other in agreement.columns if other != name]
    return {f"adjusted_rand_with_{other.lower()}": agreement[name][other] for other in others}


def _on_stability(name: str, rows: int) -> str:
    if name not in SEEDED:
        return "no stability over seeds: it takes none"
    return f"stability over {SEEDS} seeds on {rows:,} tracks"


def _figures(space: Space, tables: dict[str, pd.DataFrame]) -> Figures:
    return {
        "sizes": cluster_systems.sizes(
            tables["sizes"], title=f"Clusters by system ({space.snapshot} columns)"
        ),
        "agreement": cluster_systems.agreement(
            tables["agreement"], title="Do the systems find the same clusters?"
        ),
        "stability": cluster_systems.stability(
            tables["stability"], title=f"Do {SEEDS} seeds find the same clusters?"
        ),
    }


MODEL = Analysis(
    task="clustering",
    name="cluster_comparison",
    title="Cluster comparison",
    description=(
        "All clustering systems side by side: scores, sizes, agreement, stability over ten seeds."
    ),
    kinds=("scikitlearn", "pytorch"),
    analyse=cluster_comparison,
)
