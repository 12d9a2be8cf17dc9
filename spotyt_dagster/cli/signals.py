"""How a signal ends `spotyt`: at once, in one line, with nothing left behind.

The command runs in a thread of its own and the main thread only waits. Python runs signal handlers
in the main thread, between two of its instructions: a main thread inside a long call (a fit, a
socket, Dagster's wait for a pool) would hear of Ctrl-C when the call returns, minutes later. For
the same reason Dagster, which replaces the handlers of the thread it runs in, leaves them alone.

Only the standard library is imported before the handlers are there, so that even the imports of the
commands can be interrupted: psutil alone takes long enough for Ctrl-C to meet it.
"""

import atexit
import os
import signal
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from types import FrameType
from typing import NoReturn

#: Ctrl-C, a polite kill (also of containers and systemd), a closed terminal.
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

#: Seconds that closing the runs may take. A database that is locked for longer must not keep the
#: process alive: the next run closes what this one could not (run_liveness.py).
_LONGEST_CLOSING = 2.0

#: The main thread's stack on Linux; other systems give a new thread as little as 0.5 MB.
_STACK_BYTES = 16 * 2**20

#: Trackers of shared memory outlive us by a moment to remove what we left: no reason to warn.
_SILENT_TRACKERS = "ignore:resource_tracker:UserWarning"

_NOTHING_BEGAN = "Nothing had begun; run the same command again."


@dataclass
class _AtTheEnd:
    """What the handler of this process needs to know; commands set it as they go."""

    kept: str = _NOTHING_BEGAN
    close: Callable[[], None] | None = None


_at_the_end = _AtTheEnd()


def when_stopped(kept: str, close: Callable[[], None] | None = None) -> None:
    """Tell what a signal from now on does.

    Args:
        kept: what is kept and how to resume, in one line.
        close: called first; closes what other processes would take for running.
    """
    _at_the_end.kept, _at_the_end.close = kept, close


def ending_on_signals(command: Callable[[], object]) -> None:
    """Run `command` until it returns, raises (its exception is raised here) or a signal ends it.

    A process that a signal ends has exit code 128 + the signal's number: 130 for Ctrl-C, 143 for
    SIGTERM.
    """
    if threading.current_thread() is not threading.main_thread():
        command()
        return
    when_stopped(_NOTHING_BEGAN)
    if _SILENT_TRACKERS not in sys.warnoptions:
        sys.warnoptions.append(_SILENT_TRACKERS)
    failures: list[BaseException] = []
    done = threading.Event()

    def run() -> None:
        # Inherited by every process that the command starts: Ctrl-C goes to all processes of a
        # terminal, and each worker would print its own KeyboardInterrupt.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            command()
        except BaseException as error:
            failures.append(error)
        finally:
            done.set()

    # The interpreter needs up to a second to go once the work is done: too late to stop anything.
    atexit.register(_ignore_signals)
    # Dagster redirects file descriptor 2 into its log files while a run is on.
    terminal = os.dup(sys.__stderr__.fileno() if sys.__stderr__ else 2)

    def handler(number: int, _frame: FrameType | None) -> None:
        _end(signal.Signals(number), terminal)

    # Who started us with a signal ignored, as nohup does with SIGHUP, wants it ignored.
    wanted = [one for one in SIGNALS if signal.getsignal(one) is not signal.SIG_IGN]
    previous = {one: signal.signal(one, handler) for one in wanted}
    stack_bytes = threading.stack_size(_STACK_BYTES)
    try:
        threading.Thread(target=run, name="spotyt", daemon=True).start()
        threading.stack_size(stack_bytes)
        done.wait()
    finally:
        for one, before in previous.items():
            signal.signal(one, before)
        os.close(terminal)
    if failures:
        raise failures[0]


def _end(received: signal.Signals, terminal: int) -> NoReturn:
    _ignore_signals()
    if _at_the_end.close is not None:
        closing = threading.Thread(target=_at_the_end.close, daemon=True)
        closing.start()
        closing.join(_LONGEST_CLOSING)
    _kill_children()
    # Past every buffer and lock, which the thread of the command may hold.
    clear = "\r\x1b[K" if os.isatty(terminal) else ""
    os.write(terminal, f"{clear}spotyt: stopped by {received.name}. {_at_the_end.kept}\n".encode())
    # No exit handlers: they wait for workers that are gone, and say so in tracebacks.
    os._exit(128 + received)


def _ignore_signals() -> None:
    for one in SIGNALS:
        signal.signal(one, signal.SIG_IGN)


def _kill_children() -> None:
    """End every process that this one started, and theirs."""
    import psutil

    trackers = _resource_trackers()
    children = [
        child for child in psutil.Process().children(recursive=True) if child.pid not in trackers
    ]
    for child in children:
        try:
            child.kill()
        except psutil.NoSuchProcess:
            continue


def _resource_trackers() -> set[int]:
    """Processes that remove semaphores and temporary folders once all others are gone."""
    modules = ("multiprocessing.resource_tracker", "joblib.externals.loky.backend.resource_tracker")
    loaded = [sys.modules[name] for name in modules if name in sys.modules]
    return {module._resource_tracker._pid for module in loaded} - {None}
