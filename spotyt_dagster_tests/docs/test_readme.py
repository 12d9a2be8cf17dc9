"""What the documentation names is there: files, settings, make targets, commands and options."""

import re
import shlex
from pathlib import Path

import click
import pytest
import typer

from spotyt_dagster.cli.commands import app
from spotyt_dagster.settings import FOREIGN, PREFIX, SECRETS, Settings
from spotyt_dagster_tests.docs.pages import PAGES, ROOT, code, links

SETTINGS = {PREFIX + name.upper(): field for name, field in Settings.model_fields.items()}
EXAMPLE = (ROOT / ".env.example").read_text(encoding="utf-8")
#: `#SPOTYT_NAME=value`: a line to uncomment.
OFFERED = dict(re.findall(rf"^#({PREFIX}[A-Z_]+)=(.*)$", EXAMPLE, re.MULTILINE))
MAKE_TARGETS = set(
    re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
)

by_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


@by_page
def test_every_relative_link_and_picture_leads_somewhere(page: Path):
    relative = [link for link in links(page) if not re.match(r"[a-z]+:|#", link)]
    missing = [link for link in relative if not (page.parent / link.split("#")[0]).exists()]
    assert missing == []


@by_page
def test_every_setting_named_is_one(page: Path):
    named = set(re.findall(rf"{PREFIX}[A-Z_]+", page.read_text(encoding="utf-8")))
    assert named - SETTINGS.keys() - {*SECRETS, *FOREIGN} == set()


def test_the_example_lists_every_setting_and_secret_and_no_others():
    assert OFFERED.keys() == SETTINGS.keys() | set(SECRETS)


def test_the_example_offers_every_default_there_is():
    defaults = {
        name: str(field.default) for name, field in SETTINGS.items() if field.default is not None
    }
    assert {name: OFFERED[name] for name in defaults} == defaults


@by_page
def test_every_make_target_named_is_in_the_makefile(page: Path):
    named = {name for line in code(page) for name in re.findall(r"\bmake ([a-z]+)", line)}
    assert named - MAKE_TARGETS == set()


def spotyt_commands() -> list[str]:
    """Every command line of ours on the pages, without what stands before `spotyt`."""
    lines = [line.split(" #")[0] for page in PAGES for line in code(page)]
    found = [re.search(r"(?:^|[ /])spotyt( .+)?$", line.strip()) for line in lines]
    # The plan's `spotyt predict` is named among what is not there yet.
    return sorted({match[1].strip() for match in found if match and match[1]} - {"predict"})


def test_the_pages_name_the_commands_of_daily_use():
    assert {"run", "crawl plan", "status", "sandbox serve"} <= set(spotyt_commands())


@pytest.mark.parametrize("line", spotyt_commands())
def test_every_spotyt_command_named_is_there_with_its_options(line: str):
    command: click.Command = typer.main.get_command(app)
    words = shlex.split(line)
    while words and isinstance(command, click.Group) and not words[0].startswith("-"):
        found = command.commands.get(words.pop(0))
        assert found is not None, f"no such command: spotyt {line}"
        command = found
    # Parses the rest and runs nothing; an option that is not there raises.
    command.make_context("spotyt", words)
