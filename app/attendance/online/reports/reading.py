"""A report read: which platform wrote it, by which clock, and what each line says. Pure, and bounded."""

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Final, Literal
from zoneinfo import ZoneInfo

from msgspec import Struct

from app.attendance.online.reports import bigbluebutton, plain, rows, teams, zoom
from app.attendance.online.reports.headings import Line
from app.attendance.online.reports.moments import Clock, clock_of
from app.attendance.online.reports.rows import Row
from app.core.i18n import gettext as _
from app.core.sheets import Unreadable

Platform = Literal["zoom", "teams", "bigbluebutton", "csv"]
LARGEST: Final = 4_000_000
"""Bytes of a report."""
_READERS: Final[dict[Platform, Callable[[Sequence[Row]], list[Line]]]] = {
    "teams": teams.lines,
    "bigbluebutton": bigbluebutton.lines,
    "zoom": zoom.lines,
    "csv": plain.lines,
}
_ARCHIVE: Final = b"PK\x03\x04"


class Told(Struct, frozen=True):
    """A line with its times as moments, UTC; None where there is none, `unreadable` where there is one but no time."""

    line: Line
    joined: dt.datetime | None
    left: dt.datetime | None
    unreadable: bool = False


class Read(Struct, frozen=True):
    """A report as it was understood."""

    platform: Platform
    encoding: str
    clock: Clock
    told: list[Told]


def read(data: bytes, *, platform: Platform | None, about: dt.datetime, zone: ZoneInfo) -> Read:
    """Return what a report says; `about` is when the session began, `zone` that of times that name none.

    Without `platform` the file says itself whose it is. Raises `Unreadable`. Blocks: use a thread.
    """
    if len(data) > LARGEST:
        raise Unreadable(_("This file is too large: 4 MB at most. Please send it in parts."))
    if data.startswith(_ARCHIVE):
        raise Unreadable(_("This is an Excel file. Please hand in the report as the platform gave it."))
    written = rows.decoded(data)
    found, lines = _lines(written.text, platform)
    if not lines:
        raise Unreadable(_("Nothing in this file says who came when. Is it the report of participants?"))
    clock = clock_of((t for one in lines for t in (one.joined, one.left) if isinstance(t, str)), about=about, zone=zone)
    return Read(found, written.encoding, clock, [_told(one, clock) for one in lines])


def _lines(text: str, platform: Platform | None) -> tuple[Platform, list[Line]]:
    if text.lstrip("\ufeff \r\n\t").startswith("{"):
        return "bigbluebutton", bigbluebutton.lines_of_json(text.lstrip("\ufeff"))
    found = rows.table(text)
    whose = platform or _whose(found)
    if whose == "zoom" and not zoom.has_times(found):
        raise Unreadable(_("This report has no times. Please export it again without “Show unique users”."))
    return whose, _READERS[whose](found)


def _whose(found: Sequence[Row]) -> Platform:
    for platform, module in {"teams": teams, "bigbluebutton": bigbluebutton, "zoom": zoom}.items():
        if module.recognises(found):
            return platform  # type: ignore[return-value]
    return "csv"


def _told(line: Line, clock: Clock) -> Told:
    joined, left = _moment(line.joined, clock), _moment(line.left, clock)
    unreadable = bool((line.joined and joined is None) or (line.left and left is None))
    if line.by_length and joined and left and line.seconds is not None:
        left = min(left, joined + dt.timedelta(seconds=line.seconds))
    return Told(line, joined, left, unreadable)


def _moment(said: str | dt.datetime, clock: Clock) -> dt.datetime | None:
    return said if isinstance(said, dt.datetime) else clock.moment(said)
