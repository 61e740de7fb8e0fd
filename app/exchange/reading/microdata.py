"""Microdata of a page as the nodes that JSON-LD would have. Pure.

Tags are found by a pattern that never looks further than the next one: `html.parser` takes a quarter of a minute for a
page of a megabyte that opens comments and ends none.
"""

import html
import re
from collections.abc import Iterator, Mapping, Sequence

from app.exchange.reading.schema_org import Node, nodes

MOST = 2_000_000
"""Characters of a page in which microdata is looked for."""
DEEPEST = 200
_VOID = frozenset({
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr",
})  # fmt: skip
_VALUES = {
    "meta": "content", "a": "href", "link": "href", "area": "href", "img": "src", "time": "datetime", "data": "value",
    "meter": "value", "audio": "src", "video": "src", "embed": "src", "object": "data",
}  # fmt: skip


_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9:-]{0,60})([^<>]{0,5000})>")
_ATTRIBUTE = re.compile(r"([a-zA-Z][a-zA-Z0-9:-]*)(?:\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+)))?")
_HIDDEN = (("<!--", "-->"), ("<script", "</script"), ("<style", "</style"))
"""What holds no words: where it begins, and where it ends."""


def items(text: str) -> Iterator[tuple[int, Node]]:
    """Yield the events of a page with the lines on which they begin."""
    if "itemscope" not in text or "schema.org/" not in text:
        return
    for item in _Walk().through(_shown(text[:MOST])):
        for node in nodes([item]):
            number = node.get("#line", 0)
            yield number if isinstance(number, int) else 0, node


def _shown(text: str) -> str:
    """Return a page without comments, scripts and styles; the lines stay where they are."""
    for begins, ends in _HIDDEN:
        parts, at = list[str](), 0
        while (begun := text.find(begins, at)) >= 0 and (ended := text.find(ends, begun)) >= 0:
            parts += [text[at:begun], "\n" * text.count("\n", begun, ended)]
            at = ended + len(ends)
        text = "".join([*parts, text[at:]])
    return text


class _Element:
    """An open element: its tag, the item and property that it stands for, and the text of it so far."""

    def __init__(self, tag: str, item: Node | None, owner: Node | None, names: Sequence[str]) -> None:
        self.tag, self.item, self.owner, self.names = tag, item, owner, names
        self.value: str | None = None
        self.text: list[str] = []


class _Walk:
    """A walk through the tags of a page; what is never closed ends with the page."""

    def __init__(self) -> None:
        self.items: list[Node] = []
        self._open: list[_Element] = []

    def through(self, text: str) -> list[Node]:
        """Return the items that are no property of another."""
        at, line = 0, 1
        for tag in _TAG.finditer(text):
            self._words(text[at : tag.start()])
            line += text.count("\n", at, tag.start())
            if tag[1]:
                self._close(tag[2].lower())
            else:
                self._begin(tag[2].lower(), _given(tag[3]), line)
            line += text.count("\n", tag.start(), tag.end())
            at = tag.end()
        while self._open:
            _say(self._open.pop())
        return self.items

    def _begin(self, tag: str, given: Mapping[str, str], line: int) -> None:
        """Open an element; one that holds its value in an attribute is said at once."""
        owner = next((one.item for one in reversed(self._open) if one.item is not None), None)
        item = _item(given, line) if "itemscope" in given else None
        element = _Element(tag, item, owner, given.get("itemprop", "").split())
        if item is not None and not (element.names and owner is not None):
            self.items.append(item)
        element.value = given.get("content" if "content" in given else _VALUES.get(tag, ""))
        if tag in _VOID:
            _say(element)
        elif len(self._open) < DEEPEST:
            self._open.append(element)

    def _close(self, tag: str) -> None:
        """Close an element, and those within it that were left open."""
        if not any(one.tag == tag for one in self._open):
            return
        while self._open:
            element = self._open.pop()
            _say(element)
            if self._open:
                self._open[-1].text += element.text
            if element.tag == tag:
                return

    def _words(self, words: str) -> None:
        if self._open and words:
            self._open[-1].text.append(words)


def _given(attributes: str) -> dict[str, str]:
    """Return the attributes of a tag; one without a value is empty."""
    found = _ATTRIBUTE.findall(attributes)
    return {name.lower(): html.unescape(double or single or bare) for name, double, single, bare in found}


def _item(given: Mapping[str, str], line: int) -> Node:
    item: Node = {"@type": given.get("itemtype", "").split(), "#line": line}
    return item | ({"@id": given["itemid"]} if given.get("itemid") else {})


def _say(element: _Element) -> None:
    """Give an element's value to the item that it belongs to."""
    if element.owner is None or not element.names:
        return
    value: object = element.item
    if value is None:
        value = element.value if element.value is not None else html.unescape(" ".join("".join(element.text).split()))
    for name in element.names:
        if name in element.owner:
            held = element.owner[name]
            element.owner[name] = [*held, value] if isinstance(held, list) else [held, value]
        else:
            element.owner[name] = value
