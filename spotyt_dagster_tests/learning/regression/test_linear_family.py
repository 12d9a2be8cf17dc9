"""Linear, ridge and lasso: coefficients of standardised features, penalties from training rows."""

from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import LassoCV, Ridge
from sklearn.model_selection import GridSearchCV, GroupKFold

from spotyt_dagster.learning.evaluation.fitting import fit_rows
from spotyt_dagster.learning.evaluation.task import regression_problem
from spotyt_dagster.learning.pipelines import imputed
from spotyt_dagster.learning.regression import lasso, linear, ridge
from spotyt_dagster.learning.regression.linear_family import penalty

MODELS = {module.MODEL.name: module.MODEL for module in (linear, ridge, lasso)}


@pytest.fixture(scope="module")
def results(tracks, baseline, settings):
    return {name: model.run(tracks, baseline, settings) for name, model in MODELS.items()}


@pytest.fixture(scope="module")
def folds(baseline) -> list[tuple[np.ndarray, np.ndarray]]:
    """What the penalty should be chosen on where all rows of 2023 are trained on."""
    frame = regression_problem(baseline).frame
    videos = frame["video_id"].to_numpy()
    by_artist = list(GroupKFold(3).split(frame, groups=frame["Artist"]))
    apart = [(train[~np.isin(videos[train], videos[test])], test) for train, test in by_artist]
    assert sum(len(train) for train, _ in apart) < sum(len(train) for train, _ in by_artist)
    return apart


def fitted_on_all(estimator: Any, baseline) -> Any:
    problem = regression_problem(baseline)
    fitted, _ = fit_rows(estimator, problem, problem.study, np.arange(len(problem.frame)))
    return fitted


@pytest.mark.parametrize("name", MODELS)
def test_views_their_log_and_their_growth_come_under_both_protocols(results, name) -> None:
    metrics = results[name].metrics
    targets = {"viewCount", "log10_viewCount", "delta_view", "Views", "log10_Views"}
    targets |= {"log10_view_growth", "view_growth"}
    pairs = metrics[["target", "protocol"]].drop_duplicates()
    assert set(pairs.itertuples(index=False, name=None)) == {
        (target, protocol) for target in targets for protocol in ("study", "grouped")
    }
    assert set(metrics["model"]) == {name}


def test_a_coefficient_is_the_change_for_one_standard_deviation(results, tracks) -> None:
    table = results["linear"].tables["coefficients"]
    own = table.query("protocol == 'study' and target == 'viewCount'")
    X = regression_problem(tracks).inputs(tuple(own["feature"]))
    rows = results["linear"].tables["predictions"].query("protocol == 'study'")["row"]
    X = X.drop(rows)
    X = X.fillna(X.median())
    y = tracks.set_index("row")["viewCount"].loc[X.index]
    standardised = np.column_stack([np.ones(len(X)), (X - X.mean()) / X.std(ddof=0)])
    expected = np.linalg.lstsq(standardised, y)[0][1:]
    np.testing.assert_allclose(own["coefficient"], expected, rtol=1e-6)


def test_the_ridge_penalty_is_the_best_of_folds_that_share_nothing(
    baseline, folds, settings
) -> None:
    fitted = fitted_on_all(ridge.estimator(settings), baseline)
    curve = ridge.penalty_curve(fitted[-1])
    assert penalty(fitted[-1]) == curve["alpha"].iloc[curve["rmse"].to_numpy().argmin()]
    assert list(curve["alpha"]) == list(ridge.ALPHAS)
    problem = regression_problem(baseline)
    X = fitted[:-1].transform(problem.inputs(problem.study))
    by_hand = GridSearchCV(
        Ridge(), {"alpha": ridge.ALPHAS}, cv=folds, scoring="neg_mean_squared_error"
    ).fit(X, problem.y)
    np.testing.assert_array_equal(
        fitted[-1].cv_results_["mean_test_score"], by_hand.cv_results_["mean_test_score"]
    )


def test_the_lasso_penalty_is_the_best_of_folds_that_share_nothing(
    baseline, folds, settings
) -> None:
    fitted = fitted_on_all(lasso.estimator(settings), baseline)
    curve = lasso.penalty_curve(fitted[-1])
    assert penalty(fitted[-1]) == curve["alpha"].iloc[curve["rmse"].to_numpy().argmin()]
    problem = regression_problem(baseline)
    scikit: Any = imputed(LassoCV(alphas=30, cv=folds, max_iter=20_000), scale=True)
    scikit.fit(problem.inputs(problem.study), problem.y)
    assert scikit[-1].alpha_ == penalty(fitted[-1])


def test_every_fit_has_its_own_penalty(results) -> None:
    table = results["lasso"].tables["penalties"]
    assert len(table) == 6 * 6
    assert table["alpha"].nunique() > 5
    assert "penalty" in results["lasso"].figures
