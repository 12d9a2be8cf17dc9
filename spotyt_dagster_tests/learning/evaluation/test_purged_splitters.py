"""The splitters wherever scikit-learn takes one: neither artist nor video on both sides."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
import sklearn
from sklearn.linear_model import LassoCV, Ridge
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    GroupShuffleSplit,
    StratifiedGroupKFold,
    cross_validate,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from spotyt_dagster.learning.evaluation.splits import (
    PurgedGroupKFold,
    PurgedGroupShuffleSplit,
    PurgedStratifiedGroupKFold,
)

SPLITTERS = {
    PurgedGroupKFold(4): GroupKFold(4),
    PurgedGroupKFold(5, shuffle=True, random_state=1): GroupKFold(5, shuffle=True, random_state=1),
    PurgedStratifiedGroupKFold(3): StratifiedGroupKFold(3),
    PurgedGroupShuffleSplit(2, test_size=0.15, random_state=0): GroupShuffleSplit(
        2, test_size=0.15, random_state=0
    ),
}


@pytest.fixture(scope="module")
def parts(baseline) -> dict[str, np.ndarray]:
    """X, y, and the codes of artists and videos, ten rows an artist, some videos of two."""
    return {
        "X": baseline[["Energy", "Tempo", "Valence"]].to_numpy(),
        "y": baseline["youtube_leaning"].to_numpy().astype(int),
        "groups": pd.factorize(baseline["Artist"])[0],
        "linked": pd.factorize(baseline["video_id"])[0],
    }


@pytest.mark.parametrize(("splitter", "plain"), SPLITTERS.items(), ids=str)
def test_only_training_rows_whose_video_is_tested_are_left_out(splitter, plain, parts) -> None:
    groups, linked = parts["groups"], parts["linked"]
    by_group = list(plain.split(parts["X"], parts["y"], groups))
    purged = list(splitter.split(**parts))
    assert splitter.get_n_splits(**parts) == len(purged) == len(by_group)
    dropped = 0
    for (train, test), (kept, tested) in zip(by_group, purged, strict=True):
        np.testing.assert_array_equal(test, tested)
        assert not np.isin(groups[kept], groups[tested]).any()
        assert not np.isin(linked[kept], linked[tested]).any()
        gone = np.setdiff1d(train, kept)
        assert np.isin(linked[gone], linked[tested]).all()
        dropped += len(gone)
    assert dropped > 0


@pytest.mark.parametrize("splitter", SPLITTERS, ids=str)
def test_without_videos_nothing_is_split(splitter, parts) -> None:
    with pytest.raises(ValueError, match="'linked' parameter should not be None"):
        next(splitter.split(parts["X"], parts["y"], parts["groups"]))


def test_labels_of_any_kind_give_the_purge_of_their_codes(parts) -> None:
    names = np.array([f"video {code}" for code in parts["linked"]])
    by_code, by_name = (
        list(PurgedGroupKFold(3).split(parts["X"], None, parts["groups"], linked))
        for linked in (parts["linked"], names)
    )
    for (train, _), (same, _) in zip(by_code, by_name, strict=True):
        np.testing.assert_array_equal(train, same)


def test_searches_and_models_with_folds_of_their_own_route_artists_and_videos(parts) -> None:
    metadata = {name: parts[name] for name in ("groups", "linked")}
    X, y = parts["X"], parts["y"].astype(float)
    folds = list(PurgedGroupKFold(3).split(X, None, **metadata))
    with sklearn.config_context(enable_metadata_routing=True):
        lasso: Any = make_pipeline(StandardScaler(), LassoCV(cv=PurgedGroupKFold(3), alphas=10))
        lasso.fit(X, y, **metadata)
        search = GridSearchCV(Ridge(), {"alpha": [1.0, 10.0]}, cv=PurgedGroupKFold(3))
        search.fit(X, y, **metadata)
        scores = cross_validate(Ridge(), X, y, cv=PurgedGroupKFold(3), params=metadata)
    plain = GridSearchCV(Ridge(), {"alpha": [1.0, 10.0]}, cv=folds).fit(X, y)
    np.testing.assert_array_equal(
        search.cv_results_["mean_test_score"], plain.cv_results_["mean_test_score"]
    )
    expected = LassoCV(cv=folds, alphas=10).fit(StandardScaler().fit_transform(X), y)
    np.testing.assert_array_equal(lasso[-1].mse_path_, expected.mse_path_)
    np.testing.assert_array_equal(
        scores["test_score"], cross_validate(Ridge(), X, y, cv=folds)["test_score"]
    )
