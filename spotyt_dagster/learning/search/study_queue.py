"""The queue of a study's trials in a database, which any number of workers empty together.

A worker claims a trial under a file lock, so that each is run once and none is run beyond the
plan's number; while it runs one, its heartbeat says so. A killed worker's trial is queued again
with the same parameters once its heartbeat is overdue. What the trials are is plan.py's.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from filelock import FileLock

from spotyt_dagster.learning.search.plan import RUNGS, Plan, Rival, next_round, round_start

if TYPE_CHECKING:
    from optuna import Study, Trial
    from optuna.storages import RDBStorage
    from optuna.trial import FrozenTrial

STUDIES_FILE = "studies.db"
MAX_RETRIES = 5  # of a trial whose worker is killed each time, as by too little memory

INDEX, STARTED, ERROR, EPOCHS = "index", "started", "error", "epochs"
"""User attributes of a trial: its place in the plan; its own number once it has begun; why it has
no value; its course, rows of fold, epoch, train_loss, valid_loss and learning_rate."""

Objective = Callable[["Attempt"], float]


@dataclass(frozen=True)
class StudyStore:
    """Where studies are kept: a SQLite file that optuna-dashboard opens.

    Not JournalStorage: it has no heartbeat, so a killed trial would be "running" for ever.

    Attributes:
        folder: Of the file STUDIES_FILE and its lock.
        heartbeat_seconds: Between two signs of life of a running trial.
        grace_seconds: Without one after which its worker counts as dead; several heartbeats, as a
            loaded machine may starve a thread.
        poll_seconds: Between two looks of a worker that waits for the others' trials.
    """

    folder: Path
    heartbeat_seconds: int = 5
    grace_seconds: int = 30
    poll_seconds: float = 0.5

    @property
    def url(self) -> str:
        """SQLAlchemy's address of the file, as optuna-dashboard takes it."""
        return f"sqlite:///{self.folder / STUDIES_FILE}"

    def lock(self) -> FileLock:
        """The lock under which trials are queued and claimed."""
        self.folder.mkdir(parents=True, exist_ok=True)
        return FileLock(self.folder / f"{STUDIES_FILE}.lock", thread_local=False)

    def database(self) -> RDBStorage:
        """The open database; its tables are made where there are none."""
        import optuna
        from optuna.storages import RDBStorage, RetryHeartbeatStaleTrialCallback

        optuna.logging.set_verbosity(optuna.logging.ERROR)
        with self.lock(), _experiments_allowed():
            return RDBStorage(
                self.url,
                engine_kwargs={"connect_args": {"timeout": 60}},
                heartbeat_interval=self.heartbeat_seconds,
                grace_period=self.grace_seconds,
                heartbeat_stale_trial_callback=RetryHeartbeatStaleTrialCallback(MAX_RETRIES),
            )


class Attempt:
    """A claimed trial, as its objective sees it."""

    def __init__(self, trial: Trial, plan: Plan, index: int, before: list[FrozenTrial]):
        """Begin a trial.

        Args:
            trial: Claimed.
            plan: Of the study.
            index: Of the trial in the plan.
            before: The finished trials of the rounds before.
        """
        self.index = index
        self.parameters = trial.params
        self._trial = trial
        self._rival = Rival(plan, before, index, trial.params)
        self._epochs: list[tuple[float, ...]] = []

    def report(self, value: float, step: int) -> None:
        """Note what the trial is worth after so many steps.

        Raises:
            TrialPruned: that is too little to go on.
        """
        from optuna import TrialPruned

        self._trial.report(value, step)
        if self._rival.is_beaten(value, step):
            raise TrialPruned

    def note_epoch(self, fold: int, *epoch: float) -> None:
        """Keep one epoch of the course: the values of EPOCHS."""
        self._epochs.append((fold, *epoch))

    def close(self) -> None:
        """Write down what is known of the trial, whatever its end."""
        self._trial.set_user_attr(RUNGS, self._rival.rungs)
        self._trial.set_user_attr(EPOCHS, self._epochs)


def work_on(
    plan: Plan,
    objective: Objective,
    store: StudyStore,
    sleep: Callable[[float], Any] = time.sleep,
) -> None:
    """Run trials of the plan until all are finished, beside all others who do.

    Args:
        plan: Of the study; one of this name may have been begun before.
        objective: Value of a trial; what it raises is the trial's failure, and no other's.
        store: Of the study.
        sleep: Waits so many seconds for the trials of others.
    """
    database = store.database()
    with store.lock():
        study = _study(plan, database)
    while not is_finished(study, plan):
        with store.lock() as lock:
            _requeue_lost(study)
            _queue_next_round(study, plan)
            if _waiting(study):
                claimed = _claimed(study, plan, objective, database, lock)
                with _experiments_allowed():
                    study.optimize(claimed, n_trials=1, catch=(Exception,))
                continue
        sleep(store.poll_seconds)


