"""What a person sees of a run in the terminal: one line an asset, warnings, nothing else."""

import logging
import time

from dagster import DagsterEvent, DagsterEventType
from rich.console import Console
from rich.markup import escape


class RunLines(logging.Handler):
    """Turns Dagster's log records into lines: what was materialized, with rows and seconds."""

    def __init__(self, console: Console):
        # Dagster logs its events at DEBUG.
        super().__init__(logging.DEBUG)
        self._console = console
        self._started: dict[str, float] = {}

    def emit(self, record: logging.LogRecord) -> None:
        """Print the line of a record, if it deserves one."""
        event: DagsterEvent | None = getattr(record, "dagster_event", None)
        if event is None:
            if record.levelno >= logging.WARNING:
                self._console.print(f"  [yellow]{escape(_message(record))}[/]")
            return
        if event.event_type == DagsterEventType.STEP_START and event.step_key:
            self._started[event.step_key] = time.monotonic()
        elif event.event_type == DagsterEventType.ASSET_MATERIALIZATION:
            self._console.print(self._line(event), highlight=False)
        elif event.event_type == DagsterEventType.STEP_FAILURE:
            self._console.print(f"  [red]✗[/] {escape(event.step_key or '')}")

    def _line(self, event: DagsterEvent) -> str:
        materialization = event.step_materialization_data.materialization
        key = materialization.asset_key.to_user_string()
        rows = materialization.metadata.get("dagster/row_count")
        seconds = time.monotonic() - self._started.get(event.step_key or "", time.monotonic())
        facts = [
            materialization.partition or "",
            f"{rows.value:,} rows" if rows and isinstance(rows.value, int) else "",
            f"{seconds:.1f} s",
        ]
        return f"  [green]✓[/] {key:42} [dim]{'  '.join(fact for fact in facts if fact)}[/]"


def _message(record: logging.LogRecord) -> str:
    meta = getattr(record, "dagster_meta", {})
    return str(meta.get("orig_message") or record.getMessage())
