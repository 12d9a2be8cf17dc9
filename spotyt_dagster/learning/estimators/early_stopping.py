"""What deep estimators share: validation rows, schedules of the learning rate, training, curves.

The networks are attention_networks.py's and autoencoder_networks.py's, the estimators themselves
attention.py's, tabnet.py's and autoencoders.py's. torch is imported inside functions: it takes 2 s,
and most assets do without.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Literal, NamedTuple, get_args

import numpy as np
import pandas as pd
from sklearn.model_selection import ShuffleSplit, StratifiedShuffleSplit
from sklearn.utils import check_random_state

from spotyt_dagster.learning.deep import device
from spotyt_dagster.learning.determinism import deterministic
from spotyt_dagster.learning.evaluation.splits import PurgedGroupShuffleSplit
from spotyt_dagster.settings import Schedule

FEWEST_ROWS = 20  # less than this in a part: batch statistics and the stopping rule are noise
DIVERGED = "training diverged: the loss is no number; lower the learning rate"
ROWS_AT_ONCE = 2048  # of a pass without gradients


class Epoch(NamedTuple):
    """What is known of a fit at the end of one of its epochs.

    Attributes:
        number: From 1.
        train_loss: On the rows fitted on.
        valid_loss: On the validation rows for early stopping.
        learning_rate: That of its last batch.
    """

    number: int
    train_loss: float
    valid_loss: float
    learning_rate: float


_observer: ContextVar[Callable[[Epoch], None] | None] = ContextVar("observer", default=None)


@contextmanager
def epochs_observed(observer: Callable[[Epoch], None]) -> Iterator[None]:
    """Call `observer` at the end of each epoch of all fits inside, in this thread.

    What it raises ends the fit: so a search prunes, whatever the estimator is wrapped in. It is no
    hyperparameter, so estimators do not take it.
    """
    token = _observer.set(observer)
    try:
        yield
    finally:
        _observer.reset(token)


def epoch_ended(epoch: Epoch) -> None:
    """Tell who observes the fits of this thread, if anybody does."""
    if (observer := _observer.get()) is not None:
        observer(epoch)


def seed_of(random_state: Any) -> int:
    """A `random_state` as a seed for torch: an int as it is, else one drawn from it."""
    if isinstance(random_state, (int, np.integer)):
        return int(random_state)
    return int(check_random_state(random_state).randint(2**31 - 1))


def early_stopping_rows(
    rows: int,
    fraction: float,
    seed: int,
    *,
    groups: Any = None,
    linked: Any = None,
    classes: Any = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Positions (int64) of the rows to fit on and of the validation rows for early stopping.

    Args:
        rows: Number of rows of the fit.
        fraction: Share of validation rows: of the groups, or of the rows where there are no groups.
        seed: Of the draw.
        groups: Artist of each row, (rows,): none is in both parts. Without it rows are drawn, and
            where that leaves fewer than 20 in a part, all rows are in both: training then stops by
            its own loss, as plain scikit-learn data of ten rows must fit somehow.
        linked: Video of each row, (rows,): none is in both parts either, rows to fit on give way.
            Ignored where there are no groups.
        classes: Class of each row, (rows,), for a classifier: each is in both parts.

    Raises:
        ValueError: groups are given, and there are fewer than two, or fewer than 20 rows in a part;
            a part lacks a class.
    """
    if groups is None:
        fit, validation = _drawn(rows, fraction, seed, classes)
    else:
        if len(np.unique(groups)) < 2:
            raise ValueError("early stopping needs rows of two artists at least, to hold one out")
        splitter = PurgedGroupShuffleSplit(1, test_size=fraction, random_state=seed)
        videos = np.arange(rows) if linked is None else linked
        fit, validation = next(splitter.split(np.empty(rows), groups=groups, linked=videos))
        if min(len(fit), len(validation)) < FEWEST_ROWS:
            raise ValueError(
                f"too few rows: {len(fit)} to fit on and {len(validation)} to stop early by, "
                f"{FEWEST_ROWS} of each are needed"
            )
    if classes is not None:
        known = len(np.unique(classes))
        for part in (fit, validation):
            if len(np.unique(classes[part])) < known:
                raise ValueError(
                    f"too few rows: of {known} classes some are only in the rows to fit on, or "
                    "only in those to stop early by"
                )
    return fit, validation


