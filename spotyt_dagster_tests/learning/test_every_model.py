"""Every model of the registry: one seed, one result, and no artist or video on both sides of a cut
inside a fit, whatever the cores, the threads and the order of the models."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import sklearn
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV, GroupKFold, KFold

from spotyt_dagster.defs.models import MODELS
from spotyt_dagster.learning.evaluation import splits
from spotyt_dagster.learning.evaluation.splits import PurgedGroupKFold
from spotyt_dagster_tests.learning import every_model
from spotyt_dagster_tests.learning.feature_tables import tracks_table
from spotyt_dagster_tests.learning.watched_splits import Watch

ROWS = 500  # enough for every model, few enough for all of them twice in two minutes
NAMES = ["/".join(model.key.path) for model in MODELS]

CUTTING = {
    *(f"regression/{name}" for name in ("ridge", "lasso", "knn", "knn_elimination")),
    *(f"regression/{name}" for name in ("tabnet_regressor", "tab_transformer", "ft_transformer")),
    *("classification/svm", "classification/tabnet_classifier"),
    *("regression/xgboost_regressor", "classification/xgboost_classifier"),
    *(f"clustering/{name}" for name in ("autoencoder", "vae", "cluster_comparison")),
}
"""Models that choose something, encode names, calibrate or stop early by part of their training
rows."""


@pytest.fixture(scope="module")
def fitted(tracks, baseline, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What every_model.py left in the folders "1" and "64", each named for its cores."""
    folder = tmp_path_factory.mktemp("every_model")
    _keep(folder, tracks.head(ROWS), baseline.head(ROWS))
    one, many = (_start(folder, cores, names) for cores, names in ((1, NAMES), (64, NAMES[::-1])))
    assert (one.wait(), many.wait()) == (0, 0)
    return folder


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_every_models_metrics_are_the_same_on_one_core_and_on_many_in_any_order(fitted) -> None:
    on_one, on_many = (_metrics(fitted / cores) for cores in ("1", "64"))
    assert on_one.groupby(["task", "model"]).ngroups == len(NAMES)
    failed = on_one[on_one["status"] == "failed"]
    assert set(failed["notes"].str.join("; ")) == set()
    pd.testing.assert_frame_equal(on_one, on_many, check_exact=True)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_no_cut_inside_a_fit_shares_an_artist_or_a_video(fitted) -> None:
    _assert_apart(fitted / "1")


@pytest.mark.slow
@pytest.mark.real_data
@pytest.mark.timeout(600)
def test_no_cut_inside_a_fit_shares_an_artist_or_a_video_on_the_real_file(
    real_baseline, tmp_path
) -> None:
    """On artists who share videos with others: the hardest rows to keep apart."""
    sharing = real_baseline.groupby("video_id")["Artist"].transform("nunique") > 1
    artists = real_baseline.loc[sharing, "Artist"].unique()[:60]
    baseline = real_baseline[real_baseline["Artist"].isin(artists)].reset_index(drop=True)
    _keep(tmp_path, tracks_table(baseline), baseline)
    assert _start(tmp_path, 1, NAMES).wait() == 0
    _assert_apart(tmp_path / "1")


def _assert_apart(results: Path) -> None:
    cuts = pd.read_parquet(results / "splits.parquet")
    inside = cuts[cuts["in_fit"] | (cuts["group"] == "clustering")]  # which tests on no row
    assert set(inside["model"]) == CUTTING
    shared = inside[~(inside["artists"].eq(0) & inside["videos"].eq(0))]
    assert shared[["model", "splitter"]].drop_duplicates().to_numpy().tolist() == []


@pytest.mark.parametrize(
    ("cv", "told"),
    [(3, (None, None)), (GroupKFold(3), (0, None)), (PurgedGroupKFold(3), (0, 0))],
    ids=str,
)
def test_the_watch_tells_who_was_kept_apart(cv, told, baseline) -> None:
    X, y = baseline[["Energy"]].to_numpy(), baseline["Views"]
    metadata: dict[str, Any] = {"groups": baseline["Artist"], "linked": baseline["video_id"]}
    asked = {name: metadata[name] for name, count in zip(metadata, told, strict=True) if count == 0}
    with Watch() as watch:
        next(GroupKFold(3).split(X, groups=metadata["groups"]))
        with sklearn.config_context(enable_metadata_routing=True):
            GridSearchCV(Ridge(), {"alpha": [1.0]}, cv=cv).fit(X, y, **asked)
    before, *cuts = watch.cuts
    assert (before["in_fit"], before["artists"]) == (False, 0)
    assert len(cuts) == 3
    assert all(cut["in_fit"] for cut in cuts)
    assert {(cut["artists"], cut["videos"]) for cut in cuts} == {told}
    list(PurgedGroupKFold(3).split(X, **metadata))
    assert len(watch.cuts) == 4  # it watches no longer


def test_the_watch_counts_what_is_shared_whatever_the_splitter_is_told(baseline) -> None:
    frame = baseline.head(40)
    with Watch() as watch:
        splits.kept_apart(frame)
        list(KFold(2, shuffle=True, random_state=0).split(frame))
        list(GroupKFold(2).split(frame, groups=frame["Artist"]))
        list(GroupKFold(2).split(frame, groups=np.arange(40)))
    duets = frame["video_id"].duplicated().sum()
    artists = [cut["artists"] for cut in watch.cuts]
    assert artists[:4] == [4, 4, 0, 0]
    assert min(artists[4:]) > 0
    assert duets > 0
    assert all(cut["videos"] > 0 for cut in watch.cuts[2:4])


def _keep(folder: Path, tracks: pd.DataFrame, baseline: pd.DataFrame) -> None:
    tracks.to_parquet(folder / "tracks.parquet")
    baseline.to_parquet(folder / "baseline.parquet")


def _start(folder: Path, cores: int, names: list[str]) -> subprocess.Popen:
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), str(min(cores, 3)))
    arguments = [str(folder), str(folder / str(cores)), str(cores), *names]
    command = [sys.executable, "-m", every_model.__name__, *arguments]
    root = Path(every_model.__file__).parents[2]
    return subprocess.Popen(command, env=os.environ | threads, cwd=root)


def _metrics(results: Path) -> pd.DataFrame:
    # stable: rows of one model keep their order
    table = pd.read_parquet(results / "metrics.parquet")
    table = table.sort_values(["task", "model"], kind="stable")
    return table.drop(columns="fit_seconds").reset_index(drop=True)
