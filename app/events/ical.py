"""Public calendar files (RFC 5545, RFC 7986): pure, and the same entries always give the same bytes."""

import datetime as dt
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import msgspec
from icalendar import Calendar, Event, Timezone, TimezoneStandard, vDuration, vUri

PRODUCT = "-//Machigurumi//Programme//EN"
REFRESH = dt.timedelta(hours=1)
"""How often a subscriber should look again."""
_CONTROLS = {code: " " for code in [*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029] if code != ord("\n")}


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One entry: whole days (`dt.date`, the last one included) or moments with an offset.

    `place` is latitude and longitude in degrees. `blocks` says whether the time counts as busy; a span of
    days in which somebody merely may come does not.
    """

    uid: str
    sequence: int
    changed_at: dt.datetime
    title: str
    starts: dt.date | dt.datetime
    ends: dt.date | dt.datetime
    location: str = ""
    place: tuple[float, float] | None = None
    url: str = ""
    description: str = ""
    categories: tuple[str, ...] = ()
    blocks: bool = False
    canceled: bool = False


def calendar_file(entries: list[Entry], *, name: str, language: str, zone: str, url: str) -> bytes:
    """Return the ICS file of a calendar called `name`, its times in `zone`, published at `url`."""
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    calendar.add("name", plain(name), parameters={"LANGUAGE": language})
    calendar.add("x-wr-calname", plain(name))
    calendar.add("x-wr-timezone", zone)
    calendar.add("url", vUri(web_address(url)))
    calendar.add("refresh-interval", vDuration(REFRESH), parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", vDuration(REFRESH))
    moments = [m for entry in entries for m in (entry.starts, entry.ends) if isinstance(m, dt.datetime)]
    if moments:
        calendar.add_component(zone_block(zone, min(moments)))
    for entry in entries:
        calendar.add_component(_event(entry, ZoneInfo(zone)))
    ics: bytes = calendar.to_ical()
    return ics


def _event(entry: Entry, zone: ZoneInfo) -> Event:
    event = Event()
    event.add("uid", plain(entry.uid))
    event.add("sequence", entry.sequence)
    event.add("dtstamp", entry.changed_at.astimezone(dt.UTC))
    event.add("last-modified", entry.changed_at.astimezone(dt.UTC))
    event.add("summary", plain(entry.title))
    event.add("dtstart", _start(entry.starts, zone))
    event.add("dtend", _end(entry.ends, zone))
    event.add("status", "CANCELLED" if entry.canceled else "CONFIRMED")
    event.add("transp", "OPAQUE" if entry.blocks and not entry.canceled else "TRANSPARENT")
    for key, words in (("location", plain(entry.location)), ("description", plain(entry.description, lines=True))):
        if words:
            event.add(key, words)
    if entry.place:
        event.add("geo", entry.place)
    if entry.categories:
        event.add("categories", [plain(category) for category in entry.categories])
    if entry.url:
        event.add("url", vUri(web_address(entry.url)))
    return event


def _start(value: dt.date | dt.datetime, zone: ZoneInfo) -> dt.date | dt.datetime:
    return value.astimezone(zone) if isinstance(value, dt.datetime) else value


def _end(value: dt.date | dt.datetime, zone: ZoneInfo) -> dt.date | dt.datetime:
    """DTEND is exclusive: a span of days ends on the day after the last one."""
    return value.astimezone(zone) if isinstance(value, dt.datetime) else value + dt.timedelta(days=1)


def plain(words: str, *, lines: bool = False) -> str:
    """Return words without control characters: some readers take a bare CR, NEL or U+2028 for the end of a line.

    A typed backslash and N would be taken for a line break by the library that escapes: it gets the wide backslash.
    """
    text = words.replace("\r\n", "\n").replace("\\N", "＼N").translate(_CONTROLS).strip()
    return text if lines else text.replace("\n", " ")


def web_address(url: str) -> str:
    """Return a web address that can stand unescaped in a content line, or raise `ValueError`."""
    if not (url.isascii() and url.isprintable() and " " not in url and urlsplit(url).scheme in {"http", "https"}):
        raise ValueError(f"Not a web address: {url!r}")
    return url


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
