"""Backward elimination: noise goes, what tells stays, folds are those of the splitter."""

import numpy as np
import pandas as pd
import pytest
import sklearn
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import GroupKFold
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import make_pipeline

from spotyt_dagster.learning.estimators.elimination import BackwardElimination


@pytest.fixture(scope="module")
def table() -> tuple[pd.DataFrame, pd.Series, np.ndarray]:
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(400, 5)), columns=["a", "told", "b", "too", "c"])
    return X, X["told"] * 3 + X["too"], np.arange(400) // 10


def elimination(**options) -> BackwardElimination:
    return BackwardElimination(KNeighborsRegressor(3), cv=GroupKFold(3), **options)


def test_noise_is_removed_and_what_tells_the_target_is_kept(table) -> None:
    X, y, artists = table
    fitted = elimination().fit(X, y, groups=artists)
    assert fitted.get_feature_names_out().tolist() == ["told", "too"]
    assert fitted.path_["removed"].iloc[0] == ""
    assert set(fitted.path_["removed"].iloc[1:4]) == {"a", "b", "c"}
    assert fitted.path_["chosen"].tolist() == [False, False, False, True, False]


def test_the_error_of_a_step_is_that_of_scikit_learn_over_the_splitters_folds(table) -> None:
    X, y, artists = table
    path = elimination().fit(X, y, groups=artists).path_
    left = X.drop(columns=path["removed"].iloc[1:3])
    squared = []
    for train, test in GroupKFold(3).split(X, groups=artists):
        model = KNeighborsRegressor(3).fit(left.iloc[train], y.iloc[train])
        squared.append((model.predict(left.iloc[test]) - y.iloc[test]) ** 2)
    assert path["rmse"].iloc[2] == pytest.approx(np.sqrt(np.concatenate(squared).mean()))


def test_before_a_model_in_a_pipeline_the_model_sees_the_kept_features_alone(table) -> None:
    X, y, artists = table
    pipeline = make_pipeline(elimination().set_output(transform="pandas"), LinearRegression())
    with sklearn.config_context(enable_metadata_routing=True):
        pipeline.fit(X, y, groups=artists)
    assert pipeline[-1].feature_names_in_.tolist() == ["told", "too"]
    assert pipeline.score(X, y) == pytest.approx(1)


def test_the_path_is_found_on_rows_drawn_by_the_seed(table) -> None:
    X, y, artists = table
    one, same, other = (
        elimination(max_rows=90, random_state=seed).fit(X, y, groups=artists).path_["rmse"]
        for seed in (1, 1, 2)
    )
    assert one.tolist() == same.tolist()
    assert one.tolist() != other.tolist()
