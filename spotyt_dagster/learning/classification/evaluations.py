"""The evaluations of a classifier, by what they are for.

What is evaluated is classifier.py's, what comes of it results.py's.
"""

from dataclasses import dataclass

from spotyt_dagster.learning.evaluation.evaluate import Evaluation


@dataclass(frozen=True)
class ClassifierEvaluations:
    """A classifier's evaluations.

    `study` (8:2) and `grouped` are the headline pair, on the crawled columns; `others` are 7:3,
    9:1 and the pair on the columns of 2023; `retrained` is the headline pair once more on the top
    features of each fit (empty where the model was not retrained).
    """

    study: Evaluation
    grouped: Evaluation
    others: tuple[Evaluation, ...]
    retrained: tuple[Evaluation, ...] = ()

    @property
    def pair(self) -> dict[str, Evaluation]:
        """The headline pair by the names its pictures and tables use."""
        return {"random split, 8:2": self.study, "by artist": self.grouped}

    @property
    def all(self) -> tuple[Evaluation, ...]:
        """Every evaluation, the headline pair first."""
        return (self.study, self.grouped, *self.others, *self.retrained)
