"""Calendars of partner cities, written line by line as they come over the wire."""

import datetime as dt
from collections.abc import Iterable

from tests.clock import NOW

HEAD = ("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Partner City//EN")
TAIL = ("END:VCALENDAR",)


def event(  # a line for each
    uid: str,
    title: str = "花火大会",
    *,
    days: float = 1,
    sequence: int | None = None,
    modified: int | None = None,
    stamp: int = 0,
    more: Iterable[str] = (),
) -> str:
    """Return an event that begins `days` from now and lasts an hour; `modified` and `stamp` in minutes from now."""
    start = NOW + dt.timedelta(days=days)
    lines = [
        "BEGIN:VEVENT",
        f"UID:{uid}",
        f"DTSTAMP:{moment(NOW + dt.timedelta(minutes=stamp))}",
        f"DTSTART:{moment(start)}",
        f"DTEND:{moment(start + dt.timedelta(hours=1))}",
        f"SUMMARY:{title}",
        *([] if sequence is None else [f"SEQUENCE:{sequence}"]),
        *([] if modified is None else [f"LAST-MODIFIED:{moment(NOW + dt.timedelta(minutes=modified))}"]),
        *more,
        "END:VEVENT",
    ]
    return "\r\n".join(lines)


def calendar(*events: str, more: Iterable[str] = ()) -> bytes:
    """Return a calendar of these events; `more` are lines of its head."""
    return "\r\n".join([*HEAD, *more, *events, *TAIL, ""]).encode()


def moment(at: dt.datetime) -> str:
    """Return a moment as calendars write it, in UTC."""
    return f"{at.astimezone(dt.UTC):%Y%m%dT%H%M%SZ}"


def many(*numbers: int, title: str = "花火大会") -> list[str]:
    """Return events `u0`, `u1`, ... a day after each other."""
    return [event(f"u{n}", f"{title}{n}", days=n + 1) for n in numbers]
