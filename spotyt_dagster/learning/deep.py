"""The device that networks are trained on, and the course of their fits as tables.

The fits are estimators/early_stopping.py's.
"""

from collections.abc import Iterable
from typing import Any

import pandas as pd

from spotyt_dagster.learning.evaluation.evaluate import FIT_COLUMNS, Evaluation

CURVE_COLUMNS = ("epoch", "train_loss", "valid_loss", "learning_rate", "best")
"""The course of one fit, one row an epoch."""


def device() -> str:
    """The name of torch's device: "cuda" where it sees a GPU, else "cpu".

    Call it before evaluate(): deterministic() seeds torch only if it is imported.
    """
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"


def device_note() -> str:
    """The device in words, for the notes of a metrics row."""
    return f"trained on {device()}"


def learning_curves(evaluations: Iterable[Evaluation]) -> pd.DataFrame:
    """CURVE_COLUMNS of every fit, after its FIT_COLUMNS.

    The last step of each evaluation's pipelines has the attribute `curve_`.
    """
    table = pd.concat(
        [
            pipeline[-1].curve_.assign(**names)
            for evaluation in evaluations
            for names, pipeline in evaluation.fits
        ],
        ignore_index=True,
    )
    return table[[*FIT_COLUMNS, *CURVE_COLUMNS]]


def training_table(evaluations: Iterable[Evaluation]) -> pd.DataFrame:
    """One row a fit: FIT_COLUMNS, device, epochs run, the epoch kept."""
    return pd.DataFrame(
        [
            names | _training_of(pipeline[-1])
            for evaluation in evaluations
            for names, pipeline in evaluation.fits
        ]
    )


def _training_of(fitted: Any) -> dict[str, Any]:
    kept = fitted.curve_.loc[fitted.curve_["best"], "epoch"].iloc[0]
    return {"device": fitted.device_, "epochs": len(fitted.curve_), "epoch_kept": int(kept)}
