"""Files of platforms as rows of cells: any encoding that they are written in, bounded in every direction. Pure."""

import csv
import io
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from typing import Any, Final

from msgspec import Struct

from app.core.i18n import gettext as _
from app.core.sheets import Unreadable

MOST_ROWS: Final = 20_000
MOST_COLUMNS: Final = 40
LONGEST_CELL: Final = 500
"""Letters; names and addresses are shorter, and more of a cell is not looked at."""
_ENCODINGS: Final = {"utf-8-sig": "UTF-8", "cp932": "Shift_JIS"}
_MARKS: Final = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
_HEAD: Final = 400
"""Bytes by which UTF-16 without its mark is known: every other one is zero."""
_DELIMITERS: Final = "\t,;"
_FORMULA: Final = frozenset("=+-@＝＋－＠")


class Row(Struct, frozen=True):
    """A row with its number in the file, from 1; a cell that is not there is empty."""

    number: int
    cells: tuple[str, ...]

    def cell(self, place: int | None) -> str:
        """Return a cell, "" when the row has no such one."""
        return self.cells[place] if place is not None and place < len(self.cells) else ""


class Written(Struct, frozen=True):
    """The text of a file and what it was written in."""

    text: str
    encoding: str


def decoded(data: bytes) -> Written:
    """Return the text of a file, or raise `Unreadable`."""
    encoding = _MARKS.get(data[:2]) or _unmarked_utf_16(data)
    for name, called in {encoding: "UTF-16"}.items() if encoding else _ENCODINGS.items():
        try:
            text = data.decode(name)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return Written(text, called)
    raise Unreadable(_("This file is in no encoding that we know. Please save it as CSV (UTF-8)."))


def _unmarked_utf_16(data: bytes) -> str | None:
    """Return the byte order of UTF-16 that says nothing of it, as tools write that cut the mark off."""
    head = data[:_HEAD]
    odd, even = head[1::2].count(0), head[0::2].count(0)
    if len(head) < 8 or max(odd, even) * 4 < len(head):
        return None
    return "utf-16-le" if odd > even else "utf-16-be"


def table(text: str) -> list[Row]:
    """Return the rows that are not empty. Raises `Unreadable` for too many, or for quotes that never end."""
    lines = io.StringIO(text.replace("\r\n", "\n").replace("\r", "\n"), newline="")
    found: list[Row] = []
    reader = csv.reader(lines, delimiter=_delimiter(text))
    try:
        for number, cells in _numbered(reader):
            plain = tuple(map(_plain, cells[:MOST_COLUMNS]))
            if any(plain):
                found.append(Row(number, plain))
            if len(found) > MOST_ROWS:
                raise Unreadable(_("This report has more than %(n)s lines. Please send it in parts.", n=MOST_ROWS))
    except csv.Error as error:
        raise Unreadable from error
    return found


def _numbered(reader: Any) -> Iterator[tuple[int, list[str]]]:
    """Yield rows with the line on which each begins: a cell may hold several lines."""
    begun = 1
    for cells in reader:
        yield begun, cells
        begun = reader.line_num + 1


def _delimiter(text: str) -> str:
    """Return what stands between cells: what most of the first lines hold, tabs before commas."""
    seen: Counter[str] = Counter()
    for line in islice(io.StringIO(text), 30):
        seen.update({sign for sign in _DELIMITERS if sign in line})
    return max(_DELIMITERS, key=lambda sign: seen[sign])


def _plain(cell: str) -> str:
    """Return a cell without blanks around it, and without the apostrophe by which lists of ours are harmless."""
    words = cell[:LONGEST_CELL].strip().strip("\ufeff")
    return words[1:] if words[:1] == "'" and words[1:2] in _FORMULA else words
