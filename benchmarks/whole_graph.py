"""What `spotyt run` takes from beginning to end: seconds by asset, and the most memory at once.

Prints one JSON object; README.md says what it means.
"""

import subprocess
import sys
import time
from collections import defaultdict
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import dagster as dg
import pandas as pd
import psutil
from world import SPOTYT, arguments, environment, machine, print_json, source

#: `spotyt` keeps Dagster's history here, in the folder it is started in.
HOME = ".dagster_home"


def seconds_by_asset(instance: dg.DagsterInstance) -> dict[str, float]:
    """Seconds of each step over all runs (batches add up), slowest first.

    Steps are named as the assets are, group/name; a check is named after its asset, and the step
    that makes two assets after itself.
    """
    seconds: defaultdict[str, float] = defaultdict(float)
    for run in instance.get_runs():
        for step in instance.get_run_step_stats(run.run_id):
            if step.start_time and step.end_time:
                seconds[step.step_key.replace("__", "/")] += step.end_time - step.start_time
    return dict(sorted(seconds.items(), key=lambda one: -one[1]))


def watch(child: subprocess.Popen) -> dict[str, float]:
    """Wait for a process: its exit code, the cores' seconds and the most memory at once.

    Memory is that of the process and its descendants together (proportional set size, so that
    shared pages count once), looked at twice a second; seconds are those of the processes seen.
    """
    family, most, seconds = psutil.Process(child.pid), 0, {}
    while child.poll() is None:
        used = 0
        with suppress(psutil.NoSuchProcess):
            for process in (family, *family.children(recursive=True)):
                with suppress(psutil.NoSuchProcess, psutil.ZombieProcess, psutil.AccessDenied):
                    used += process.memory_full_info().pss
                    times = process.cpu_times()
                    seconds[process.pid] = times.user + times.system
        most = max(most, used)
        time.sleep(0.5)
    return {"code": child.returncode, "cpu_seconds": sum(seconds.values()), "peak_bytes": most}


def main() -> None:
    """Run, measure and print."""
    parser = arguments(__doc__)
    parser.add_argument("--effort", choices=("quick", "full"), default="quick")
    options = parser.parse_args()
    with TemporaryDirectory() as folder:
        start = time.perf_counter()
        child = subprocess.Popen(
            [*SPOTYT, "run"],
            cwd=folder,
            env=environment(raw=source(options.raw), effort=options.effort),
            # The one object on stdout is ours; what the run says goes where a person looks.
            stdout=sys.stderr,
        )
        used = watch(child)
        seconds = time.perf_counter() - start
        if used["code"]:
            raise SystemExit(f"spotyt run ended with {used['code']}; its words stand above")
        with dg.DagsterInstance.from_config(str(Path(folder, HOME))) as instance:
            by_asset = seconds_by_asset(instance)
        board = pd.read_parquet(Path(folder, "data", "report", "leaderboard.parquet"))
    not_fitted = board[board["metric"].isin(["failed", "not run"])]
    print_json(
        {
            "benchmark": "whole_graph",
            "raw": board["raw_source"].iloc[0],
            "effort": options.effort,
            **machine(),
            "seconds": round(seconds, 1),
            "cpu_seconds": round(used["cpu_seconds"], 1),
            "peak_memory_mib": round(used["peak_bytes"] / 2**20),
            "models": int(board["model"].nunique()),
            "not_fitted": sorted(set(not_fitted["model"])),
            "seconds_in_steps": round(sum(by_asset.values()), 1),
            "seconds_by_asset": {name: round(value, 1) for name, value in by_asset.items()},
        }
    )


if __name__ == "__main__":
    main()
