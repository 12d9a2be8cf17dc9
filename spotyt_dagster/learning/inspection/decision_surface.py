"""Where a fitted classifier draws its line, as data for the pictures."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from spotyt_dagster.learning.evaluation.evaluate import Evaluation

GRID = 24  # values an axis: 24³ predictions of an SVM take 0.2 s
POINTS = 400  # more hide the surface
SEEN = (2, 98)  # percentiles of the test rows that the space spans


class Surface(NamedTuple):
    """Probability of class 1 over three features, and test rows in the same space.

    `points` (rows, 3) named by feature, `actual` (rows,) 0/1; `grid` three arrays of GRID values,
    `probability` (GRID, GRID, GRID).
    """

    points: pd.DataFrame
    actual: np.ndarray
    grid: tuple[np.ndarray, np.ndarray, np.ndarray]
    probability: np.ndarray


def projected(evaluation: Evaluation) -> pd.DataFrame:
    """The (first) test part in the plane of two principal components: x, y, actual, predicted.

    The components are those of the prepared training rows, one row a test row.
    """
    from sklearn.decomposition import PCA

    prepare = evaluation.estimator[:-1].transform
    plane = PCA(2, svd_solver="full").fit(prepare(evaluation.training_rows()[0]))
    X, y = evaluation.test_rows()
    x, up = plane.transform(prepare(X)).T
    predicted = evaluation.estimator.predict(X)
    return pd.DataFrame({"x": x, "y": up, "actual": y.to_numpy(), "predicted": predicted})


def surface(evaluation: Evaluation, seed: int) -> Surface:
    """The surface of a classifier fitted on three features by classification.Classifier(top=3).

    Test rows that lack one of the features have no place in the space and are left out.
    """
    names = list(evaluation.estimator["select"].get_feature_names_out())
    X, y = evaluation.test_rows()
    known = X[names].dropna()
    ends = np.percentile(known, SEEN, axis=0)
    inside = known[((known >= ends[0]) & (known <= ends[1])).all(axis=1)]
    points = inside.sample(min(POINTS, len(inside)), random_state=seed)
    x, up, deep = np.linspace(ends[0], ends[1], GRID).T
    places = [axis.ravel() for axis in np.meshgrid(x, up, deep, indexing="ij")]
    others = dict.fromkeys(X.columns, np.nan)
    everywhere = pd.DataFrame(others | dict(zip(names, places, strict=True)))
    probability = evaluation.estimator.predict_proba(everywhere)
    return Surface(
        points, y.loc[points.index].to_numpy(), (x, up, deep),
        probability[:, 1].reshape(GRID, GRID, GRID),
    )  # fmt: skip