def finished_trials(plan: Plan, store: StudyStore) -> list[FrozenTrial]:
    """The finished trials of a study, in the order of the plan."""
    study = _study(plan, store.database())
    return [trial for _, trial in sorted(_slots(study).items()) if _has_ended(trial)]


def is_finished(study: Study, plan: Plan) -> bool:
    """Whether all trials of the plan have ended."""
    slots = _slots(study)
    return len(slots) == plan.trials and all(map(_has_ended, slots.values()))


def _study(plan: Plan, database: RDBStorage) -> Study:
    import optuna

    return optuna.create_study(
        study_name=plan.name,
        storage=database,
        direction=plan.direction,
        sampler=optuna.samplers.RandomSampler(),  # never asked: all parameters are queued
        load_if_exists=True,
    )


def _claimed(
    study: Study, plan: Plan, objective: Objective, database: RDBStorage, lock: FileLock
) -> Callable[[Trial], float]:
    """The objective for optuna, whose first act is to give back the lock of the claim."""

    def run(trial: Trial) -> float:
        from optuna import TrialPruned

        # optuna's own heartbeat is a thread's, which may start only after a kill
        study_id = database.get_study_id_from_name(study.study_name)
        number = trial.number
        database.record_heartbeat(
            database.get_trial_id_from_study_id_trial_number(study_id, number)
        )
        trial.set_user_attr(STARTED, number)
        index = trial.user_attrs[INDEX]
        slots = _slots(study)
        lock.release(force=True)
        before = [slots[place] for place in range(round_start(index))]
        attempt = Attempt(trial, plan, index, before)
        try:
            return objective(attempt)
        except TrialPruned:
            raise
        except Exception as error:
            trial.set_user_attr(ERROR, f"{type(error).__name__}: {error}")
            raise
        finally:
            attempt.close()

    return run


def _slots(study: Study) -> dict[int, FrozenTrial]:
    """The last trial of each place in the plan: a retry takes the place of its forerunner."""
    trials = study.get_trials(deepcopy=False)
    return {trial.user_attrs[INDEX]: trial for trial in trials}


def _has_ended(trial: FrozenTrial) -> bool:
    from optuna.trial import TrialState

    if trial.state == TrialState.FAIL:
        return ERROR in trial.user_attrs or len(_retries(trial)) >= MAX_RETRIES
    return trial.state in (TrialState.COMPLETE, TrialState.PRUNED)


def _retries(trial: FrozenTrial) -> list[int]:
    return trial.system_attrs.get("retry_history", [])


def _waiting(study: Study) -> bool:
    from optuna.trial import TrialState

    return bool(study.get_trials(deepcopy=False, states=(TrialState.WAITING,)))


def _queue_next_round(study: Study, plan: Plan) -> None:
    import optuna
    from optuna.trial import TrialState

    slots = _slots(study)
    if not all(map(_has_ended, slots.values())):
        return
    finished = [slots[place] for place in sorted(slots)]
    for index, parameters in enumerate(next_round(plan, finished), start=len(finished)):
        study.add_trial(
            optuna.create_trial(
                state=TrialState.WAITING,
                params=parameters,
                distributions=dict(plan.space),
                user_attrs={INDEX: index},
            )
        )


def _requeue_lost(study: Study) -> None:
    """Queue again what a dead worker had claimed. Under the lock only.

    Beside trials whose heartbeat is overdue, which optuna knows, those of a worker that was killed
    between its claim and its first heartbeat, or interrupted, or between the two acts of queueing.
    """
    import optuna
    from optuna.storages import RetryHeartbeatStaleTrialCallback
    from optuna.trial import TrialState

    with _experiments_allowed():
        optuna.storages.fail_stale_trials(study)
        for trial in _slots(study).values():
            began = trial.user_attrs.get(STARTED) == trial.number
            if trial.state == TrialState.RUNNING and not began:
                study.tell(trial.number, state=TrialState.FAIL)
            elif trial.state != TrialState.FAIL or _has_ended(trial):
                continue
            RetryHeartbeatStaleTrialCallback(MAX_RETRIES)(study, trial)


@contextmanager
def _experiments_allowed() -> Iterator[None]:
    """Heartbeats and retries are "experimental" to optuna, since 2.9."""
    from optuna.exceptions import ExperimentalWarning

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ExperimentalWarning)
        yield
