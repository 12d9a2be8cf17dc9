"""What the benchmarks share: the raw table, a sandbox in a process of its own, the printed JSON.

A sandbox in the benchmark's own process would compute its answers under the client's GIL and so
slow down the client that calls it from several threads.
"""

import json
import os
import signal
import subprocess
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import requests

SPOTYT = (sys.executable, "-c", "from spotyt_dagster.cli import main; main()")

#: No benchmark may end for want of units: what a crawl costs is measured, not limited.
ENDLESS_UNITS = 1_000_000


def arguments(description: str | None) -> ArgumentParser:
    """A parser that knows `--raw`."""
    parser = ArgumentParser(description=description)
    parser.add_argument(
        "--raw",
        default=os.environ.get("SPOTYT_REAL_CSV") or "sample",
        help="as SPOTYT_RAW; default: SPOTYT_REAL_CSV if set, else `sample`",
    )
    return parser


def source(raw: str) -> str:
    """`raw` as it can be read from any folder."""
    path = Path(raw).expanduser()
    return str(path.resolve()) if path.exists() else raw


def environment(**settings: str) -> dict[str, str]:
    """This environment with these settings and no others of ours, nor a Dagster home."""
    foreign = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("SPOTYT_") and name != "DAGSTER_HOME"
    }
    return foreign | {f"SPOTYT_{name.upper()}": value for name, value in settings.items()}


@dataclass(frozen=True)
class Sandbox:
    """A running `spotyt sandbox serve`."""

    url: str

    def stats(self) -> dict[str, Any]:
        """Usage so far: see `sandbox.quota.Usage.stats`."""
        return requests.get(f"{self.url}/sandbox/stats", timeout=30).json()


@contextmanager
def sandbox(raw: str, latency: float) -> Iterator[Sandbox]:
    """A sandbox for the raw table, each call of which takes at least `latency` seconds."""
    options = ("--port", "0", "--latency", str(latency), "--daily-units", str(ENDLESS_UNITS))
    with (
        TemporaryDirectory() as empty,
        subprocess.Popen(
            [*SPOTYT, "sandbox", "serve", *options],
            cwd=empty,
            env=environment(raw=source(raw)),
            stdout=subprocess.PIPE,
            text=True,
        ) as process,
    ):
        try:
            assert process.stdout is not None
            announced = process.stdout.readline()
            if not announced:
                raise SystemExit("the sandbox did not start; its words stand above")
            yield Sandbox(announced.split("=")[1].split()[0])
        finally:
            process.send_signal(signal.SIGTERM)


def print_json(measured: dict[str, Any]) -> None:
    """The one object that a benchmark prints."""
    print(json.dumps(measured, indent=2, default=str))


def machine() -> dict[str, Any]:
    """What a reader must know of the machine to read the figures."""
    return {"cores": os.cpu_count(), "load": os.getloadavg()[0]}
