"""From a classifier to its Result: the study's splits, its retraining, and the shared pictures."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from sklearn import metrics as sk
from sklearn.calibration import calibration_curve
from sklearn.inspection import permutation_importance

from spotyt_dagster.figures import classification as pictures
from spotyt_dagster.figures.scores import scores
from spotyt_dagster.learning.determinism import pinned
from spotyt_dagster.learning.fitting import Recipe, TrainingRows
from spotyt_dagster.learning.pipelines import imputed
from spotyt_dagster.learning.problem import classification_problem
from spotyt_dagster.learning.protocol import (
    Evaluation,
    LearningSettings,
    all_metrics,
    evaluate,
    overlap_table,
    side_by_side,
)
from spotyt_dagster.learning.result import Result

OTHER_TEST_SIZES = (0.3, 0.1)
CLASSES = ("Spotify-leaning", "YouTube-leaning")


def classifier_result(
    make: Callable[[], Any],
    tracks: pd.DataFrame,
    baseline: pd.DataFrame,
    settings: LearningSettings,
    *,
    model: str,
    name: str,
    top: int = 0,
    importance: str = "impurity",
    scale: bool = False,
    **options: Any,
) -> Result:
    """Everything the study did with a classifier, for the unfitted one that `make` returns.

    On the crawled columns: random splits 8:2, 7:3 and 9:1, folds by artist, and, where `top` is
    given and the model has own_importances (called `importance` in pictures), both once more on its
    `top` features. On the 2023 columns: 8:2 and folds by artist. `options` go to
    evaluate(); `name` is for titles.
    """
    crawled, options = classification_problem(tracks), {"model": model, **options}
    estimator = imputed(make(), scale=scale)
    study, grouped = side_by_side(estimator, crawled, settings, **options)
    others = [
        evaluate(estimator, crawled, "study", settings, test_size=size, **options)
        for size in OTHER_TEST_SIZES
    ]
    tables = {}
    if top:
        ranking = rank_features(study, grouped)
        recipe = on_top_features(make, ranking, top, scale=scale)
        picked = "features picked on the training rows of each fit: table top_features"
        note = "; ".join(filter(None, [options.get("note"), picked]))
        others += side_by_side(
            recipe, crawled, settings, **options | {"detail": f"top {top} features", "note": note}
        )
        tables["top_features"] = _chosen(ranking, top)
    others += side_by_side(estimator, classification_problem(baseline), settings, **options)
    importances = importance_table(study, importance, settings)
    pair = {"random split, 8:2": study, "by artist": grouped}
    return Result(
        metrics=(metrics := all_metrics(study, grouped, *others)),
        figures={
            "scores": scores(
                metrics, "accuracy", title=f"{name}: accuracy", axis="accuracy on test rows"
            ),
            **pair_figures(pair, name),
            "importances": pictures.importances(
                importances, own=importance, score="accuracy", title=f"{name}: what it looks at"
            ),
        },
        tables={
            "classification_report": pd.concat(
                [report_table(e).assign(split=split) for split, e in pair.items()],
                ignore_index=True,
            ),
            "confusion_matrix": pd.concat(
                [confusion_table(e).assign(split=split) for split, e in pair.items()],
                ignore_index=True,
            ),
            "importances": importances,
            "split_overlap": overlap_table(study, grouped, *others),
            "predictions": pd.concat(
                [e.predictions.assign(split=split) for split, e in pair.items()],
                ignore_index=True,
            ),
            **tables,
        },
        estimator=study.estimator,
    )


Ranking = dict[bytes, list[str]]
"""Features, most important first, by the training rows they were ranked on."""


def rank_features(*evaluations: Evaluation) -> Ranking:
    """Each fit's features by own_importances, ranked on its training rows alone."""
    ranking = {}
    for evaluation in evaluations:
        index = evaluation.problem.frame.index
        for fitted, split in zip(evaluation.estimators, evaluation.splits, strict=True):
            own = pd.Series(own_importances(fitted[-1]), evaluation.columns)
            ranked = own.sort_values(ascending=False, kind="stable")
            ranking[index[split.train].to_numpy().tobytes()] = list(ranked.index)
    return ranking


def own_importances(model: Any) -> np.ndarray | None:
    """What a fitted model itself says of its features, as shares of 1, float64 of shape (features,).

    Its feature_importances_, or the size of a linear model's weights; None where it has neither.
    Weights compare only when the features were standardised.
    """
    if hasattr(model, "feature_importances_"):
        own = np.asarray(model.feature_importances_, dtype=float)
    elif hasattr(model, "coef_"):
        own = np.abs(np.asarray(model.coef_, dtype=float)).reshape(-1)
    else:
        return None
    return own / own.sum() if own.any() else own


