"""Reads the documentation as data: code blocks, code spans, links."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
PAGES = (README, *sorted((ROOT / "docs").glob("*.md")), ROOT / "benchmarks" / "README.md")

_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_SPAN = re.compile(r"`([^`\n]+)`")
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


def blocks(page: Path, language: str = "") -> list[str]:
    """The fenced code blocks of a language, those without one by default."""
    return [code for name, code in _BLOCK.findall(_text(page)) if name == language]


def code(page: Path) -> list[str]:
    """Every line of code on a page, in blocks and in running text."""
    lines = [line for block in blocks(page) for line in block.splitlines()]
    return lines + _SPAN.findall(_BLOCK.sub("", _text(page)))


def links(page: Path) -> list[str]:
    """Targets of the page's links and pictures."""
    return _LINK.findall(_BLOCK.sub("", _text(page)))


def _text(page: Path) -> str:
    return page.read_text(encoding="utf-8")
