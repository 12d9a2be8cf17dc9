"""What a string of code, a page or a script names of this project is there under that name.

A linter follows the imports of modules, not those in a program that a test hands to `python -c`:
two such tests kept a function's old name until CI ran them.
"""

import ast
import re
import subprocess
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from spotyt_dagster_tests.docs.pages import ROOT

PACKAGE = r"spotyt_dagster(?:_tests)?"
IMPORTED = re.compile(rf"from ({PACKAGE}[\w.]*) import (\([^)]*\)|[\w, ]+)")
DOTTED = re.compile(rf"(?<![\w./-]){PACKAGE}(?:\.[A-Za-z_]\w*)+")


def tracked() -> list[Path]:
    command = ["git", "ls-files"]
    files = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return [path for name in files.stdout.splitlines() if (path := ROOT / name).is_file()]


def embedded(path: Path) -> Iterator[str]:
    """The strings of a module, or all of another text."""
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        yield text
        return
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def named(text: str) -> set[str]:
    """The dotted names of the project's that a text holds."""
    names = set(DOTTED.findall(text))
    for module, imported in IMPORTED.findall(text):
        names |= {
            f"{module}.{part.split(' as ')[0].strip()}"
            for part in imported.strip("()").split(",")
            if part.strip()
        }
    return names


def is_there(name: str) -> bool:
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        try:
            found = import_module(".".join(parts[:length]))
        except ModuleNotFoundError as missing:
            if not name.startswith(str(missing.name)):
                raise
            continue
        for part in parts[length:]:
            found = getattr(found, part, None)
        return found is not None
    return False


SUFFIXES, NAMES = {".py", ".md", ".toml", ".yaml", ".yml"}, {"Makefile", "run"}
TEXTS = [
    path
    for path in tracked()
    if (path.suffix in SUFFIXES or path.name in NAMES)
    and path != Path(__file__)  # its examples name what is gone
]


def test_every_name_in_embedded_code_pages_and_scripts_is_there() -> None:
    names = {
        (str(path.relative_to(ROOT)), name)
        for path in TEXTS
        for text in embedded(path)
        for name in named(text)
    }
    assert ("spotyt_dagster_tests/e2e/test_signals.py", "spotyt_dagster.cli.signals") in names
    assert {(path, name) for path, name in names if not is_there(name)} == set()


@pytest.mark.parametrize(
    ("code", "gone"),
    [
        ("from spotyt_dagster.learning.parallel import FEWEST_ROWS, each\n", ["each"]),
        ("from spotyt_dagster.learning.parallel import (\n    each,\n)", ["each"]),
        ("python -m spotyt_dagster.nowhere --help", ["nowhere"]),
        ("from spotyt_dagster.cli import main; main()", []),
    ],
)
def test_a_name_that_is_gone_is_found(code: str, gone: list[str]) -> None:
    missing = {name for name in named(code) if not is_there(name)}
    assert sorted(name.rpartition(".")[2] for name in missing) == gone
