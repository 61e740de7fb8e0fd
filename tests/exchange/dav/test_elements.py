"""XML from strangers: what is read, and everything that is not."""

import contextlib
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.exchange.dav import elements
from app.exchange.dav.elements import DAV, DEEPEST, MOST_ELEMENTS, Unreadable

LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
DOORS = {
    "a billion laughs": f'<!DOCTYPE a [<!ENTITY l0 "ha">{LAUGHS}]><a>&l9;</a>',
    "quadratic": f'<!DOCTYPE a [<!ENTITY x "{"x" * 50_000}">]><a>{"&x;" * 5000}</a>',
    "file": '<!DOCTYPE a [<!ENTITY f SYSTEM "file:///etc/passwd">]><a>&f;</a>',
    "address": '<!DOCTYPE a SYSTEM "http://127.0.0.1:1/x.dtd"><a/>',
    "parameter": '<!DOCTYPE a [<!ENTITY % p SYSTEM "file:///etc/passwd">%p;]><a/>',
    "only a type": "<!DOCTYPE a><a/>",
    "unknown entity": "<a>&nbsp;</a>",
    "unknown encoding": '<?xml version="1.0" encoding="x-nothing"?><a/>',
    "empty": "",
    "text": "hello",
    "two roots": "<a/><b/>",
    "open": "<a><b></a>",
    "prefix unknown": "<D:a/>",
    "deep": "<a>" * (DEEPEST + 1) + "</a>" * (DEEPEST + 1),
    "many": f"<a>{'<b/>' * MOST_ELEMENTS}</a>",
    "NUL": "<a>\0</a>",
    "space in a namespace": '<a xmlns="DAV: prop"/>',
}


@pytest.mark.parametrize("name", DOORS)
def test_what_is_not_read(name: str) -> None:
    tracemalloc.start()
    with pytest.raises(Unreadable):
        elements.read(DOORS[name].encode())
    assert tracemalloc.get_traced_memory()[1] < 20_000_000
    tracemalloc.stop()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_what_is_read(encoding: str) -> None:
    text = (
        '<?xml version="1.0"?><D:a xmlns:D="DAV:" n="1"><!----><D:b>横浜 &amp; 神戸</D:b><b xmlns="urn:x">2</b></D:a>'
    )
    root = elements.read(text.encode(encoding))
    assert (root.name, root.attributes) == ((DAV, "a"), {"n": "1"})
    assert root.says((DAV, "b")) == "横浜 & 神戸"
    assert root.says(("urn:x", "b")) == "2"
    assert (root.says(("", "b")), root.first(("", "b"))) == ("", None)


def test_as_deep_and_as_many_as_allowed() -> None:
    assert elements.read(b"<a>" * DEEPEST + b"</a>" * DEEPEST).children
    assert len(elements.read(b"<a>" + b"<b/>" * (MOST_ELEMENTS - 1) + b"</a>").children) == MOST_ELEMENTS - 1


@given(st.binary(max_size=200) | st.text(alphabet="<>/&;!ad\"'[]= :", max_size=60).map(str.encode))
def test_nothing_else_comes_out(body: bytes) -> None:
    with contextlib.suppress(Unreadable):
        elements.read(body)
