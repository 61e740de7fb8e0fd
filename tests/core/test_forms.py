"""Forms: dotted names become nested data."""

import tracemalloc

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
        ([("p.007.n", "c")], {"p": {"007": {"n": "c"}}}),
        ([("p.1.n.1", "c"), ("p.1.1", "d")], {}),
        ([("a", "1"), ("a.b", "2")], {"a": "1"}),
        ([("A", "1"), ("a b", "2"), ("..", "3"), ("a" * 81, "4")], {}),
        ([("note", "one\r\ntwo")], {"note": "one\ntwo"}),
        ([("a.b.c.d.e.f.g.h", "8")], {"a": {"b": {"c": {"d": {"e": {"f": {"g": {"h": "8"}}}}}}}}),
        ([("a.b.c.d.e.f.g.h.i", "9"), (".".join(["a"] * 3000), "deep")], {}),
    ],
)
def test_nest(items: list[tuple[str, str]], expected: dict[str, object]) -> None:
    assert nest(items) == expected


def test_nest_reads_a_bounded_number_of_fields() -> None:
    assert len(nest([(f"f{n}", "x") for n in range(5000)])) == 2000


def test_gaps_between_rows_fill_no_memory() -> None:
    tracemalloc.start()
    nest([(".".join([f"b{n}", *["99"] * 7]), "1") for n in range(2000)])
    nest([(f"a.{54 + n // 44}.{56 + n % 44}.99.99.99.99", "1") for n in range(2000)])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 10_000_000


async def test_form_of_a_page_is_nested() -> None:
    async with browser() as client:
        answer = await client.post("/form", data={"party.0.name": "林", "party.1.name": "Kim", "email": ""})
    assert answer.json() == {"party": [{"name": "林"}, {"name": "Kim"}]}
