"""A real pseudo-terminal with a program in it, for what a user at a keyboard does."""

import os
import pty
import select
import signal
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import psutil

#: Runs the command line; a test may give another program.
SPOTYT = "from spotyt_dagster.cli import main; main()"

#: Seconds until even a heavily loaded machine must have printed it.
TIMEOUT_S = 120.0


class Terminal:
    """Starts Python with a program as the only foreground process of a new terminal.

    Args:
        arguments: of the program.
        environment: variables beside those of this process, whose settings are dropped.
        folder: the program's current one.
        program: Python code.
    """

    def __init__(
        self,
        arguments: list[str],
        environment: Mapping[str, str],
        folder: Path,
        program: str = SPOTYT,
    ):
        self.output = ""
        ours = {name: value for name, value in os.environ.items() if not name.startswith("SPOTYT_")}
        self.pid, self._terminal = pty.fork()
        if self.pid == 0:
            os.chdir(folder)
            command = [sys.executable, "-c", program, *arguments]
            os.execve(sys.executable, command, {**ours, **environment})

    def wait_for(self, text: str) -> None:
        """Read until `text` has been printed."""
        until = time.monotonic() + TIMEOUT_S
        while text not in self.output:
            assert time.monotonic() < until, self.output
            assert self._read(), self.output

    def children(self) -> list[psutil.Process]:
        """Processes that the program has started."""
        return psutil.Process(self.pid).children(recursive=True)

    def press_ctrl_c(self) -> None:
        """As a keyboard does: the terminal sends SIGINT to every process in it."""
        os.write(self._terminal, b"\x03")

    def terminate(self) -> None:
        """As `kill` does: SIGTERM to the program alone."""
        os.kill(self.pid, signal.SIGTERM)

    def exit_code(self) -> int:
        """Read until the program has ended; its exit code, negative where a signal killed it."""
        until = time.monotonic() + TIMEOUT_S
        while self._read():
            assert time.monotonic() < until, self.output
        _, status = os.waitpid(self.pid, 0)
        os.close(self._terminal)
        return os.waitstatus_to_exitcode(status)

    @property
    def lines(self) -> list[str]:
        """The lines printed so far that are not empty."""
        return [line for line in self.output.replace("\r\n", "\n").split("\n") if line.strip()]

    @property
    def last_line(self) -> str:
        """The last line as the screen shows it."""
        return self.lines[-1].rsplit("\x1b[K", 1)[-1].rsplit("\r", 1)[-1]

    def _read(self) -> bool:
        """Whether the program may print more."""
        if not select.select([self._terminal], [], [], 1.0)[0]:
            return True
        try:
            printed = os.read(self._terminal, 65_536)
        except OSError:
            return False  # Linux reports the end of a terminal's last process so
        self.output += printed.decode(errors="replace")
        return bool(printed)
