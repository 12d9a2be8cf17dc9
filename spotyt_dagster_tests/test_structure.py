"""Structure travels in types and columns: no module parses text that another module formatted.

Each pattern was once how a module passed structure on: notes joined by "; ", sources by "+", the
variant of a fit as "<snapshot>, <detail>, fitted on log10".
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "spotyt_dagster"
SEPARATORS = ("; ", ";", "+", ", ")
TEXTS = ("fitted on log10",)
COLUMNS = ("variant", "note")


def faults(source: str) -> Iterator[str]:
    """What of a module's code carries structure in text, as `<line>: <what>`."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Attribute(ast.Constant("; " | "+"), "join"):
                yield f"{node.lineno}: joins by a separator that others would split by"
            case ast.Call(
                ast.Attribute(_, "split" | "rsplit" | "partition" | "rpartition"),
                [ast.Constant(str(separator))],
            ) if separator in SEPARATORS:
                yield f"{node.lineno}: splits by {separator!r}"
            case ast.Constant(str(text)) if text in (*TEXTS, *COLUMNS):
                yield f"{node.lineno}: {text!r}: snapshot, detail and fit_scale, notes are columns"


@pytest.mark.parametrize(
    "module", sorted(PACKAGE.rglob("*.py")), ids=lambda module: str(module.relative_to(PACKAGE))
)
def test_no_module_carries_structure_in_text(module: Path):
    assert not list(faults(module.read_text(encoding="utf-8")))


@pytest.mark.parametrize(
    "source",
    [
        '"; ".join(notes)',
        "f\"{'; '.join(notes)}\"",
        '"+".join(sorted(names))',
        '"; ".join',
        'note.split(";")',
        'rows["variant"].str.split(", ")',
        'frame["metric"].str.rpartition(", ")',
        'rows.endswith("fitted on log10")',
    ],
)
def test_each_form_that_was_met_is_found(source: str):
    assert list(faults(source))


@pytest.mark.parametrize(
    "source", ['", ".join(names)', 'path.split("/")', 'parameters["part"].split(",")']
)
def test_words_for_people_and_protocols_of_others_pass(source: str):
    assert not list(faults(source))
