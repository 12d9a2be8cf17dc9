"""What loading the definitions takes: CPU and wall seconds of fresh processes.

Prints one JSON object; README.md says what it means.
"""

import os
import subprocess
import sys
import time
from argparse import ArgumentParser
from collections import defaultdict
from pathlib import Path
from statistics import median
from typing import NamedTuple

from world import environment, machine, print_json

THIS = Path(__file__).parents[1]
COMMAND = ("-c", "import spotyt_dagster.definitions")


class Seconds(NamedTuple):
    """What one process took."""

    cpu: float
    wall: float


def load(checkout: Path) -> Seconds:
    """Import the definitions of a checkout in a process of their own."""
    own = checkout / ".venv" / "bin" / "python"
    started = time.perf_counter()
    process = subprocess.Popen(
        [own if own.exists() else sys.executable, *COMMAND], cwd=checkout, env=environment()
    )
    _, status, used = os.wait4(process.pid, 0)
    wall = time.perf_counter() - started
    if status:
        raise SystemExit(f"the definitions of {checkout} do not load; see the error above")
    return Seconds(used.ru_utime + used.ru_stime, wall)


def main() -> None:
    """Load in turns, after one turn that fills the caches of compiled modules and of files."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--other", type=Path, help="another checkout, with its own .venv")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    checkouts = {"this": THIS} | ({"other": options.other.resolve()} if options.other else {})
    taken: defaultdict[str, list[Seconds]] = defaultdict(list)
    for turn in range(options.rounds + 1):
        for name, checkout in checkouts.items():
            seconds = load(checkout)
            if turn:
                taken[name].append(seconds)
    ratios = [
        this.cpu / other.cpu for this, other in zip(taken["this"], taken["other"], strict=False)
    ]
    print_json(
        {
            **machine(),
            **{
                f"{measure}_seconds": {
                    name: round(median(getattr(one, measure) for one in every), 2)
                    for name, every in taken.items()
                }
                for measure in Seconds._fields
            },
            "rounds": options.rounds,
            "cpu_ratio": round(median(ratios), 3) if ratios else None,
        }
    )


if __name__ == "__main__":
    main()
