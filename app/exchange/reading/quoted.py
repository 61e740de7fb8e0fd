"""Quoted-printable values, as calendars of version 1.0 have them: their lines go on after a `=`. Pure."""

import quopri
import re
from collections.abc import Iterable, Iterator

from msgspec import Struct


class Line(Struct, frozen=True, gc=False):
    """A logical line, and the number of the line of the file (from 1) on which it begins."""

    number: int
    data: bytes


_HEAD = re.compile(rb"^([^:;]+)((?:;[^:]*)?);(?:ENCODING=)?QUOTED-PRINTABLE((?:;[^:]*)?):", re.IGNORECASE)
_CHARSET = re.compile(rb";CHARSET=\"?([A-Za-z0-9_-]+)\"?", re.IGNORECASE)
_LONGEST = 1_000
"""A value that claims to go on for more lines than this has lost its end."""


def unquoted(lines: Iterable[Line], repairs: set[str]) -> Iterator[Line]:
    """Yield the lines with values in plain words, in UTF-8 where the charset is named and known."""
    held: Line | None = None
    parts: list[bytes] = []
    for line in lines:
        if held is not None:
            parts.append(line.data)
            if not line.data.endswith(b"=") or len(parts) > _LONGEST:
                yield _plain(held, parts)
                held = None
        elif _HEAD.match(line.data):
            repairs.add("quoted_printable")
            held, parts = line, [line.data]
            if not line.data.endswith(b"="):
                yield _plain(held, parts)
                held = None
        else:
            yield line
    if held is not None:
        yield _plain(held, parts)


def _plain(first: Line, parts: list[bytes]) -> Line:
    whole = b"".join(part.removesuffix(b"=") for part in parts[:-1]) + parts[-1].removesuffix(b"=")
    head = _HEAD.match(whole)
    if head is None:
        return first
    parameters = head[2] + head[3]
    value = quopri.decodestring(whole[head.end() :])
    charset = _CHARSET.search(parameters)
    if charset:
        value = _in_utf_8(value, charset[1].decode())
    written = re.sub(rb"\r*\n|\r", rb"\\n", value)
    return Line(first.number, head[1] + _CHARSET.sub(b"", parameters) + b":" + written)


def _in_utf_8(value: bytes, charset: str) -> bytes:
    """Return a value in UTF-8; as it is, for the ladder to look at, where the name or the bytes are wrong."""
    known = {"shift_jis": "cp932", "sjis": "cp932", "x-sjis": "cp932", "windows-31j": "cp932"}
    try:
        return value.decode(known.get(charset.lower(), charset)).encode()
    except (LookupError, UnicodeError):
        return value
