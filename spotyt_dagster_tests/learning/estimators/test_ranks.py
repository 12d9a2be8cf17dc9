"""RankTransformer: scikit-learn's numbers, without its warning on a small table."""

import warnings

import numpy as np
import pytest
from sklearn.preprocessing import QuantileTransformer

from spotyt_dagster.learning.estimators.ranks import RankTransformer


@pytest.mark.parametrize("rows", [3, 219, 1000, 1500])
def test_it_gives_scikit_learns_numbers_without_a_warning(rows: int) -> None:
    X = np.random.default_rng(rows).lognormal(size=(rows, 2))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ours = RankTransformer(output_distribution="normal", random_state=0).fit(X)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = QuantileTransformer(output_distribution="normal", random_state=0).fit(X)
    np.testing.assert_array_equal(ours.transform(X), theirs.transform(X))
    assert ours.get_params() == theirs.get_params()
