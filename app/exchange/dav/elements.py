"""XML as calendar programs send it: read with every door shut that a document type could open. Pure."""

from collections.abc import Iterator
from xml.parsers import expat

from msgspec import Struct, field

DAV = "DAV:"
CALDAV = "urn:ietf:params:xml:ns:caldav"
SERVER = "http://calendarserver.org/ns/"
Name = tuple[str, str]
"""A namespace and a local name."""
DEEPEST = 20
MOST_ELEMENTS = 25_000
"""A request for ten thousand events by their addresses has about as many elements."""


class Unreadable(Exception):
    """This is no XML that we read."""


class Element(Struct):
    """An element; `text` is all its own text, `attributes` those without a namespace too."""

    name: Name
    attributes: dict[str, str]
    children: list["Element"] = field(default_factory=list)
    text: str = ""

    def all(self, name: Name) -> Iterator["Element"]:
        """Yield the children of this name."""
        return (child for child in self.children if child.name == name)

    def first(self, name: Name) -> "Element | None":
        """Return the first child of this name."""
        return next(self.all(name), None)

    def says(self, name: Name) -> str:
        """Return the text of a child, "" without one."""
        found = self.first(name)
        return found.text.strip() if found else ""


def read(body: bytes) -> Element:
    """Return the root of a document, or raise `Unreadable`.

    A document type is refused: entities that grow and files that are fetched need one. Elements are counted, and how
    deep they lie.
    """
    builder = _Builder()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = builder.refuse
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.write
    try:
        parser.Parse(body, True)  # noqa: FBT003  # the parser takes no names
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise Unreadable from error
    return builder.root


class _Builder:
    """What the parser tells, as elements."""

    def __init__(self) -> None:
        self.root = Element(("", ""), {})
        self.open: list[Element] = []
        self.count = 0

    def refuse(self, *_said: object) -> None:
        raise Unreadable

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.count += 1
        if self.count > MOST_ELEMENTS or len(self.open) >= DEEPEST:
            raise Unreadable
        space, _, local = name.rpartition(" ")
        made = Element((space, local), attributes)
        if self.open:
            self.open[-1].children.append(made)
        else:
            self.root = made
        self.open.append(made)

    def end(self, _name: str) -> None:
        self.open.pop()

    def write(self, words: str) -> None:
        self.open[-1].text += words
