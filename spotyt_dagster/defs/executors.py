"""Where steps run: in the run's own process, or in processes forked from a prepared one.

Both of Dagster's executors are wrapped here, for every run passes through one, whoever starts it:
its process says that it is alive, clears what dead runs hold, and says whom it waits for.
"""

from collections.abc import Callable, Iterator
from typing import cast

import dagster as dg
from dagster._core.execution.context.system import PlanOrchestrationContext
from dagster._core.execution.plan.plan import ExecutionPlan
from dagster._core.execution.retries import RetryMode
from dagster._core.execution.step_dependency_config import StepDependencyConfig

from spotyt_dagster.defs.run_liveness import (
    close_dead_runs,
    hold,
    watching_pools,
)

#: What a forked step would otherwise import by itself (dagster alone takes 1.1 s, torch 1.9 s).
_PRELOADED = ["spotyt_dagster.definitions", "sklearn", "torch"]


def executor(name: str) -> dg.ExecutorDefinition:
    """`in_process` (a step costs 0.03 s) or `multiprocess` (about 1 s a step, two at a time)."""
    if name == "in_process":
        return _alive(dg.in_process_executor)
    return _alive(dg.multiprocess_executor).configured(
        {"start_method": {"forkserver": {"preload_modules": _PRELOADED}}}
    )


def _alive(wrapped: dg.ExecutorDefinition) -> dg.ExecutorDefinition:
    def create(context: dg.InitExecutorContext) -> dg.Executor:
        create_wrapped = cast(Callable[..., dg.Executor], wrapped.executor_creation_fn)
        return _Alive(create_wrapped(context))

    return dg.ExecutorDefinition(
        name=wrapped.name,
        config_schema=wrapped.config_schema.as_field(),
        requirements=wrapped.get_requirements,
        executor_creation_fn=create,
        description=wrapped.description,
    )


class _Alive(dg.Executor):
    """Executes as another executor does, known to others as a process that lives."""

    def __init__(self, executor: dg.Executor):
        self._executor = executor

    @property
    def retries(self) -> RetryMode:
        return self._executor.retries

    @property
    def step_dependency_config(self) -> StepDependencyConfig:
        return self._executor.step_dependency_config

    def execute(
        self, plan_context: PlanOrchestrationContext, execution_plan: ExecutionPlan
    ) -> Iterator[dg.DagsterEvent]:
        instance, run_id = plan_context.instance, plan_context.run_id
        # Held until the process ends: the run is not over when its steps are.
        hold(instance, run_id)
        close_dead_runs(instance)
        with watching_pools(instance, run_id, plan_context.log.info):
            yield from self._executor.execute(plan_context, execution_plan)
