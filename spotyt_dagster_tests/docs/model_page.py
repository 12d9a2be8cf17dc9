"""A page that says how to add a model of a kind, as data."""

import ast
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from spotyt_dagster_tests.docs.package_copy import replace_once
from spotyt_dagster_tests.docs.pages import ROOT, blocks, code


@dataclass(frozen=True)
class ModelPage:
    """A page of docs/ with the file of a model, and the list that it goes into."""

    name: str

    @property
    def path(self) -> Path:
        """Of the page."""
        return ROOT / "docs" / self.name

    @property
    def file(self) -> str:
        """The text of the model's file."""
        (text,) = blocks(self.path, "python")
        return text

    @cached_property
    def _places(self) -> list[str]:
        spans = [span for span in code(self.path) if re.search(r"/learning/\w+/\w+\.py$", span)]
        assert len(spans) == 2, spans
        return spans

    @property
    def place(self) -> str:
        """Where the model's file goes."""
        return self._places[0]

    @property
    def key(self) -> str:
        """The model's asset."""
        return f"{Path(self.place).parent.name}/{Path(self.place).stem}"

    @property
    def description(self) -> str:
        """What the record says it is."""
        (text,) = re.findall(r'    description="(.*)",', self.file)
        return text

    def lines(self) -> int:
        """Lines of the model's file, without imports, docstrings and blank ones."""
        tree = ast.parse(self.file)
        dropped: set[int] = set()
        for node in ast.walk(tree):
            match node:
                case ast.Import() | ast.ImportFrom() | ast.Expr(ast.Constant()):
                    dropped |= set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
        numbered = enumerate(self.file.splitlines(), start=1)
        return sum(bool(line.strip()) for number, line in numbered if number not in dropped)

    def add_to(self, home: Path) -> None:
        """Write the file into a copy of the package, and its line into the list."""
        task, name = self.key.split("/")
        assert not (home / self.place).exists(), f"{name} is in the product: show another model"
        (home / self.place).write_text(self.file, encoding="utf-8")
        assert f"{name}.MODEL," in code(self.path)
        listing = home / self._places[1]
        text = listing.read_text(encoding="utf-8")
        (opening,) = re.findall(r"^(?:MODELS|SYSTEMS) = \(\n", text, re.MULTILINE)
        replace_once(listing, opening, f"{opening}    {name}.MODEL,\n")
        imported = f"from spotyt_dagster.learning.{task} import "
        wrapped = f"{imported}(\n" in text
        replace_once(
            listing,
            f"{imported}(\n" if wrapped else imported,
            f"{imported}(\n    {name},\n" if wrapped else f"{imported}{name}, ",
        )
