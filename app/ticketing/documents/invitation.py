"""The calendar file of a ticket: its events and reserved sessions, for the guest's own calendar (RFC 5545, 5546)."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import msgspec
from icalendar import Calendar, Event, vCalAddress, vText, vUri

from app.events.ical import plain, web_address, zone_block

PRODUCT = "-//Machigurumi//Tickets//EN"
ZONE = ZoneInfo("Asia/Tokyo")


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
    calendar.add_component(zone_block(ZONE.key, now))
    for appointment in appointments:
        event = _event(appointment, sender=sender)
        event.add("uid", plain(f"{ticket_id}-{appointment.slug}@{host}"))
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
    event.add("summary", plain(appointment.title))
    event.add("dtstart", starts_at)
    event.add("dtend", ends_at)
    event.add("organizer", _organizer(sender))
    event.add("transp", "OPAQUE" if appointment.reserved else "TRANSPARENT")
    event.add("status", "CONFIRMED")
    for name, words in (("location", appointment.location), ("description", appointment.description)):
        if words:
            event.add(name, plain(words, lines=name == "description"))
    if appointment.url:
        event.add("url", vUri(web_address(appointment.url)))
    return event


def _local(moment: datetime) -> datetime:
    """Return the moment on Tokyo's clock; a time without offset could mean any moment."""
    if moment.tzinfo is None:
        raise ValueError("A time needs its offset.")
    return moment.astimezone(ZONE)


def _organizer(sender: Sender) -> vCalAddress:
    """Return the ORGANIZER that RFC 5546 asks of a published entry.

    A quote would be written as in RFC 6868, which many calendars show raw; about a backslash, readers disagree.
    """
    mail = sender.mail
    if "@" not in mail or not (mail.isascii() and mail.isprintable()) or set(mail) & set(' ,;:"<>'):
        raise ValueError(f"Not a mail address: {mail!r}")
    organizer = vCalAddress(f"mailto:{mail}")
    organizer.params["CN"] = vText(plain(sender.name).replace('"', "'").replace("\\", "/"))
    return organizer
