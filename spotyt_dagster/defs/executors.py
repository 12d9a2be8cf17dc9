"""Where steps run: in the run's own process, or in processes forked from a prepared one."""

import dagster as dg

#: What a forked step would otherwise import by itself (dagster alone takes 1.1 s, torch 1.9 s).
_PRELOADED = ["spotyt_dagster.definitions", "sklearn", "torch"]


def executor(name: str) -> dg.ExecutorDefinition:
    """`in_process` (a step costs 0.03 s) or `multiprocess` (about 1 s a step, two at a time)."""
    if name == "in_process":
        return dg.in_process_executor
    return dg.multiprocess_executor.configured(
        {"start_method": {"forkserver": {"preload_modules": _PRELOADED}}}
    )