def _drawn(rows: int, fraction: float, seed: int, classes: Any) -> tuple[np.ndarray, np.ndarray]:
    validation = int(np.ceil(fraction * rows))
    if min(validation, rows - validation) < FEWEST_ROWS:
        return np.arange(rows), np.arange(rows)
    kind = ShuffleSplit if classes is None else StratifiedShuffleSplit
    return next(kind(1, test_size=validation, random_state=seed).split(np.empty(rows), classes))


class Stepping(NamedTuple):
    """How the learning rate goes over a fit: torch's scheduler and when it is stepped.

    Attributes:
        scheduler: torch's class, None for a constant rate.
        arguments: Of the class, beside the optimizer.
        every: "epoch" or "batch".
    """

    scheduler: Any
    arguments: dict[str, Any]
    every: Literal["epoch", "batch"] = "epoch"


def schedule_of(name: Schedule, learning_rate: float, max_epochs: int, batches: int) -> Stepping:
    """The schedule of this name over so many epochs of so many batches.

    cosine: from the given rate to 0 over all epochs (Loshchilov & Hutter 2017, "SGDR", without
    restarts). one_cycle: up to the given rate over the first 30 % of the steps, then down to near 0
    (Smith & Topin 2019, "Super-Convergence"). plateau: a fifth of the rate after three epochs
    without a better validation loss.

    Raises:
        ValueError: another name.
    """
    from torch.optim import lr_scheduler

    if name not in get_args(Schedule):
        raise ValueError(f"schedule {name!r} is none of {', '.join(get_args(Schedule))}")
    cycle = {"max_lr": learning_rate, "total_steps": max_epochs * batches}
    return {
        "constant": Stepping(None, {}),
        "cosine": Stepping(lr_scheduler.CosineAnnealingLR, {"T_max": max_epochs}),
        "one_cycle": Stepping(lr_scheduler.OneCycleLR, cycle, "batch"),
        "plateau": Stepping(lr_scheduler.ReduceLROnPlateau, {"factor": 0.2, "patience": 3}),
    }[name]


