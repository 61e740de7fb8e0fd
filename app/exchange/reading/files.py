"""A file of any of our formats as events, with a report of everything that is wrong with it. Pure.

Nothing raises, whatever the file is; what is none of our formats has a `problem`.
"""

import zlib
from collections.abc import Callable

from msgspec import structs

from app.exchange.reading.request import MOST_BYTES, Request
from app.exchange.schemas import Finding, Kind, Reading

MOST_FINDINGS = 20_000
"""A report of more lines than this helps nobody; losses go before repairs."""


def read_file(request: Request) -> Reading:
    """Return what a file says."""
    if len(request.body) > MOST_BYTES:
        return Reading(problem="too_large", size=len(request.body))
    if request.body[:2] != b"\x1f\x8b":
        return _read(request)
    body = _unpacked(request.body)
    if body is None:
        return Reading(problem="compressed", size=len(request.body))
    found = _read(structs.replace(request, body=body))
    return structs.replace(found, findings=(Finding(0, "gzip"), *found.findings)) if not found.problem else found


def _read(request: Request) -> Reading:
    if not request.body.strip(b"\x00\r\n\t \xef\xbb\xbf\xfe\xff"):
        return Reading(problem="empty", size=len(request.body))
    return _shortened(_reader(request.kind)(request))


def _unpacked(body: bytes) -> bytes | None:
    """Return a file that somebody put on a server as .gz; None where it is broken, or too large."""
    packed = zlib.decompressobj(wbits=31)
    try:
        plain = packed.decompress(body, MOST_BYTES)
    except zlib.error:
        return None
    return None if packed.unconsumed_tail else plain


def _shortened(reading: Reading) -> Reading:
    """Return a reading whose report is in the order of the file, and not without end."""
    found = sorted(reading.findings)
    if len(found) <= MOST_FINDINGS:
        return structs.replace(reading, findings=tuple(found))
    first = sorted(found, key=lambda one: not one.lost)[:MOST_FINDINGS]
    more = Finding(0, "more_findings", written=str(len(found) - MOST_FINDINGS))
    return structs.replace(reading, findings=(more, *sorted(first)))


def _reader(kind: Kind) -> Callable[[Request], Reading]:
    """Return what reads a format, with nothing loaded that reads the others: a child lives for a tenth of a second."""
    if kind == "ics":
        from app.exchange.reading.calendars import read_calendar as read  # noqa: PLC0415
    elif kind == "page":
        from app.exchange.reading.pages import read_page as read  # noqa: PLC0415
    elif kind == "csv":
        from app.exchange.municipal.events import read_list as read  # noqa: PLC0415
    else:
        from app.exchange.reading.pushed import read_pushed as read  # noqa: PLC0415
    return read