def on_top_features(
    make: Callable[[], Any], ranking: Ranking, top: int, *, scale: bool = False
) -> Recipe:
    """Recipe: the model on the `top` features that the earlier fit on these same rows ranked."""

    def recipe(training: TrainingRows) -> Any:
        ranked = ranking[training.X.index.to_numpy().tobytes()]
        return imputed(make(), scale=scale, columns=ranked[:top])

    return recipe


def importance_table(evaluation: Evaluation, own: str, settings: LearningSettings) -> pd.DataFrame:
    """Own and permutation importances of the fitted model, most important first.

    Columns: feature, permutation (mean loss of accuracy on test rows), permutation_sd, and `own`
    (own_importances) where the model has them. Permutation is measured on at
    most 1,000 test rows at quick effort.
    """
    X, y = evaluation.test_rows()
    X = X.sample(settings.by_effort(min(1000, len(X)), len(X)), random_state=settings.seed)
    with pinned(settings.seed):
        shuffled: Any = permutation_importance(
            evaluation.estimator,
            X,
            y.loc[X.index],
            scoring="accuracy",
            n_repeats=settings.by_effort(3, 10),
            random_state=settings.seed,
        )
    table = pd.DataFrame(
        {
            "feature": evaluation.columns,
            "permutation": shuffled.importances_mean,
            "permutation_sd": shuffled.importances_std,
        }
    )
    if (shares := own_importances(evaluation.estimator[-1])) is not None:
        table[own] = shares
    return table.sort_values("permutation", ascending=False, ignore_index=True)


def report_table(evaluation: Evaluation) -> pd.DataFrame:
    """scikit-learn's classification report: one row a class or average."""
    known = evaluation.predictions
    report: Any = sk.classification_report(
        known["y"],
        known["prediction"],
        target_names=CLASSES,
        output_dict=True,
        zero_division="warn",
    )
    accuracy = report.pop("accuracy")
    table = pd.DataFrame(report).T.rename_axis("class").reset_index()
    return table.assign(accuracy=accuracy)


def confusion_table(evaluation: Evaluation) -> pd.DataFrame:
    """Counts of test rows: one row an actual and predicted class."""
    matrix = confusion(evaluation)
    return pd.DataFrame(
        [
            {"actual": CLASSES[i], "predicted": CLASSES[j], "count": int(count)}
            for (i, j), count in np.ndenumerate(matrix)
        ]
    )


def confusion(evaluation: Evaluation) -> np.ndarray:
    """The confusion matrix, int64 of shape (2, 2), rows are the actual class."""
    known = evaluation.predictions
    return sk.confusion_matrix(known["y"], known["prediction"], labels=[0, 1])


def pair_figures(pair: Mapping[str, Evaluation], name: str) -> dict[str, Figure]:
    """Confusion matrices, ROC and precision-recall curves and (with probabilities) calibration."""
    roc, precision_recall, calibrated = {}, {}, {}
    for split, evaluation in pair.items():
        y, score = (evaluation.predictions[column].to_numpy() for column in ("y", "score"))
        false, true, _ = sk.roc_curve(y, score)
        precision, recall, _ = sk.precision_recall_curve(y, score)
        roc[split] = (false, true, evaluation.value("roc_auc"))
        precision_recall[split] = (recall, precision, evaluation.value("average_precision"))
        if evaluation.probabilities:
            actual, predicted = calibration_curve(y, score, n_bins=10, strategy="quantile")
            calibrated[split] = pd.DataFrame({"predicted": predicted, "actual": actual})
    figures = {
        "confusion_matrix": pictures.confusion_matrices(
            {split: confusion(evaluation) for split, evaluation in pair.items()},
            classes=CLASSES,
            title=f"{name}: confusion matrix",
        ),
        "roc_and_precision_recall": pictures.roc_and_precision_recall(
            roc,
            precision_recall,
            positive_share=float(next(iter(pair.values())).predictions["y"].mean()),
            title=f"{name}: ROC and precision-recall",
        ),
    }
    if calibrated:
        figures["calibration"] = pictures.calibration(calibrated, title=f"{name}: calibration")
    return figures


def _chosen(ranking: Ranking, top: int) -> pd.DataFrame:
    """The chosen features: fit 0 is the 8:2 split, 1 to 5 the folds by artist."""
    return pd.DataFrame(
        [
            {"fit": fit, "rank": rank, "feature": feature}
            for fit, ranked in enumerate(ranking.values())
            for rank, feature in enumerate(ranked[:top], start=1)
        ]
    )