def train(net: Any, estimator: Any, seed: int, fit: Any, validation: Any, **options: Any) -> Any:
    """A fitted net of skorch, its module that of the epoch of least validation loss.

    Args:
        net: skorch's class, or one made of it.
        estimator: Has learning_rate, schedule, max_epochs, patience and batch_size.
        seed: Of weights, order of rows and whatever else the net draws.
        fit: Data set to fit on, of `torch.utils.data` or skorch.
        validation: Data set to stop early by.
        options: More arguments of skorch's net: module, criterion, optimizer and theirs.
    """
    from skorch.helper import predefined_split

    made = net(
        **options,
        lr=estimator.learning_rate,
        max_epochs=estimator.max_epochs,
        batch_size=estimator.batch_size,
        iterator_train=_batches,
        iterator_train__shuffle=True,
        iterator_valid=_batches,
        train_split=predefined_split(validation),
        callbacks=_callbacks(estimator, -(-len(fit) // estimator.batch_size)),
        device=device(),
        verbose=0,
    )
    # of its own, so that the fits before this one in the same process do not matter
    with deterministic(seed):
        return made.fit(fit)


def _callbacks(estimator: Any, batches: int) -> list[tuple[str, Any]]:
    from skorch.callbacks import Callback, EarlyStopping, LRScheduler

    class Observed(Callback):
        def on_epoch_end(
            self, net: Any, dataset_train: Any = None, dataset_valid: Any = None, **kwargs: Any
        ) -> None:
            del dataset_train, dataset_valid, kwargs
            epoch = net.history[-1]
            rate = _last_rate(epoch, estimator.learning_rate)
            epoch_ended(Epoch(epoch["epoch"], epoch["train_loss"], epoch["valid_loss"], rate))

    stop = ("stop", EarlyStopping(patience=estimator.patience, threshold=0, load_best=True))
    scheduler, arguments, every = schedule_of(
        estimator.schedule, estimator.learning_rate, estimator.max_epochs, batches
    )
    # stop last: it cuts the epoch short before later callbacks note its learning rate or losses
    if scheduler is None:
        return [("observed", Observed()), stop]
    rate = LRScheduler(scheduler, monitor="valid_loss", step_every=every, **arguments)
    return [("rate", rate), ("observed", Observed()), stop]


def _batches(dataset: Any, batch_size: int, shuffle: bool = False) -> Any:
    """A DataLoader that fetches a batch at once.

    skorch's default fetches row by row and stacks them: 0.3 s for 12,000 rows, as long as a small
    network's own work.
    """
    from torch.utils.data import BatchSampler, DataLoader, RandomSampler, SequentialSampler

    sampler = RandomSampler(dataset) if shuffle else SequentialSampler(dataset)
    return DataLoader(
        dataset, sampler=BatchSampler(sampler, batch_size, drop_last=False), batch_size=None
    )


def kept(network: Any) -> Any:
    """The fitted network as it is kept: for predictions alone, float64, on the CPU.

    float64, as a row's prediction in float32 depends in its last digits on how many rows are asked
    at once. On the CPU, as one saved from a GPU could not be loaded on a machine that has none.
    """
    import torch

    network = network.cpu().double().eval()
    for module in network.modules():
        for name, value in vars(module).items():
            # pytorch-tabnet's group_attention_matrix is no buffer, which double() would reach
            if torch.is_tensor(value):
                setattr(module, name, value.cpu().double())
    return network


def forward(call: Any, *inputs: np.ndarray) -> np.ndarray:
    """What a kept network answers, float64 (rows, outputs).

    Args:
        call: The network or one of its methods, of tensors like `inputs`.
        inputs: Arrays of (rows, columns), float64 or int64.
    """
    import torch

    rows = len(inputs[0])
    with deterministic(0), torch.no_grad():
        parts = [
            call(*(torch.tensor(part[start : start + ROWS_AT_ONCE]) for part in inputs))
            for start in range(0, rows, ROWS_AT_ONCE)
        ]
    return torch.cat(parts).numpy()


def curve_table(train_loss: Any, valid_loss: Any, learning_rate: Any) -> pd.DataFrame:
    """The course of one fit, one row an epoch: CURVE_COLUMNS; `best` marks the epoch kept.

    Raises:
        ValueError: the training loss stopped being a number: the fit diverged.
    """
    table = pd.DataFrame(
        {"train_loss": train_loss, "valid_loss": valid_loss, "learning_rate": learning_rate}
    ).astype(float)
    table.insert(0, "epoch", np.arange(1, len(table) + 1))
    if not np.isfinite(table["train_loss"]).all():
        raise ValueError(DIVERGED)
    return table.assign(best=np.arange(len(table)) == table["valid_loss"].to_numpy().argmin())


def curve_of(net: Any, learning_rate: float) -> pd.DataFrame:
    """curve_table() of a fitted net of skorch.

    Its rate was `learning_rate` where no schedule wrote down another; of a rate that changes with
    each batch, the last of the epoch counts.
    """
    history = net.history.to_list()
    rates = [_last_rate(epoch, learning_rate) for epoch in history]
    train_loss, valid_loss = (
        [epoch[name] for epoch in history] for name in ("train_loss", "valid_loss")
    )
    return curve_table(train_loss, valid_loss, rates)


def _last_rate(epoch: dict[str, Any], otherwise: float) -> float:
    of_batches = [batch["event_lr"] for batch in epoch["batches"] if "event_lr" in batch]
    return of_batches[-1] if of_batches else epoch.get("event_lr", otherwise)
