"""Bytes of a calendar as logical lines: newlines repaired, folds undone before anything is decoded. Pure.

RFC 5545, 3.1 folds after 75 octets, wherever that falls: a fold may cut a character in two, and with it the whole word
unless the halves are joined as bytes.
"""

import codecs
import re
from collections.abc import Iterator, Sequence

from msgspec import Struct

from app.exchange.reading.damage import repaired
from app.exchange.reading.quoted import Line, unquoted

_NEWLINES = re.compile(rb"\r*\n|\r+")
"""CRLF, LF, CR, and what mail servers and editors make of them: CRCRLF."""
_FOLD = (b" ", b"\t")
_QUOTED = re.compile(rb"[;=]QUOTED-PRINTABLE[;:]", re.IGNORECASE)
_WIDE = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}


class Source(Struct, frozen=True):
    """A file taken apart; `wide` names the charset of which these bytes are the UTF-8, None while it is not known."""

    lines: tuple[Line, ...]
    wide: str | None
    repairs: frozenset[str]


def take_apart(raw: bytes) -> Source:
    """Return the logical lines of a file, and what had to be repaired: see `repairs` of `codes.FINDINGS`."""
    body, wide, repairs = _narrow(raw)
    if b"\x00" in body:
        body = body.replace(b"\x00", b"")
        repairs.add("nul")
    pieces, even = _pieces(repaired(body, repairs))
    if not even:
        repairs.add("newlines")
    lines = _unfolded(pieces, repairs)
    return Source(tuple(unquoted(lines, repairs) if _QUOTED.search(body) else lines), wide, frozenset(repairs))


def _pieces(body: bytes) -> tuple[list[bytes], bool]:
    """Return the lines as they are written, and whether all of them end alike. Counting is quicker than a pattern."""
    feeds, returns = body.count(b"\n"), body.count(b"\r")
    if not returns:
        return body.split(b"\n"), True
    if feeds == returns == body.count(b"\r\n"):
        return body.split(b"\r\n"), True
    return _NEWLINES.split(body), not feeds and b"\r\r" not in body


def _narrow(raw: bytes) -> tuple[bytes, str | None, set[str]]:
    """Return the bytes without byte order marks; of UTF-16, which no later step could read, as UTF-8."""
    repairs: set[str] = set()
    wide = _WIDE.get(raw[:2]) or _guess_wide(raw)
    if wide:
        text = raw[: len(raw) // 2 * 2].decode(wide, "surrogatepass").removeprefix("\ufeff").removeprefix("\ufeff")
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


def _unfolded(pieces: Sequence[bytes], repairs: set[str]) -> Iterator[Line]:
    """Join folded lines, over blank ones too; parts are gathered first, for a picture of 5 MB has 70,000 of them."""
    parts, number = list[bytes](), 0
    for n, piece in enumerate(pieces, 1):
        if not piece:
            if n < len(pieces):
                repairs.add("blank_lines")
        elif parts and piece[:1] in _FOLD:
            parts.append(piece[1:])
        else:
            if parts:
                yield Line(number, b"".join(parts))
            parts, number = [piece], n
    if parts:
        yield Line(number, b"".join(parts))
