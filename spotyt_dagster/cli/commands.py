"""The commands, what they print and their exit codes. What is run and how stands in `run.py`.

Exit code 0: done, or stopped by quota, which is no failure. 1: a run failed. 2: something outside
is wrong (a setting, a key, a file) and the message says how to fix it. 130, 143: stopped by Ctrl-C
or SIGTERM (signals.py).
"""

import json
import logging
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, fields
from datetime import datetime
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from spotyt_dagster.cli.signals import when_stopped
from spotyt_dagster.clock import in_utc
from spotyt_dagster.exceptions import SettingsError, UserError, explained
from spotyt_dagster.masking import quotes_a_secret
from spotyt_dagster.sandbox.spotify_api import Tier
from spotyt_dagster.settings import (
    Settings,
    load_env_file,
    load_settings,
    require_secrets,
)

if TYPE_CHECKING:
    from dagster import DagsterInstance

    from spotyt_dagster.cli.run import Outcome
    from spotyt_dagster.cli.status import Quota

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="What makes a track succeed on YouTube: crawl, tables, models, report.",
)
crawl_app = typer.Typer(help="Crawl today's numbers, or say what that would cost.")
sandbox_app = typer.Typer(no_args_is_help=True, help="The offline world: YouTube and Spotify here.")
quota_app = typer.Typer(help="Show today's units and pauses, or clear a pause.")
app.add_typer(crawl_app, name="crawl")
app.add_typer(quota_app, name="quota")
app.add_typer(sandbox_app, name="sandbox")

# Lines are not cut at 80 columns where no terminal is there: a log is searched, not looked at.
out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)

_RESUMES = (
    "Every answer and every finished table is kept; run the same command again to resume, nothing "
    "is asked twice."
)
_ONLY_LOOKED = "Nothing was changed; run the same command again."

AsJson = Annotated[bool, typer.Option("--json", help="One JSON object instead of words.")]


def command_line() -> None:
    """Run the command line; what a person can fix ends it with one message and exit code 2."""
    # The settings say what is wrong in one place; everything that logs twice would bury it.
    logging.getLogger("dagster").setLevel(logging.WARNING)
    try:
        load_env_file()
        app()
    except Exception as error:
        known = explained(error, f"Dagster's database in {os.environ.get('DAGSTER_HOME')}")
        if known is None and quotes_a_secret(error):
            known = UserError(f"{type(error).__name__}: {error}")
        if known is None:
            raise
        err.print(f"[bold red]spotyt:[/] {escape(str(known))}")
        raise SystemExit(2) from None


@app.command()
def run(
    select: Annotated[
        str | None,
        typer.Option(help="Which assets after the crawl to make, such as group:tables; else all."),
    ] = None,
) -> None:
    """Run the whole way once: read, crawl every batch, clean, train, rank, report."""
    settings = _settings()
    from spotyt_dagster.cli.run import open_instance, report_page, run_everything

    with open_instance() as instance:
        _close_runs_when_stopped(instance)
        outcome = run_everything(settings, instance, _lines(), err.print, select)
    _end(outcome, report_page(settings) if select is None else None)


@crawl_app.callback(invoke_without_command=True)
def crawl(context: typer.Context) -> None:
    """Crawl as many batches as today's units pay for, the one crawled longest ago first."""
    if context.invoked_subcommand is not None:
        return
    settings = _settings()
    from spotyt_dagster.cli.run import open_instance, run_crawl
    from spotyt_dagster.cli.status import batches_to_crawl

    with open_instance() as instance:
        _close_runs_when_stopped(instance)
        batches = batches_to_crawl(settings)
        if not batches:
            out.print("Nothing to crawl: no units are left today. See `spotyt status`.")
            return
        outcome = run_crawl(settings, instance, _lines(), err.print, batches)
    _end(outcome)


@crawl_app.command()
def plan(as_json: AsJson = False) -> None:
    """Say what a crawl would cost: calls, units, days. Nothing is sent."""
    when_stopped(_ONLY_LOOKED)
    settings = _settings()
    from spotyt_dagster.cli.status import crawl_plan, title_of

    left = crawl_plan(settings)
    if as_json:
        _print_json(left.as_json())
        return
    rows = left.rows()
    _print_table("What is left to ask today", list(rows[0]), rows)
    for bucket in left.buckets:
        cost = f"{title_of(bucket.service)}: {left.units(bucket):,} {bucket.unit}"
        if bucket.daily_units is not None:
            cost += f", {left.units_left[bucket.name]:,} of {bucket.daily_units:,} left today"
        out.print(f"{cost}.")
    out.print(f"That takes {left.days} day(s) of quota. Nothing was sent.")


@app.command()
def status(as_json: AsJson = False) -> None:
    """Show the batches, the units used and left today, and when the next day of quota begins."""
    when_stopped(_ONLY_LOOKED)
    settings = _settings()
    from spotyt_dagster.cli.status import BatchStatus
    from spotyt_dagster.cli.status import status as read_status

    now = read_status(settings)
    if as_json:
        _print_json(asdict(now))
        return
    columns = [field.name for field in fields(BatchStatus)]
    _print_table("Batches", columns, [asdict(batch) for batch in now.batches])
    _print_quota(now)


