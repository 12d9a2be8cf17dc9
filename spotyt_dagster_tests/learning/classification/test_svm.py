"""The SVM's probabilities: each machine's sigmoid on artists and videos that it has not met."""

import numpy as np
from sklearn.calibration import CalibratedClassifierCV
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import StratifiedGroupKFold
from sklearn.svm import SVC

from spotyt_dagster.learning.classification.svm import estimator
from spotyt_dagster.learning.evaluation.fitting import fit_rows
from spotyt_dagster.learning.evaluation.task import classification_problem
from spotyt_dagster.learning.pipelines import imputed
from spotyt_dagster.settings import LearningSettings


def test_probabilities_are_calibrated_on_rows_that_share_nothing_with_those_fitted_on(
    baseline,
) -> None:
    problem = classification_problem(baseline)
    rows = np.arange(len(problem.frame))
    model = imputed(estimator(LearningSettings()), scale=True)
    fitted, _ = fit_rows(model, problem, problem.leak_free, rows)
    X, y = fitted[:-1].transform(problem.inputs(problem.leak_free)), problem.y

    by_hand, purged = [], 0
    videos = problem.frame["video_id"].to_numpy()
    for train, test in StratifiedGroupKFold(3).split(X, y, problem.frame["Artist"]):
        apart = train[~np.isin(videos[train], videos[test])]
        purged += len(train) - len(apart)
        machine = FrozenEstimator(SVC().fit(X.iloc[apart], y.iloc[apart]))
        sigmoid = CalibratedClassifierCV(machine).fit(X.iloc[test], y.iloc[test])
        by_hand.append(sigmoid.predict_proba(X))
    assert purged > 0
    np.testing.assert_allclose(fitted[-1].predict_proba(X), np.mean(by_hand, axis=0), atol=1e-6)
