"""The calendar file of a ticket: its events and reserved sessions, for the guest's own calendar (RFC 5545, 5546)."""

from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import msgspec
from icalendar import Calendar, Event, Timezone, TimezoneStandard, vCalAddress, vText, vUri

PRODUCT = "-//Machigurumi//Tickets//EN"
ZONE = ZoneInfo("Asia/Tokyo")
OFFSET = timedelta(hours=9)
"""Japan has had no summer time since 1952: one rule is the whole zone."""
_CONTROLS = {code: " " for code in [*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029] if code != ord("\n")}


class Appointment(msgspec.Struct, frozen=True):
    """A covered event or a reserved session, in words of the holder's language.

    `slug` is unique among the appointments of a ticket and never changes; times carry an offset. `reserved` blocks
    the time in the guest's calendar, an event that is merely open to the guest does not.
    """

    slug: str
    title: str
    starts_at: datetime
    ends_at: datetime
    location: str = ""
    url: str = ""
    description: str = ""
    reserved: bool = False


class Sender(msgspec.Struct, frozen=True):
    """Who publishes the calendar file: a display name and a mail address."""

    name: str
    mail: str


def calendar_file(
    appointments: list[Appointment], *, ticket_id: str, host: str, sender: Sender, now: datetime, sequence: int = 0
) -> bytes:
    """Return the ICS file (METHOD:PUBLISH): the same arguments give the same bytes.

    A later file with the same `ticket_id` and `host` and a higher `sequence` replaces the entries of an earlier one.
    Raises `ValueError` for a time without offset, an end before its start, or an address that is none.
    """
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    calendar.add_component(_tokyo())
    for appointment in appointments:
        event = _event(appointment, sender=sender)
        event.add("uid", _plain(f"{ticket_id}-{appointment.slug}@{host}"))
        event.add("sequence", sequence)
        event.add("dtstamp", now.astimezone(UTC))
        calendar.add_component(event)
    ics: bytes = calendar.to_ical()
    return ics


def _event(appointment: Appointment, *, sender: Sender) -> Event:
    """Return an entry without its identity."""
    starts_at, ends_at = _local(appointment.starts_at), _local(appointment.ends_at)
    if ends_at < starts_at:
        raise ValueError("An appointment ends before it starts.")
    event = Event()
    event.add("summary", _plain(appointment.title))
    event.add("dtstart", starts_at)
    event.add("dtend", ends_at)
    event.add("organizer", _organizer(sender))
    event.add("transp", "OPAQUE" if appointment.reserved else "TRANSPARENT")
    event.add("status", "CONFIRMED")
    for name, words in (("location", appointment.location), ("description", appointment.description)):
        if words:
            event.add(name, _plain(words, lines=name == "description"))
    if appointment.url:
        event.add("url", vUri(_address(appointment.url)))
    return event


def _local(moment: datetime) -> datetime:
    """Return the moment on Tokyo's clock; a time without offset could mean any moment."""
    if moment.tzinfo is None:
        raise ValueError("A time needs its offset.")
    return moment.astimezone(ZONE)


def _plain(words: str, *, lines: bool = False) -> str:
    """Return words without control characters: some readers take a bare CR, NEL or U+2028 for the end of a line."""
    text = words.replace("\r\n", "\n").translate(_CONTROLS).strip()
    return text if lines else text.replace("\n", " ")


def _address(url: str) -> str:
    """Return a web address that can stand unescaped in a content line, or raise `ValueError`."""
    if not (url.isascii() and url.isprintable() and " " not in url and urlsplit(url).scheme in {"http", "https"}):
        raise ValueError(f"Not a web address: {url!r}")
    return url


def _organizer(sender: Sender) -> vCalAddress:
    """Return the ORGANIZER that RFC 5546 asks of a published entry.

    A quote would be written as in RFC 6868, which many calendars show raw; about a backslash, readers disagree.
    """
    mail = sender.mail
    if "@" not in mail or not (mail.isascii() and mail.isprintable()) or set(mail) & set(' ,;:"<>'):
        raise ValueError(f"Not a mail address: {mail!r}")
    organizer = vCalAddress(f"mailto:{mail}")
    organizer.params["CN"] = vText(_plain(sender.name).replace('"', "'").replace("\\", "/"))
    return organizer


def _tokyo() -> Timezone:
    """Return the VTIMEZONE, written out: one taken from a library's cache may be whatever it met first."""
    standard = TimezoneStandard()
    standard.add("dtstart", datetime(1970, 1, 1))  # noqa: DTZ001 - onset in local time, as RFC 5545 3.6.5 wants
    standard.add("tzoffsetfrom", OFFSET)
    standard.add("tzoffsetto", OFFSET)
    standard.add("tzname", "JST")
    zone = Timezone()
    zone.add("tzid", ZONE.key)
    zone.add_component(standard)
    return zone
