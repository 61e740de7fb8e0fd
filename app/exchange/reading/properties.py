"""One property line: its name, parameters and value; what writers get wrong is read as it was meant. Pure."""

import re

from msgspec import Struct

_NAME = re.compile(r"\s*([A-Za-z0-9_.-]+)\s*")
_PARAMETER = re.compile(r';\s*([A-Za-z0-9-]+)\s*=\s*("[^"]*"|[^";:,]*)((?:,(?:"[^"]*"|[^";:,]*))*)')
_CLOSED_LATE = re.compile(r"""([^":]*;TZID=)"([^":]+)(:\d{8}[^":]*)"?\s*""", re.IGNORECASE)
_ESCAPED = re.compile(r"\\([\\;,nN])")
_CARET = re.compile(r"\^([n^'])")


class Property(Struct, frozen=True, gc=False):
    """A property; names in capitals, of several values of a parameter the first; `number` is its line in the file."""

    name: str
    parameters: dict[str, str]
    value: str
    number: int

    @property
    def text(self) -> str:
        """The value as a text: escapes undone (RFC 5545, 3.3.11)."""
        return self.unescaped(self.value)

    @staticmethod
    def unescaped(value: str) -> str:
        """Return a value, or a part of it, without escapes."""
        if "\\" not in value:
            return value
        return _ESCAPED.sub(lambda found: "\n" if found[1] in "nN" else found[1], value)


def parse(text: str, number: int) -> Property | None:
    """Return the property of a line; None for a line that is none."""
    name = _NAME.match(text)
    if name is None:
        return None
    at, parameters = name.end(), dict[str, str]()
    while (found := _PARAMETER.match(text, at)) is not None:
        parameters.setdefault(found[1].upper(), _plain(found[2]))
        at = found.end()
    if text[at : at + 1] == ";":  # a parameter with a colon that nobody put into quotes: what stands last is the value
        return _loose(name[1].upper(), text[at:], parameters, number)
    if text[at : at + 1] != ":":
        return _closed_late(text, number)
    at, parameters = _unquoted_zone(text, at, parameters)
    return Property(name[1].upper(), parameters, text[at + 1 :], number)


def _closed_late(text: str, number: int) -> Property | None:
    """Return the property of `DTSTART;TZID="Asia/Tokyo:20261121T100000"`, where a quote takes in the value as well."""
    found = _CLOSED_LATE.fullmatch(text)
    return parse(f"{found[1]}{found[2]}{found[3]}", number) if found else None


def _plain(value: str) -> str:
    """Return the value of a parameter without its quotes (RFC 6868 for carets)."""
    bare = value.strip().removeprefix('"').removesuffix('"')
    return _CARET.sub(lambda found: {"n": "\n", "^": "^", "'": '"'}[found[1]], bare)


def _unquoted_zone(text: str, at: int, parameters: dict[str, str]) -> tuple[int, dict[str, str]]:
    """Take `TZID=(UTC+09:00) Osaka, Sapporo, Tokyo:2026...` for what it is: a name with colons and commas, unquoted."""
    last = text.rfind(":")
    if "TZID" not in parameters or last == at:
        return at, parameters
    begins = text.upper().index("TZID")
    whole = text[begins:last].partition("=")[2]
    return last, parameters | {"TZID": _plain(whole)}


def _loose(name: str, rest: str, parameters: dict[str, str], number: int) -> Property | None:
    _, colon, value = rest.rpartition(":")
    if not colon:
        return None
    found = re.search(r"TZID\s*=\s*(.*):[^:]*$", rest, re.IGNORECASE)
    return Property(name, parameters | ({"TZID": _plain(found[1])} if found else {}), value, number)
