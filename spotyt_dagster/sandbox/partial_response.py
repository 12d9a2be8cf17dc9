"""Google's `fields` parameter: the parts of an answer that the caller asks for.

Grammar as in "Performance tips" of the YouTube Data API: `a,b` both, `a/b` b inside a, `a(b,c)` b
and c inside a, `*` every field.
"""

import re
from typing import Any

#: Selected fields, each with the fields selected inside it; none inside means all of it.
Selection = dict[str, "Selection"]

_TOKEN = re.compile(r"[A-Za-z0-9_]+|[*(),/]")


def parse(fields: str) -> Selection:
    """Read a `fields` parameter.

    Raises:
        ValueError: it does not keep to the grammar.
    """
    tokens = _TOKEN.findall(fields)
    if "".join(tokens) != fields:
        raise ValueError(fields)
    selection = _list(tokens)
    if tokens:
        raise ValueError(fields)
    return selection


def select(value: Any, selection: Selection) -> Any:
    """The selected parts of a JSON value; lists are selected from element by element."""
    if not selection or selection.get("*") == {}:
        return value
    if isinstance(value, list):
        return [select(element, selection) for element in value]
    if not isinstance(value, dict):
        return value
    return {
        name: select(inner, selection.get(name, selection.get("*", {})))
        for name, inner in value.items()
        if name in selection or "*" in selection
    }


def _list(tokens: list[str]) -> Selection:
    selection: Selection = {}
    while True:
        _item(tokens, selection)
        if not tokens or tokens[0] != ",":
            return selection
        tokens.pop(0)


def _item(tokens: list[str], selection: Selection) -> None:
    if not tokens or tokens[0] in "(),/":
        raise ValueError("a field's name is missing")
    inside = selection.setdefault(tokens.pop(0), {})
    if tokens and tokens[0] == "/":
        tokens.pop(0)
        _item(tokens, inside)
    elif tokens and tokens[0] == "(":
        tokens.pop(0)
        inside.update(_list(tokens))
        if not tokens or tokens.pop(0) != ")":
            raise ValueError("a bracket is not closed")
