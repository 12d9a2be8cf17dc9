"""What all deep estimators share: device, validation part, schedules of the learning rate, curves.

The networks themselves are networks.py's; their estimators are attention.py (skorch) and tabnet.py
(pytorch-tabnet). torch is imported inside functions: it takes 2 s, and most assets do without.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple, get_args

import numpy as np
import pandas as pd

from spotyt_dagster.learning.evaluation.evaluate import FIT_COLUMNS, Evaluation
from spotyt_dagster.settings import Schedule

VALIDATION_SHARE = 0.15
FEWEST_ROWS = 20  # less than this in a part: batch statistics and the stopping rule are noise
DIVERGED = "training diverged: the loss is no number; lower the learning rate"
CURVE_COLUMNS = ("epoch", "train_loss", "valid_loss", "learning_rate", "best")


class Parts(NamedTuple):
    """Training rows in two: to fit on and to stop by. X float32 (rows, columns), y (rows,)."""

    X: np.ndarray
    y: np.ndarray
    X_valid: np.ndarray
    y_valid: np.ndarray


def device() -> str:
    """ "cuda" where torch sees a GPU, else "cpu".

    Call it before evaluate(): deterministic() seeds torch only
    if it is imported.
    """
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"


def device_note() -> str:
    """The device in words, for the notes of a metrics row."""
    return f"trained on {device()}"


def early_stopping_parts(X: pd.DataFrame, y: Any, artists: pd.Series, seed: int) -> Parts:
    """Cut a validation part by artist from the rows of a fit.

    Args:
        X: numbers without gaps, indexed by `row`.
        y: (rows,), in the order of X.
        artists: Artist by `row`, of at least the rows of X. Looked up by the index, so the cut
            stays right when a search or a fold hands on only some of the rows.
        seed: of the cut.

    Raises:
        ValueError: gaps in X, fewer than two artists, or fewer than 20 rows in a part.
    """
    from spotyt_dagster.learning.evaluation.splits import validation_split

    values, y = np.array(X, dtype="float32"), np.asarray(y)
    if not np.isfinite(values).all():
        raise ValueError("the network's input has gaps or infinite values: impute it first")
    own = artists.loc[X.index]
    if own.nunique() < 2:
        raise ValueError("early stopping needs rows of two artists at least, to hold one out")
    fit, held = validation_split(own, VALIDATION_SHARE, seed)
    if min(len(fit), len(held)) < FEWEST_ROWS:
        raise ValueError(
            f"too few rows: {len(fit)} to fit on and {len(held)} to stop by, "
            f"{FEWEST_ROWS} of each are needed"
        )
    return Parts(values[fit], y[fit], values[held], y[held])


def schedule_of(name: Schedule, epochs: int) -> tuple[Any, dict[str, Any]]:
    """Torch's scheduler class (stepped once an epoch; None for a constant rate), its arguments.

    cosine: from the given rate to 0 over all epochs (Loshchilov & Hutter 2017, "SGDR", without
    restarts). plateau: a fifth of the rate after three epochs without a better validation loss.
    """
    from torch.optim import lr_scheduler

    if name not in get_args(Schedule):
        raise ValueError(f"schedule {name!r} is none of {', '.join(get_args(Schedule))}")
    return {
        "constant": (None, {}),
        "cosine": (lr_scheduler.CosineAnnealingLR, {"T_max": epochs}),
        "plateau": (lr_scheduler.ReduceLROnPlateau, {"factor": 0.2, "patience": 3}),
    }[name]


def callbacks(patience: int, schedule: Schedule, epochs: int) -> list[tuple[str, Any]]:
    """Skorch's callbacks that change the learning rate, and stop and keep the best epoch.

    `patience` and `epochs` are numbers of epochs; the best is that of the lowest validation loss.
    """
    from skorch.callbacks import EarlyStopping, LRScheduler

    stop = ("stop", EarlyStopping(patience=patience, threshold=0, load_best=True))
    scheduler, arguments = schedule_of(schedule, epochs)
    if scheduler is None:
        return [stop]
    # first: a stop cuts the epoch short before later callbacks note its learning rate
    return [("rate", LRScheduler(scheduler, monitor="valid_loss", **arguments)), stop]


def batches(dataset: Any, batch_size: int, shuffle: bool = False) -> Any:
    """A DataLoader that fetches a batch at once.

    skorch's default fetches row by row and stacks them: 0.3 s for 12,000 rows, as long as a small
    network's own work.
    """
    from torch.utils.data import BatchSampler, DataLoader, RandomSampler, SequentialSampler

    sampler = RandomSampler(dataset) if shuffle else SequentialSampler(dataset)
    return DataLoader(
        dataset, sampler=BatchSampler(sampler, batch_size, drop_last=False), batch_size=None
    )


def curve_table(train_loss: Any, valid_loss: Any, learning_rate: Any) -> pd.DataFrame:
    """The course of one fit, one row an epoch: CURVE_COLUMNS; `best` marks the epoch kept.

    Raises ValueError where the training loss stopped being a number: the fit diverged.
    """
    table = pd.DataFrame(
        {"train_loss": train_loss, "valid_loss": valid_loss, "learning_rate": learning_rate}
    ).astype(float)
    table.insert(0, "epoch", np.arange(1, len(table) + 1))
    if not np.isfinite(table["train_loss"]).all():
        raise ValueError(DIVERGED)
    return table.assign(best=np.arange(len(table)) == table["valid_loss"].to_numpy().argmin())


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
