"""What is said of a line, and texts that fit. Pure."""

import re

from msgspec import Struct

_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f\x85\u2028\u2029\ud800-\udfff\ufeff\ufffd]")
"""What no text needs, no database takes, or a browser reads as an order."""
_SHOWN = 80
"""Characters of what was written that a report quotes."""


class Note(Struct, frozen=True, gc=False):
    """What the quality report says of a line: `code` names it; `lost` when something is not there any more."""

    number: int
    code: str
    lost: bool = False
    field: str = ""
    written: str = ""


def note(number: int, code: str, *, lost: bool = False, field: str = "", written: str = "") -> Note:
    """Return a note that quotes no more than the beginning of what was written."""
    return Note(number, code, lost, field, _CONTROL.sub("", written)[:_SHOWN])


def clean(text: str) -> str:
    """Return a text without what no text needs; new lines stay, as LF."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return (_CONTROL.sub("", text) if _CONTROL.search(text) else text).strip()


LONGEST = {
    "title": 500,
    "description": 20_000,
    "place": 500,
    "address": 500,
    "url": 2_000,
    "organiser": 300,
    "price": 300,
    "contact": 500,
    "phone": 100,
    "email": 320,
    "origin": 500,
    "other": 1_000,
    "categories": 100,
}
"""Characters that a field may have."""
MOST_CATEGORIES = 50
MOST_OTHERS = 60
LONGEST_UID = 255
"""In characters, as RFC 7986 asks for; an index takes no more than 2,700 bytes."""


def fit(text: str, field: str, number: int, notes: list[Note]) -> str:
    """Return a clean text of a length that its field may have."""
    words = clean(text)
    most = LONGEST[field]
    if len(words) <= most:
        return words
    notes.append(note(number, "too_long", lost=True, field=field, written=words))
    return words[:most].rstrip()
