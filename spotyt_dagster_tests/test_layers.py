"""The lower layer knows nothing of Dagster; the upper one trusts no text annotation."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "spotyt_dagster"
UPPER = ("defs", "cli", "definitions.py")
MODULES = sorted(PACKAGE.rglob("*.py"))


def is_upper(module: Path) -> bool:
    return module.relative_to(PACKAGE).parts[0] in UPPER


def imported_by(module: Path) -> set[str]:
    """Top-level names of what a module imports, wherever in it; relative ones by package path."""
    names = set()
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            home = module.relative_to(PACKAGE.parent).parts[: -node.level] if node.level else ()
            stem = ".".join([*home, *([node.module] if node.module else [])])
            names |= {stem} | {f"{stem}.{alias.name}" for alias in node.names}
    return names


@pytest.mark.parametrize(
    "module", [m for m in MODULES if not is_upper(m)], ids=lambda m: str(m.relative_to(PACKAGE))
)
def test_the_lower_layer_imports_neither_dagster_nor_the_upper_layer(module: Path):
    upper = ("spotyt_dagster.defs", "spotyt_dagster.cli", "spotyt_dagster.definitions")
    for name in imported_by(module):
        assert name.split(".")[0] not in ("dagster", "dagster_shared"), name
        assert not name.startswith(upper), name


@pytest.mark.parametrize(
    "module", [m for m in MODULES if is_upper(m)], ids=lambda m: str(m.relative_to(PACKAGE))
)
def test_the_upper_layer_keeps_its_annotations_real(module: Path):
    # Dagster reads annotations of assets and resources; as text it cannot.
    assert "__future__.annotations" not in imported_by(module)
