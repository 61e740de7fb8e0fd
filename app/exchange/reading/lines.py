"""Bytes of a calendar as logical lines: newlines repaired, folds undone before anything is decoded. Pure.

RFC 5545, 3.1 folds after 75 octets, wherever that falls: a fold may cut a character in two, and with it the whole word
unless the halves are joined as bytes.
"""

import codecs
import re
from collections.abc import Iterator

from msgspec import Struct

_NEWLINES = re.compile(rb"\r*\n|\r+")
"""CRLF, LF, CR, and what mail servers and editors make of them: CRCRLF."""
_WIDE = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}


class Line(Struct, frozen=True):
    """A logical line, and the number of the line of the file (from 1) on which it begins."""

    number: int
    data: bytes


class Source(Struct, frozen=True):
    """A file taken apart; `wide` names the charset of which these bytes are the UTF-8, None while it is not known."""

    lines: tuple[Line, ...]
    wide: str | None
    repairs: frozenset[str]


def take_apart(raw: bytes) -> Source:
    """Return the logical lines of a file, and what had to be repaired: bom, utf-16, newlines, blank_lines, nul."""
    body, wide, repairs = _narrow(raw)
    if b"\x00" in body:
        body = body.replace(b"\x00", b"")
        repairs.add("nul")
    if len(set(_NEWLINES.findall(body))) > 1 or b"\r\r" in body:
        repairs.add("newlines")
    return Source(tuple(_unfolded(body, repairs)), wide, frozenset(repairs))


def _narrow(raw: bytes) -> tuple[bytes, str | None, set[str]]:
    """Return the bytes without byte order marks; of UTF-16, which no later step could read, as UTF-8."""
    repairs: set[str] = set()
    wide = _WIDE.get(raw[:2]) or _guess_wide(raw)
    if wide:
        text = raw.decode(wide, "surrogatepass").removeprefix("\ufeff").removeprefix("\ufeff")
        joined = re.sub("(\r*\n|\r+)[ \t]", "", text)  # a fold may stand between the halves of a surrogate pair
        fit = joined.encode("utf-16", "surrogatepass").decode("utf-16", "ignore")
        return fit.encode(), wide, {"utf-16"}
    while raw.startswith(codecs.BOM_UTF8):
        raw = raw[len(codecs.BOM_UTF8) :]
        repairs.add("bom")
    return raw, None, repairs


def _guess_wide(raw: bytes) -> str | None:
    """Return UTF-16 without a mark for what it is: every second byte of `BEGIN:` is NUL."""
    start = raw[:64]
    if start[1:12:2] == b"\x00" * 6 and b"\x00" not in start[0:12:2]:
        return "utf-16-le"
    return "utf-16-be" if start[0:12:2] == b"\x00" * 6 and b"\x00" not in start[1:12:2] else None


def _unfolded(body: bytes, repairs: set[str]) -> Iterator[Line]:
    begun, number = b"", 0
    for n, piece in enumerate(_NEWLINES.split(body), 1):
        if piece[:1] in (b" ", b"\t") and number:
            begun += piece[1:]
            continue
        if begun:
            yield Line(number, begun)
        elif number:
            repairs.add("blank_lines")
        begun, number = piece, n
    if begun:
        yield Line(number, begun)
