"""Forms: dotted names become nested data."""

import pytest

from app.core.web.forms import nest
from tests.core.probe import browser


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        ([("a", "1")], {"a": "1"}),
        ([("a", " 1 ")], {"a": "1"}),
        ([("a", ""), ("b", "  ")], {}),
        ([("a", "1"), ("a", "2"), ("a", "3")], {"a": ["1", "2", "3"]}),
        ([("p.1.n", "b"), ("p.0.n", "a")], {"p": [{"n": "a"}, {"n": "b"}]}),
        ([("p.2.n", "c"), ("p.1.n", "b")], {"p": [{}, {"n": "b"}, {"n": "c"}]}),
        ([("p.100.n", "c")], {"p": {"100": {"n": "c"}}}),
        ([("a", "1"), ("a.b", "2")], {"a": "1"}),
        ([("A", "1"), ("a b", "2"), ("..", "3"), ("a" * 61, "4")], {}),
        ([("note", "one\r\ntwo")], {"note": "one\ntwo"}),
        ([("a.b.c.d.e.f.g.h", "8")], {"a": {"b": {"c": {"d": {"e": {"f": {"g": {"h": "8"}}}}}}}}),
        ([("a.b.c.d.e.f.g.h.i", "9"), (".".join(["a"] * 3000), "deep")], {}),
    ],
)
def test_nest(items: list[tuple[str, str]], expected: dict[str, object]) -> None:
    assert nest(items) == expected


def test_nest_reads_a_bounded_number_of_fields() -> None:
    assert len(nest([(f"f{n}", "x") for n in range(5000)])) == 2000


async def test_form_of_a_page_is_nested() -> None:
    async with browser() as client:
        answer = await client.post("/form", data={"party.0.name": "林", "party.1.name": "Kim", "email": ""})
    assert answer.json() == {"party": [{"name": "林"}, {"name": "Kim"}]}
