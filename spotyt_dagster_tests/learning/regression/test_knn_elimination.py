"""Features dropped one after the other: a path for every fit, and the model on what is left."""

import numpy as np

from spotyt_dagster.learning.evaluation.evaluate import evaluate
from spotyt_dagster.learning.evaluation.task import regression_problem
from spotyt_dagster.learning.regression.knn_elimination import MODEL, estimator


def test_a_path_is_there_for_every_fit(tracks, baseline, settings) -> None:
    result = MODEL.run(tracks.head(400), baseline, settings)
    paths = result.tables["paths"]
    assert len(paths.groupby(["protocol", "target", "fold"])) == 12
    assert (paths.groupby(["protocol", "target", "fold"])["chosen"].sum() == 1).all()
    assert set(result.metrics["target"]) == {"viewCount", "log10_viewCount"}


def test_neighbours_are_looked_up_by_the_kept_features_alone(baseline, settings) -> None:
    problem = regression_problem(baseline.head(400), "log10_Views")
    study = evaluate(estimator(settings), problem, "study", settings, model="m")
    fitted = study.estimator
    path = fitted["select"].path_
    gone = set(path["removed"].iloc[1 : 1 + int(path["chosen"].to_numpy().argmax())])
    assert fitted[-1].feature_names_in_.tolist() == [c for c in study.columns if c not in gone]
    X, _ = study.test_rows()
    if gone:
        np.testing.assert_array_equal(
            fitted.predict(X.assign(**dict.fromkeys(gone, 0.0))), fitted.predict(X)
        )
