"""Google's `fields` parameter."""

import pytest

from spotyt_dagster.sandbox.partial_response import parse, select

ANSWER = {
    "kind": "list",
    "items": [{"id": "a", "snippet": {"title": "A", "tags": ["x"]}}, {"id": "b"}],
    "pageInfo": {"totalResults": 2, "resultsPerPage": 5},
}


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ("kind", {"kind": "list"}),
        ("items/id", {"items": [{"id": "a"}, {"id": "b"}]}),
        (
            "items(id,snippet/title)",
            {"items": [{"id": "a", "snippet": {"title": "A"}}, {"id": "b"}]},
        ),
        ("kind,pageInfo(totalResults)", {"kind": "list", "pageInfo": {"totalResults": 2}}),
        ("items/snippet", {"items": [{"snippet": {"title": "A", "tags": ["x"]}}, {}]}),
        ("pageInfo/*", {"pageInfo": {"totalResults": 2, "resultsPerPage": 5}}),
        ("items/*/title", {"items": [{"id": "a", "snippet": {"title": "A"}}, {"id": "b"}]}),
        ("*", ANSWER),
        ("nothing", {}),
    ],
)
def test_only_the_named_fields_are_kept(fields, expected):
    assert select(ANSWER, parse(fields)) == expected


@pytest.mark.parametrize("fields", ["", "a,", "a(b", "a)", "/a", "a/", "a b", "a()", "a(b))"])
def test_a_malformed_selection_is_refused(fields):
    with pytest.raises(ValueError):  # noqa: PT011
        parse(fields)
