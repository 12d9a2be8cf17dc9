"""The model that is kept: leak-free, and fitted on all rows."""

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.metrics import mean_squared_error
from sklearn.model_selection import GroupKFold

from spotyt_dagster.learning import classification, parallel, regression
from spotyt_dagster.learning.evaluation.evaluate import evaluate
from spotyt_dagster.learning.evaluation.feature_sets import (
    LEAK_FREE,
    leaks,
)
from spotyt_dagster.learning.evaluation.refit import refitted
from spotyt_dagster.learning.evaluation.task import (
    classification_problem,
    regression_problem,
)
from spotyt_dagster.learning.pipelines import imputed


def test_it_is_fitted_on_all_rows_with_the_leak_free_features(tracks, settings) -> None:
    problem = regression_problem(tracks, "log10_viewCount")
    line = imputed(LinearRegression(), scale=True)
    kept = refitted(evaluate(line, problem, "grouped", settings, model="linear"))
    X = tracks.set_index("row")[list(problem.leak_free)].astype("float64")
    by_hand = imputed(LinearRegression(), scale=True).fit(X, tracks["log10_viewCount"])
    assert kept.model.predict(X) == pytest.approx(by_hand.predict(X))
    assert (kept.target, kept.snapshot) == ("log10_viewCount", "crawled")
    assert (kept.rows, kept.of_rows) == (len(tracks), len(tracks))
    assert kept.features == LEAK_FREE["regression", "crawled"]


def test_it_chooses_on_all_rows_by_folds_that_share_nothing(tracks, settings) -> None:
    problem = regression_problem(tracks)
    ridge = regression.ridge.estimator(settings)
    kept = refitted(evaluate(ridge, problem, "grouped", settings, model="ridge"))
    search = kept.model[-1]
    X = kept.model[:-1].transform(problem.inputs(kept.features))
    by_hand, videos = [], problem.frame["video_id"]
    for train, test in GroupKFold(3).split(X, groups=problem.frame["Artist"]):
        apart = train[~videos.iloc[train].isin(videos.iloc[test])]
        line = Ridge(regression.ridge.ALPHAS[0]).fit(X.iloc[apart], problem.y.iloc[apart])
        by_hand.append(-mean_squared_error(problem.y.iloc[test], line.predict(X.iloc[test])))
    found = [search.cv_results_[f"split{fold}_test_score"][0] for fold in range(3)]
    assert found == pytest.approx(by_hand)
    assert leaks(kept.features, "regression") == []


def test_where_fits_are_on_a_sample_so_is_the_one_that_is_kept(tracks, settings) -> None:
    problem = classification_problem(tracks)
    model = imputed(LogisticRegression(max_iter=1000), scale=True)
    evaluation = evaluate(model, problem, "grouped", settings, model="m", max_train_rows=300)
    kept = refitted(evaluation)
    assert (kept.rows, kept.of_rows) == (300, len(tracks))
    assert kept.model.predict_proba(problem.inputs(kept.features)).shape == (len(tracks), 2)


def test_an_evaluation_made_in_another_process_can_be_refitted(tracks, settings) -> None:
    """Evaluations of networks come back from a worker."""
    model = imputed(LogisticRegression(C=2.0, max_iter=1000), scale=True)

    def call():
        problem = classification_problem(tracks)
        return evaluate(model, problem, "grouped", settings, model="m")

    (there,) = parallel.run_parallel([call], parallel.FEWEST_ROWS)
    here = call()
    X = here.problem.inputs(here.columns)
    one, other = (refitted(found).model.predict_proba(X) for found in (there, here))
    np.testing.assert_array_equal(one, other)


KEPT = {
    "regression": ("dummy", "ols", "linear", "ridge", "lasso", "knn", "hist_gradient_boosting"),
    "classification": ("dummy", "logistic_regression", "random_forest"),
}


@pytest.mark.parametrize(
    ("task", "name"), [(task, name) for task, names in KEPT.items() for name in names]
)
def test_no_supervised_model_keeps_one_that_looks_at_the_answer(
    task, name, tracks, baseline, settings
) -> None:
    models = {"regression": regression.MODELS, "classification": classification.MODELS}[task]
    (model,) = (model for model in models if model.name == name)
    kept = model.run(tracks, baseline, settings).estimator
    assert leaks(kept.model.feature_names_in_, task) == []
    assert tuple(kept.model.feature_names_in_) == kept.features
    assert kept.rows == len(tracks)
    assert np.isfinite(kept.model.predict(tracks[list(kept.features)].astype("float64"))).all()
