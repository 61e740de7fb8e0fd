"""Events that are known are passed over while they are still bytes: of a large feed, few have changed. Pure.

What is passed over has the very bytes, lines joined and stamps left out, whose digest is known: then it came out of the
long way before, and would again. Whatever is written in another way, or stands in an odd place, is left to that way.
"""

import hashlib
import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator

from msgspec import Struct, structs

from app.exchange.reading.digests import Digests
from app.exchange.schemas import Reading

_BEGIN, _END = b"BEGIN:VEVENT", b"END:VEVENT"
_VOLATILE = re.compile(
    rb"\n(?:DTSTAMP|X-(?:MICROSOFT|MS)-[A-Z-]*|X-LIC-ERROR|X-WR-RELCALID|X-GENERATED-[A-Z-]*|X-EXPORT-[A-Z-]*)[;:][^\n]*"
)
"""As in `components`, where small letters do as well."""
_UID = re.compile(rb"^UID(?:;[^:\n]*)?:([^\n]*)", re.MULTILINE)
_ZONED = re.compile(rb"\n([^\n:]*TZID[^\n]*)")


class Events(Struct, frozen=True):
    """A file cut at the beginnings of its events: what stands before them, and each as written and as `said`.

    `said` is without folds and stamps, its lines apart by LF.
    """

    head: bytes
    written: list[bytes]
    said: list[bytes]
    newline: bytes

    def frame(self) -> bytes:
        """Return the file without its events."""
        end = _END + self.newline
        return b"".join((self.head, *(one.rpartition(end)[2] for one in self.written if not one.endswith(end))))


class Rest(Struct, frozen=True):
    """What is left to be read, and the digests of what was passed over.

    From line `begins` of it on (the first is 0), `out` lines less have gone before than in the file.
    """

    body: bytes
    kept: tuple[bytes, ...]
    begins: tuple[int, ...] = (0,)
    out: tuple[int, ...] = (0,)

    def line(self, number: int) -> int:
        """Return which line of the file a line of the rest is."""
        return number + self.out[bisect_right(self.begins, number) - 1] if number else 0


def events(body: bytes) -> Events | None:
    """Return a file cut at its events; None for one that is not plain."""
    newline = b"\r\n" if b"\r" in body else b"\n"
    lines = body.count(b"\n")
    if _BEGIN not in body or body.count(newline) != lines or body.count(b"\r") not in {0, lines}:
        return None
    joined = _unfolded(body, newline).replace(newline, b"\n")
    head, *written = body.split(_BEGIN + newline)
    _, *said = _VOLATILE.sub(b"", joined).split(_BEGIN + b"\n")
    if len(said) != len(written) or body.upper().count(b"VEVENT") != 2 * len(written):
        return None
    return Events(head, written, said, newline)


def rest(found: Events, known: frozenset[bytes], digests: Digests) -> Rest | None:
    """Return a file without the events that are known; None where that would be read otherwise."""
    parts, kept, begins, out = [found.head], list[bytes](), [0], [0]
    line, gone = found.head.count(b"\n") + 1, 0
    for written, digest in zip(found.written, _known(found, known, digests), strict=True):
        lines = written.count(b"\n") + 1
        if digest:
            kept.append(digest)
            gone += lines
            continue
        if gone != out[-1]:
            begins.append(line)
            out.append(gone)
        parts.append(_BEGIN + found.newline + written)
        line += lines
    if gone != out[-1]:
        begins.append(line)
        out.append(gone)
    left = b"".join(parts)
    is_plain = _is_plain(_unfolded(left, found.newline))
    return Rest(left, tuple(kept), tuple(begins), tuple(out)) if kept and is_plain else None


def _unfolded(body: bytes, newline: bytes) -> bytes:
    return body.replace(newline + b" ", b"").replace(newline + b"\t", b"")


def _known(found: Events, known: frozenset[bytes], digests: Digests) -> Iterator[bytes]:
    """Yield the digest of each event that is known, b"" for one that has to be read.

    One whose name stands in others as well is read, as is an instance of a series, and one behind anything else.
    """
    uids = [one[1].strip() if (one := _UID.search(said)) else b"" for said in found.said]
    alone = Counter(uids)
    end, is_behind = _END + found.newline, False
    for uid, written, said in zip(uids, found.written, found.said, strict=True):
        is_whole = written.endswith(end)
        digest = b""
        if is_behind and is_whole and uid and alone[uid] == 1 and b"RECURRENCE-ID" not in said:
            digest = _digest(said, digests)
        yield digest if digest in known else b""
        is_behind = is_whole


def _digest(said: bytes, digests: Digests) -> bytes:
    words = hashlib.sha256(_BEGIN + b"\n" + said[:-1]).digest()
    zoned = _ZONED.findall(b"\n" + said) if b"TZID" in said else ()
    return digests.of(words, (line.decode(errors="replace") for line in zoned))


def _is_plain(left: bytes) -> bool:
    """Whether all that is left is UTF-8; else its charset shows in the whole file only."""
    try:
        left.decode()
    except UnicodeDecodeError:
        return False
    return b"\x1b" not in left


def in_place(reading: Reading, left: Rest) -> Reading:
    """Return a reading of the rest as one of the file."""
    return structs.replace(
        reading,
        events=tuple(structs.replace(one, number=left.line(one.number)) for one in reading.events),
        findings=tuple(structs.replace(one, number=left.line(one.number)) for one in reading.findings),
        kept=(*left.kept, *reading.kept),
    )
