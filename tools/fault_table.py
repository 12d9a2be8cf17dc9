"""Prints what `spotyt run` makes of each fault, and whether a healthy run restores the tables.

    python -m tools.fault_table [--match REGEX]

Run it from the root of the checkout: the faults are those of the tests (`fault_list.py`). Every run
asks the sandbox over real connections with the product's own retries and limits, so that the whole
list takes over an hour, nearly all of it waiting: a fault of every call is retried for 8 s, one
that drips without end for five minutes. Programs with different --match may run in parallel.

A row a fault: YouTube units and Spotify calls that the sandbox counted, exit code, seconds, what
the run said; then, on the same day of quota and over the same ledger, a healthy run: the units and
calls it took, and whether all its tables are those of an undisturbed run to the byte. The last
column is what has to come of the fault. The first rows are runs that nothing disturbs.
"""

import argparse
import io
import os
import re
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, chdir, redirect_stderr, redirect_stdout
from dataclasses import astuple, dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

from spotyt_dagster.cli.commands import command_line
from spotyt_dagster.clock import frozen_clock
from spotyt_dagster.sample.tracks import write_sample_csv
from spotyt_dagster.sandbox.faults import Faults
from spotyt_dagster.sandbox.server import SandboxServer
from spotyt_dagster.sandbox.spotify_api import Tier
from spotyt_dagster.sandbox.world import World
from spotyt_dagster.settings import PREFIX
from spotyt_dagster.sources.raw_table import read_tracks
from spotyt_dagster_tests.sources.fault_list import CASES, Case

#: Six pages of videos, two of channels, one of artists.
ROWS, SEED = 400, 42
NOW = "2026-11-25T20:00:00+00:00"
COMMAND = ("spotyt", "run", "--select", "key:tables/crawled_tracks")
#: The table's columns, in the order of `Row`.
HEADS = (
    "fault",
    "units",
    "calls",
    "exit",
    "s",
    "what the run says",
    "healthy run: units",
    "calls",
    "same tables",
    "has to",
)
#: How the command line begins a line on what failed or was found.
_MARKS = ("failed: ", "! ", "spotyt: ")


@dataclass(frozen=True)
class Run:
    """One run of the command line.

    Attributes:
        exit_code: of the command.
        said: its lines on failures and findings.
        seconds: of wall time.
        units: YouTube's, taken by this run.
        calls: Spotify's, made by this run.
        tables: every file of the storage by its path, as bytes.
    """

    exit_code: int
    said: str
    seconds: float
    units: int
    calls: int
    tables: Mapping[str, bytes]


@dataclass(frozen=True)
class Row:
    """One fault: the run that met it, and the healthy run after it.

    Attributes:
        fault: of the list, with the endpoint that it strikes.
        units: YouTube's, taken under the fault.
        calls: Spotify's, made under the fault.
        exit_code: of the run under the fault.
        seconds: of the run under the fault.
        said: by the run under the fault.
        healthy_units: YouTube's, taken by the healthy run.
        healthy_calls: Spotify's, made by the healthy run.
        same_tables: whether the healthy run left an undisturbed world's files, to the byte.
        right: what has to come of the fault.
    """

    fault: str
    units: int
    calls: int
    exit_code: int
    seconds: float
    said: str
    healthy_units: int
    healthy_calls: int
    same_tables: bool
    right: str


