"""Numbers as the quantiles of a normal distribution, on tables of any size."""

from typing import Any, Self

import numpy as np
from sklearn.preprocessing import QuantileTransformer


class RankTransformer(QuantileTransformer):
    """QuantileTransformer that takes as many quantiles as there are rows, where these are fewer.

    scikit-learn's does the same and warns at every fit, which on a small table is every fold of
    every search: what a user could do about it is nothing.
    """

    def fit(self, X: Any, y: Any = None) -> Self:
        """Compute the quantiles.

        Args:
            X: Numbers, (rows, columns).
            y: Ignored.
        """
        asked = self.n_quantiles
        shape = X.shape if hasattr(X, "shape") else np.asarray(X).shape
        rows = shape[0] if shape else 1  # of a scalar, which scikit-learn refuses below
        self.n_quantiles = max(1, min(asked, rows))
        try:
            return super().fit(X, y)
        finally:
            self.n_quantiles = asked
