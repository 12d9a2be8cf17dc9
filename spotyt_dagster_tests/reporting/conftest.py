from io import BytesIO
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from spotyt_dagster.learning.evaluation.feature_sets import AUDIO
from spotyt_dagster.learning.evaluation.metric_table import metric_rows, row_without_figures
from spotyt_dagster.reporting.ranking import leaderboard
from spotyt_dagster.settings import LearningSettings
from spotyt_dagster_tests.learning.feature_tables import baseline_table, tracks_table


@pytest.fixture(scope="session")
def settings() -> LearningSettings:
    return LearningSettings(seed=42, effort="quick")


@pytest.fixture(scope="session")
def baseline() -> pd.DataFrame:
    return baseline_table()


@pytest.fixture(scope="session")
def tracks(baseline: pd.DataFrame) -> pd.DataFrame:
    return tracks_table(baseline)


@pytest.fixture(scope="session")
def png():
    buffer = BytesIO()
    Image.new("RGB", (8, 5), "#0072B2").save(buffer, "PNG")
    return buffer.getvalue()


@pytest.fixture(scope="session")
def baseline_tracks():
    """300 rows with the columns of tables/baseline_tracks that a regression looks at."""
    rng = np.random.default_rng(5)
    rows = 300
    frame = pd.DataFrame(rng.random((rows, len(AUDIO))), columns=list(AUDIO))
    for count in ("Stream", "Views", "Likes", "Comments"):
        frame[count] = 1e6 * frame["Energy"] + rng.integers(0, 1_000_000, rows)
    return frame.assign(
        row=range(rows),
        Artist=[f"Artist {row // 10}" for row in range(rows)],
        video_id=[f"video {row}" for row in range(rows)],
        log10_Stream=np.log10(1 + frame["Stream"]),
        log10_Duration_ms=np.log10(1 + frame["Duration_ms"]),
        raw_source="sample",
        api="none",
    )


def _sources(raw_source, api):
    return pd.DataFrame({"raw_source": [raw_source], "api": [api]})


def _rows(raw_source, api, values, **what):
    shared: dict[str, Any] = {"task": "regression", "features": "audio", "target": "Views"} | what
    return metric_rows(
        values,
        frame=_sources(raw_source, api),
        settings=LearningSettings(seed=42, effort="quick"),
        **shared,
    )


@pytest.fixture(scope="session")
def make_leaderboard():
    """A leaderboard of two models and one failed one; today's numbers come from `api`."""

    def make(raw_source="kaggle", api="live"):
        study = {"protocol": "study", "split": "8:2 random", "n_train": 80, "n_test": 20}
        grouped = {"protocol": "grouped", "split": "5-fold by artist", "n_train": 79, "n_test": 100}
        baseline = {"snapshot": "baseline", "fit_seconds": 0.5}
        return leaderboard(
            [
                _rows(raw_source, "none", {"r2": (0.65, 0.6, 0.7), "nrmse": 0.03},
                      model="knn", features="audio + Likes", **study, **baseline),
                _rows(raw_source, "none", {"r2": (0.12, -0.1, 0.2), "nrmse": 0.05},
                      model="knn", notes=("7 rows dropped",), **grouped, **baseline),
                _rows(raw_source, "none", {"r2": (0.80, 0.7, 0.9), "nrmse": 0.02},
                      model="xgboost", **study, **baseline),
                _rows(raw_source, api, {"r2": (0.55, 0.5, 0.6)},
                      model="xgboost", snapshot="crawled", target="viewCount", **grouped),
                _rows(raw_source, "none", {"silhouette": 0.2}, task="clustering", target="none",
                      model="kmeans", snapshot="baseline"),
                row_without_figures(
                    "failed", "FileNotFoundError: not run: no weights",
                    frame=_sources(raw_source, api), settings=LearningSettings(),
                    task="classification", model="tabpfn",
                ),
            ]
        )  # fmt: skip

    return make