class FaultRuns:
    """Runs of the command line on one small world, each case in a folder of its own.

    Args:
        folder: an empty one; a Dagster home and the storages are made there.
    """

    def __init__(self, folder: Path):
        self._folder = folder
        self._raw = folder / "tracks.csv"
        write_sample_csv(self._raw, SEED, ROWS)
        tracks, _ = read_tracks(str(self._raw), SEED)
        self._world = World(tracks, SEED)
        self._clock = frozen_clock(datetime.fromisoformat(NOW))
        (folder / "home").mkdir()
        self._undisturbed: dict[Tier, Mapping[str, bytes]] = {}

    def rows(self, cases: list[Case]) -> Iterator[Row]:
        """An undisturbed run in each tier that the cases need, then each case."""
        tiers: dict[Tier, None] = dict.fromkeys(case.tier for case in cases)
        for tier in tiers:
            with SandboxServer(self._world, self._clock, tier=tier) as server:
                place = self._new_folder(tier)
                first, second = (self._run(server, place) for _ in range(2))
            self._undisturbed[tier] = first.tables
            yield self._row(f"none, {tier} tier", "undisturbed", first, second, tier)
        for number, case in enumerate(cases):
            place = self._new_folder(str(number))
            with SandboxServer(
                self._world, self._clock, tier=case.tier, faults=case.faults
            ) as server:
                met = self._run(server, place, case.environment(place))
                server.inject(Faults())
                healthy = self._run(server, place)
            yield self._row(str(case), case.right, met, healthy, case.tier)

    def _row(self, fault: str, right: str, met: Run, healthy: Run, tier: Tier) -> Row:
        return Row(
            fault=fault,
            units=met.units,
            calls=met.calls,
            exit_code=met.exit_code,
            seconds=round(met.seconds, 1),
            said=met.said or "nothing but the finished steps",
            healthy_units=healthy.units,
            healthy_calls=healthy.calls,
            same_tables=healthy.exit_code == 0 and healthy.tables == self._undisturbed[tier],
            right=right,
        )

    def _new_folder(self, name: str) -> Path:
        (place := self._folder / name).mkdir()
        return place

    def _run(
        self, server: SandboxServer, place: Path, environment: Mapping[str, str] | None = None
    ) -> Run:
        before = _used(server)
        storage = place / "data"
        settings = {
            "DAGSTER_HOME": str(self._folder / "home"),
            f"{PREFIX}RAW": str(self._raw),
            f"{PREFIX}STORAGE": str(storage),
            f"{PREFIX}CRAWL_DB": f"sqlite:///{place}/crawl.db",
            f"{PREFIX}SANDBOX_URL": server.url,
            f"{PREFIX}NOW": NOW,
        }
        started = time.monotonic()
        exit_code, printed = _command(place, settings | dict(environment or {}))
        seconds = time.monotonic() - started
        units, calls = _used(server)
        return Run(
            exit_code,
            " / ".join(
                line.strip() for line in printed.splitlines() if line.strip().startswith(_MARKS)
            ),
            seconds,
            units - before[0],
            calls - before[1],
            {
                str(path.relative_to(storage)): path.read_bytes()
                for path in sorted(storage.rglob("*.parquet"))
            },
        )


def _command(place: Path, environment: Mapping[str, str]) -> tuple[int, str]:
    """Exit code of the command line in this process, and what it printed."""
    others = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    printed = io.StringIO()
    with ExitStack() as around:
        around.enter_context(patch.dict(os.environ, {**others, **environment}, clear=True))
        around.enter_context(patch.object(sys, "argv", list(COMMAND)))
        around.enter_context(chdir(place))
        around.enter_context(redirect_stdout(printed))
        around.enter_context(redirect_stderr(printed))
        try:
            command_line()
        except SystemExit as end:
            return int(end.code or 0), printed.getvalue()
    return 0, printed.getvalue()


def _used(server: SandboxServer) -> tuple[int, int]:
    """YouTube units and Spotify calls so far."""
    stats = server.stats()
    spotify = sum(stats["calls"].get(name, 0) for name in ("artists", "artist", "token"))
    return sum(stats["units_today"].values()), spotify


def _line(cells: Iterable[object]) -> str:
    """A row of a Markdown table."""
    return f"| {' | '.join(_cell(cell) for cell in cells)} |"


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "NO"
    return str(value).replace("|", "\\|")


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--match", default="", help="only faults whose name it finds")
    options = parser.parse_args()
    chosen = [case for case in CASES if re.search(options.match, str(case))]
    print(_line(HEADS), _line(["---"] * len(HEADS)), sep="\n", flush=True)
    with TemporaryDirectory() as folder:
        for row in FaultRuns(Path(folder)).rows(chosen):
            print(_line(astuple(row)), flush=True)


if __name__ == "__main__":
    main()
