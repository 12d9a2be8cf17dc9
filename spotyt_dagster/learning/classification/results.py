"""From a classifier's runs to its Result: the pictures and tables that all classifiers share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from spotyt_dagster.figures import classification as pictures
from spotyt_dagster.figures.scores import scores
from spotyt_dagster.learning.classification.evaluations import ClassifierEvaluations
from spotyt_dagster.learning.classification.ranking import ranking_table
from spotyt_dagster.learning.evaluation.evaluate import Evaluation, all_metrics, overlap_table
from spotyt_dagster.learning.evaluation.metrics import headline
from spotyt_dagster.learning.evaluation.refit import refitted
from spotyt_dagster.learning.inspection.importance import importance_table
from spotyt_dagster.learning.result import NO_EXTRAS, Extras, Result
from spotyt_dagster.settings import LearningSettings

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def classifier_result(
    runs: ClassifierEvaluations,
    settings: LearningSettings,
    *,
    name: str,
    importance: str = "impurity",
    permutation_rows: int | None = None,
    extras: Extras = NO_EXTRAS,
) -> Result:
    """The Result of a classifier: metrics of all its runs, pictures and tables of its pair.

    `name` is for titles, `importance` what the model's own importances are called. Permutation
    importance looks at `permutation_rows` test rows, by default 1,000 at quick effort and all of
    them of 8:2 at full. The estimator is the leak-free one, fitted once more on all rows; the
    importances explain it by its folds, and the study's come second.
    """
    explained = {"importances": runs.grouped, "importances_study": runs.study}
    importances = {
        key: importance_table(
            evaluation,
            importance,
            scoring=headline("classification").name,
            rows=permutation_rows or settings.choose(1000, len(runs.study.predictions)),
            repeats=settings.choose(3, 10),
            seed=settings.seed,
        )
        for key, evaluation in explained.items()
    }
    return Result(
        metrics=all_metrics(*runs.all),
        figures={**shared_figures(runs, importances, importance, name), **extras.figures},
        tables={
            "classification_report": _by_split(runs, report_table),
            "confusion_matrix": _by_split(runs, confusion_table),
            **importances,
            "split_overlap": overlap_table(*runs.all),
            "predictions": _by_split(runs, lambda evaluation: evaluation.predictions),
            **({"top_features": ranking_table(runs.retrained)} if runs.retrained else {}),
            **extras.tables,
        },
        estimator=refitted(runs.grouped),
    )


def _by_split(
    runs: ClassifierEvaluations, table: Callable[[Evaluation], pd.DataFrame]
) -> pd.DataFrame:
    parts = [table(evaluation).assign(split=split) for split, evaluation in runs.pair.items()]
    return pd.concat(parts, ignore_index=True)


def class_names(target: str) -> tuple[str, str]:
    """The classes 0 and 1 in words."""
    named = {"youtube_leaning": ("Spotify-leaning", "YouTube-leaning")}
    return named.get(target, (f"not {target}", target))


def report_table(evaluation: Evaluation) -> pd.DataFrame:
    """scikit-learn's classification report: one row a class or average."""
    from sklearn import metrics as sk

    known = evaluation.predictions
    report: Any = sk.classification_report(
        known["y"],
        known["prediction"],
        target_names=class_names(evaluation.problem.target),
        output_dict=True,
        zero_division=0.0,  # pyright: ignore[reportArgumentType]
    )
    accuracy = report.pop("accuracy")
    table = pd.DataFrame(report).T.rename_axis("class").reset_index()
    return table.assign(accuracy=accuracy)


def confusion_table(evaluation: Evaluation) -> pd.DataFrame:
    """Counts of test rows: one row an actual and predicted class."""
    classes = class_names(evaluation.problem.target)
    return pd.DataFrame(
        [
            {"actual": classes[i], "predicted": classes[j], "count": int(count)}
            for (i, j), count in np.ndenumerate(confusion(evaluation))
        ]
    )


def confusion(evaluation: Evaluation) -> np.ndarray:
    """The confusion matrix, int64 of shape (2, 2), rows are the actual class."""
    from sklearn import metrics as sk

    known = evaluation.predictions
    return sk.confusion_matrix(known["y"], known["prediction"], labels=[0, 1])


def shared_figures(
    runs: ClassifierEvaluations, importances: Mapping[str, pd.DataFrame], own: str, name: str
) -> dict[str, Figure]:
    """Scores, confusion matrices, curves, calibration and importances, as far as there are any."""
    figures = {
        "scores": scores(
            all_metrics(*runs.all),
            headline("classification").name,
            title=f"{name}: ROC AUC",
            axis="ROC AUC on test rows",
        ),
        "confusion_matrix": pictures.confusion_matrices(
            {split: confusion(evaluation) for split, evaluation in runs.pair.items()},
            classes=class_names(runs.study.problem.target),
            title=f"{name}: confusion matrix",
        ),
        "roc_and_precision_recall": _curves(runs, name),
    }
    if runs.study.probabilities:
        figures["calibration"] = pictures.calibration(
            {split: calibration_table(evaluation) for split, evaluation in runs.pair.items()},
            title=f"{name}: calibration",
        )
    looked_at = {
        "importances": f"{name}: what it looks at (leak-free, by artist)",
        "importances_study": f"{name}: what it looks at (study's features, random split)",
    }
    for key, title in looked_at.items():
        if importances[key]["permutation"].any():
            figures[key] = pictures.importances(
                importances[key], own=own, score="ROC AUC", title=title
            )
    return figures


def calibration_table(evaluation: Evaluation) -> pd.DataFrame:
    """Predicted probability and share of positives in tenths of the test rows, both 0 to 1."""
    from sklearn.calibration import calibration_curve

    known = evaluation.predictions
    actual, predicted = calibration_curve(
        known["y"], known["score"], n_bins=10, strategy="quantile"
    )
    return pd.DataFrame({"predicted": predicted, "actual": actual})


def _curves(runs: ClassifierEvaluations, name: str) -> Figure:
    from sklearn import metrics as sk

    roc, precision_recall = {}, {}
    for split, evaluation in runs.pair.items():
        y, score = (evaluation.predictions[column].to_numpy() for column in ("y", "score"))
        false, true, _ = sk.roc_curve(y, score)
        precision, recall, _ = sk.precision_recall_curve(y, score)
        roc[split] = (false, true, evaluation.value("roc_auc"))
        precision_recall[split] = (recall, precision, evaluation.value("average_precision"))
    return pictures.roc_and_precision_recall(
        roc,
        precision_recall,
        positive_share=float(runs.study.predictions["y"].mean()),
        title=f"{name}: ROC and precision-recall",
    )
