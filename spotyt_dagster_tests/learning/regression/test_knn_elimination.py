"""Backward elimination: noise goes, what tells stays, test rows are never looked at."""

import numpy as np
import pandas as pd
import pytest

from spotyt_dagster.learning.regression.knn_elimination import NeighboursOnFewer, knn_elimination


@pytest.fixture(scope="module")
def table() -> tuple[pd.DataFrame, pd.Series, pd.Series]:
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(400, 5)), columns=["a", "told", "b", "too", "c"])
    artists = pd.Series(np.arange(400) // 10, index=X.index)
    return X, X["told"] * 3 + X["too"], artists


def test_noise_is_removed_and_what_tells_the_target_is_kept(table) -> None:
    X, y, artists = table
    fitted = NeighboursOnFewer(artists).fit(X, y)
    assert fitted.columns_ == ["told", "too"]
    assert fitted.path_["removed"].iloc[0] == ""
    assert set(fitted.path_["removed"].iloc[1:4]) == {"a", "b", "c"}
    assert fitted.path_["chosen"].tolist() == [False, False, False, True, False]
    assert fitted.score(X, y) > 0.9


def test_predictions_are_those_of_scikit_learn_on_the_kept_features(table) -> None:
    X, y, artists = table
    fitted = NeighboursOnFewer(artists).fit(X, y)
    assert np.array_equal(fitted.predict(X), fitted.model_.predict(X[["told", "too"]].join(X["a"])))


def test_a_path_is_there_for_every_fit(tracks, baseline, settings) -> None:
    result = knn_elimination(tracks.head(400), baseline, settings)
    paths = result.tables["paths"]
    assert len(paths.groupby(["protocol", "target", "fold"])) == 12
    assert (paths.groupby(["protocol", "target", "fold"])["chosen"].sum() == 1).all()
    assert set(result.metrics["target"]) == {"viewCount", "log10_viewCount"}
