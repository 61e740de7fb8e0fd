"""Public calendar files (RFC 5545, RFC 7986): pure, and the same entries always give the same bytes.

Lines are written here and not by a library: the bytes of each entry are stored, by the ten thousand, and joined.
"""

import datetime as dt
import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import msgspec
from icalendar import Timezone, TimezoneStandard

PRODUCT = "-//Machigurumi//Programme//EN"
LONGEST = 75
"""Octets of a line; a longer one goes on in the next, behind a space."""
_CONTROL = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029]")

Status = Literal["confirmed", "tentative", "cancelled"]


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One entry: whole days (`dt.date`, the last one included) or moments with an offset, shown in `zone` (IANA).

    `place` is latitude and longitude in degrees. `blocks` says whether the time counts as busy; a span of days in
    which somebody merely may come does not. `recurrence` are lines of RRULE, RDATE and EXDATE; `instance` the start
    that one of a series had. `origin` is the name that another city's calendar gave it, when this is a copy.
    """

    uid: str
    sequence: int
    changed_at: dt.datetime
    title: str
    starts: dt.date | dt.datetime
    ends: dt.date | dt.datetime
    zone: str = "Asia/Tokyo"
    location: str = ""
    place: tuple[float, float] | None = None
    url: str = ""
    description: str = ""
    categories: tuple[str, ...] = ()
    blocks: bool = False
    status: Status = "confirmed"
    recurrence: tuple[str, ...] = ()
    instance: dt.date | dt.datetime | None = None
    origin: str = ""


def calendar_file(entries: list[Entry], *, name: str, language: str, zone: str, url: str) -> bytes:
    """Return the ICS file of a calendar called `name`, published at `url`; its own zone is `zone`."""
    moments = [m for entry in entries for m in (entry.starts, entry.ends) if isinstance(m, dt.datetime)]
    zones = {entry.zone for entry in entries if isinstance(entry.starts, dt.datetime)}
    span = (min(moments), max(moments)) if moments else None
    head = calendar_head(name=name, language=language, zone=zone, url=url)
    return b"".join([head, zones_block(zones, span), *map(event_block, entries), FOOT])


FOOT = b"END:VCALENDAR\r\n"


def calendar_head(*, name: str, language: str, zone: str, url: str) -> bytes:
    """Return the beginning of a calendar that one may subscribe to; its readers should look again every hour."""
    return _lines(
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:{PRODUCT}",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        f"NAME;LANGUAGE={language}:{_escaped(plain(name))}",
        f"X-WR-CALNAME:{_escaped(plain(name))}",
        f"X-WR-TIMEZONE:{zone}",
        f"URL:{web_address(url)}",
        "REFRESH-INTERVAL;VALUE=DURATION:PT1H",
        "X-PUBLISHED-TTL:PT1H",
    )


BARE_HEAD = f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:{PRODUCT}\r\nCALSCALE:GREGORIAN\r\n".encode()
"""The beginning of a file that holds one entry of a collection."""


def event_block(entry: Entry) -> bytes:
    """Return the VEVENT of an entry. Raises `ValueError` for an address that is none."""
    words = [
        ("SUMMARY", plain(entry.title)),
        ("LOCATION", plain(entry.location)),
        ("DESCRIPTION", plain(entry.description, lines=True)),
    ]
    return _lines(
        "BEGIN:VEVENT",
        f"UID:{_escaped(plain(entry.uid))}",
        f"SEQUENCE:{entry.sequence}",
        f"DTSTAMP:{_utc(entry.changed_at)}",
        f"LAST-MODIFIED:{_utc(entry.changed_at)}",
        *_times(entry),
        *(f"{name}:{_escaped(text)}" for name, text in words if text or name == "SUMMARY"),
        f"STATUS:{entry.status.upper()}",
        f"TRANSP:{'OPAQUE' if entry.blocks and entry.status != 'cancelled' else 'TRANSPARENT'}",
        *([f"GEO:{entry.place[0]};{entry.place[1]}"] if entry.place else []),
        *([f"CATEGORIES:{','.join(_escaped(plain(one)) for one in entry.categories)}"] if entry.categories else []),
        *([f"URL:{web_address(entry.url)}"] if entry.url else []),
        *([f"X-MACHIGURUMI-ORIGIN:{_escaped(plain(entry.origin))}"] if entry.origin else []),
        "END:VEVENT",
    )


def _times(entry: Entry) -> Iterable[str]:
    """Yield start, end and recurrence. DTEND is exclusive: a span of days ends on the day after the last one."""
    zone, ends = ZoneInfo(entry.zone), entry.ends
    yield f"DTSTART{_when(entry.starts, zone)}"
    yield f"DTEND{_when(ends if isinstance(ends, dt.datetime) else ends + dt.timedelta(days=1), zone)}"
    if entry.instance is not None:
        yield f"RECURRENCE-ID{_when(entry.instance, zone)}"
    yield from entry.recurrence


def _when(value: dt.date | dt.datetime, zone: ZoneInfo) -> str:
    if not isinstance(value, dt.datetime):
        return f";VALUE=DATE:{_digits(value)}"
    if zone.key == "UTC":
        return f":{_utc(value)}"
    return f";TZID={zone.key}:{_digits(value.astimezone(zone))}"


def _utc(moment: dt.datetime) -> str:
    return f"{_digits(moment.astimezone(dt.UTC))}Z"


def _digits(value: dt.date | dt.datetime) -> str:
    """Return a day, or a moment on its own clock, as four digits of the year and two of all else."""
    local = value.replace(microsecond=0, tzinfo=None) if isinstance(value, dt.datetime) else value
    return local.isoformat().replace("-", "").replace(":", "")


def _escaped(words: str) -> str:
    return words.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def _lines(*lines: str) -> bytes:
    return b"".join(_folded(line.encode("utf-8", "replace")) for line in lines)


def _folded(line: bytes) -> bytes:
    """Return a line with its end, broken between letters and never within one."""
    if len(line) <= LONGEST:
        return line + b"\r\n"
    parts, room = [], LONGEST
    while len(line) > room:
        cut = room
        while line[cut] & 0xC0 == 0x80:
            cut -= 1
        parts.append(line[:cut])
        line, room = line[cut:], LONGEST - 1
    return b"\r\n ".join([*parts, line]) + b"\r\n"


def plain(words: str, *, lines: bool = False) -> str:
    """Return words without control characters: some readers take a bare CR, NEL or U+2028 for the end of a line.

    A typed backslash and N would be taken for a line break by some readers: it gets the wide backslash.
    """
    text = _CONTROL.sub(" ", words.replace("\r\n", "\n").replace("\\N", "＼N")).strip()
    return text if lines else text.replace("\n", " ")


def web_address(url: str) -> str:
    """Return a web address that can stand unescaped in a content line, or raise `ValueError`."""
    if not (url.isascii() and url.isprintable() and " " not in url and urlsplit(url).scheme in {"http", "https"}):
        raise ValueError(f"Not a web address: {url!r}")
    return url


def zones_block(zones: Iterable[str], span: tuple[dt.datetime, dt.datetime] | None) -> bytes:
    """Return the VTIMEZONEs of zones (IANA) as they are between two moments; UTC needs none."""
    if span is None:
        return b""
    return b"".join(_zone(name, span[0].year, span[1].year) for name in sorted(zones) if name not in {"", "UTC"})


@lru_cache(maxsize=64)
def _zone(name: str, first: int, last: int) -> bytes:
    """Return a VTIMEZONE with every change of the clocks from the year before `first` to the one after `last`."""
    zone = ZoneInfo(name)
    before = dt.datetime(first - 1, 1, 1, tzinfo=dt.UTC)
    offset = _offset(before, zone)
    lines = _observance("STANDARD", dt.datetime(1970, 1, 1), offset, offset, before.astimezone(zone).tzname())  # noqa: DTZ001 - local time
    for moment in _changes(zone, before, dt.datetime(last + 2, 1, 1, tzinfo=dt.UTC)):
        after = moment.astimezone(zone)
        kind = "DAYLIGHT" if after.dst() else "STANDARD"
        lines += _observance(
            kind, (moment + offset).replace(tzinfo=None), offset, _offset(moment, zone), after.tzname()
        )
        offset = _offset(moment, zone)
    return _lines("BEGIN:VTIMEZONE", f"TZID:{name}", *lines, "END:VTIMEZONE")


def _observance(
    kind: str, onset: dt.datetime, before: dt.timedelta, after: dt.timedelta, name: str | None
) -> list[str]:
    """Return one stretch of time with one offset; `onset` is local time by the offset before (RFC 5545, 3.6.5)."""
    return [
        f"BEGIN:{kind}",
        f"DTSTART:{_digits(onset)}",
        f"TZOFFSETFROM:{_signed(before)}",
        f"TZOFFSETTO:{_signed(after)}",
        *([f"TZNAME:{name}"] if name else []),
        f"END:{kind}",
    ]


def _changes(zone: ZoneInfo, since: dt.datetime, until: dt.datetime) -> Iterable[dt.datetime]:
    """Yield the moments, to the second, at which a zone changes its offset."""
    day = since
    while day < until:
        later = day + dt.timedelta(days=1)
        if _offset(day, zone) != _offset(later, zone):
            low, high = day, later
            while high - low > dt.timedelta(seconds=1):
                middle = low + dt.timedelta(seconds=(high - low) // dt.timedelta(seconds=2))
                low, high = (middle, high) if _offset(middle, zone) == _offset(day, zone) else (low, middle)
            yield high
        day = later


def _offset(moment: dt.datetime, zone: ZoneInfo) -> dt.timedelta:
    return moment.astimezone(zone).utcoffset() or dt.timedelta()


def _signed(offset: dt.timedelta) -> str:
    minutes, seconds = divmod(abs(offset) // dt.timedelta(seconds=1), 60)
    sign = "-" if offset < dt.timedelta() else "+"
    return f"{sign}{minutes // 60:02}{minutes % 60:02}{f'{seconds:02}' if seconds else ''}"


def zone_block(zone: str, moment: dt.datetime) -> Timezone:
    """Return the VTIMEZONE of a zone that keeps one offset all year, as Asia/Tokyo has since 1952.

    Written out: one taken from a library's cache may be whatever it met first. Raises `ValueError` for a zone with
    summer time in the year of `moment`.
    """
    year = moment.astimezone(ZoneInfo(zone)).year
    days = [dt.datetime(year, month, 1, tzinfo=ZoneInfo(zone)) for month in range(1, 13)]
    offsets = {day.utcoffset() for day in days}
    if len(offsets) != 1:
        raise ValueError(f"{zone} changes its clocks; one offset does not describe it.")
    standard = TimezoneStandard()
    standard.add("dtstart", dt.datetime(1970, 1, 1))  # noqa: DTZ001 - onset in local time, RFC 5545 3.6.5
    standard.add("tzoffsetfrom", offsets.copy().pop())
    standard.add("tzoffsetto", offsets.pop())
    standard.add("tzname", days[0].tzname())
    block = Timezone()
    block.add("tzid", zone)
    block.add_component(standard)
    return block