@quota_app.callback(invoke_without_command=True)
def quota(context: typer.Context, as_json: AsJson = False) -> None:
    """Show what today's units are used for, what is left, and which service wants a pause."""
    if context.invoked_subcommand is not None:
        return
    when_stopped(_ONLY_LOOKED)
    settings = _settings()
    from spotyt_dagster.cli.status import quota as read_quota

    now = read_quota(settings)
    if as_json:
        _print_json(asdict(now))
        return
    _print_quota(now)


@quota_app.command()
def clear(
    what: Annotated[str, typer.Argument(help="A service, such as youtube or spotify, or clock.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Forget a service's pause, or (`clock`) that calls were answered at a later moment."""
    when_stopped("Nothing was cleared, unless a line above says so.")
    settings = _settings()
    from spotyt_dagster.cli.status import clear_clock, clear_pause, title_of

    warning = _CLEAR_CLOCK if what == "clock" else _CLEAR_PAUSE.format(title_of(what))
    err.print(f"[yellow]![/] {escape(warning)}")
    if not yes and not _confirmed():
        raise SettingsError("Nothing was cleared. Answer y, or give --yes where nobody can.")
    out.print(clear_clock(settings) if what == "clock" else clear_pause(settings, what))


_CLEAR_PAUSE = (
    "{} asked for this pause. Whoever calls before it is over is refused again, and Spotify "
    "prolongs a ban that is not kept. Clear it only if it was another key's, or noted in error."
)
_CLEAR_CLOCK = (
    "If the clock is wrong now, the units of a day are granted twice. Clear it only if the clock "
    "is right and was ahead before: what was answered then is deleted and asked again."
)


def _confirmed() -> bool:
    return sys.stdin.isatty() and typer.confirm("Clear it?", err=True)


@sandbox_app.command()
def serve(
    port: Annotated[int, typer.Option(help="Of 127.0.0.1; 0 takes a free one.")] = 8765,
    tier: Annotated[Tier, typer.Option(help="Spotify's.")] = "extended",
    daily_units: Annotated[int, typer.Option(help="YouTube's, for each key and bucket.")] = 10_000,
    latency: Annotated[float, typer.Option(help="Seconds that every call takes at least.")] = 0.0,
) -> None:
    """Play YouTube and Spotify on loopback for the tracks of SPOTYT_RAW, until Ctrl-C."""
    when_stopped("The sandbox keeps nothing; start it again with the same command.")
    settings = _settings()
    from spotyt_dagster.sandbox.server import SandboxServer
    from spotyt_dagster.sandbox.world import World
    from spotyt_dagster.sources.raw_table import read_tracks

    tracks, _ = read_tracks(settings.raw, settings.seed)
    with SandboxServer(
        World(tracks, settings.seed),
        settings.clock,
        port=port,
        tier=tier,
        youtube_daily_units=daily_units,
        latency_s=latency,
    ) as server:
        out.print(f"SPOTYT_SANDBOX_URL={server.url} until Ctrl-C")
        Event().wait()


@sandbox_app.command()
def sample(
    path: Annotated[Path, typer.Argument(help="The CSV to write.")],
    rows: Annotated[int, typer.Option(min=1, help="Tracks to make up.")] = 20_718,
) -> None:
    """Write the synthetic data set as a CSV of Kaggle's shape."""
    settings = _settings()
    from spotyt_dagster.sample.tracks import write_sample_csv

    write_sample_csv(path, settings.seed, rows)
    out.print(f"{rows:,} synthetic tracks in {path}")


def _close_runs_when_stopped(instance: "DagsterInstance") -> None:
    from spotyt_dagster.defs.run_liveness import cancel_own_runs

    when_stopped(_RESUMES, lambda: cancel_own_runs(instance))


def _settings() -> Settings:
    settings = load_settings()
    require_secrets(settings)
    return settings


def _lines() -> logging.Handler:
    from spotyt_dagster.cli.console import RunLines

    return RunLines(err)


def _end(outcome: "Outcome", report: str | None = None) -> None:
    for warning in (*outcome.failed_checks, *outcome.stops):
        err.print(f"[yellow]![/] {escape(warning)}")
    for failure in outcome.failures:
        err.print(f"[bold red]failed:[/] {escape(failure)}")
    if outcome.failures:
        raise typer.Exit(1)
    if report:
        out.print(f"Done. Open {report}, or `make ui` for the graph.")


def _print_quota(now: "Quota") -> None:
    columns = ["bucket", "used", "answered", "left", "resumes_at"]
    _print_table(
        f"Quota of {now.quota_day} ({now.api})", columns, [asdict(one) for one in now.quota]
    )
    for one in now.quota:
        if one.paused_because and one.resumes_at:
            until = in_utc(one.resumes_at)
            out.print(f"Pause of {one.bucket} until {until}: {one.paused_because}.")
    out.print(f"The next day of quota begins at {in_utc(now.next_reset)}.")


def _print_json(shown: Mapping[str, Any]) -> None:
    # Not through rich: it would wrap lines at the terminal's width.
    print(json.dumps(shown, default=_text))


def _print_table(title: str, columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> None:
    table = Table(title=title, title_justify="left")
    for column in columns:
        table.add_column(column.replace("_", " "))
    for row in rows:
        table.add_row(*(_cell(row[column]) for column in columns))
    out.print(table)


def _cell(value: object) -> str:
    if value is None:
        return "–"
    return f"{value:,}" if isinstance(value, int) else _text(value)


def _text(value: object) -> str:
    return in_utc(value) if isinstance(value, datetime) else str(value)
