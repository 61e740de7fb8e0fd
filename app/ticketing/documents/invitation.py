"""The calendar file of a ticket: its events and reserved sessions, for the guest's own calendar (RFC 5545, 5546).

A later file of the same ticket changes the entries of an earlier one; with `METHOD:CANCEL` it takes them out.
"""

from datetime import UTC, datetime
from typing import Literal
from zoneinfo import ZoneInfo

import msgspec
from icalendar import Calendar, Event, vCalAddress, vText, vUri

from app.events.ical import plain, web_address, zone_block

PRODUCT = "-//Machigurumi//Tickets//EN"
ZONE = ZoneInfo("Asia/Tokyo")

Method = Literal["PUBLISH", "CANCEL"]


class Appointment(msgspec.Struct, frozen=True):
    """A covered event or a reserved session, in words of the holder's language.

    `slug` is unique among the appointments of a ticket and never changes; times carry an offset. `reserved` blocks
    the time in the guest's calendar, an event that is merely open to the guest does not. `revision` counts the changes
    of the event or session itself.
    """

    slug: str
    title: str
    starts_at: datetime
    ends_at: datetime
    location: str = ""
    url: str = ""
    description: str = ""
    reserved: bool = False
    revision: int = 0


class Sender(msgspec.Struct, frozen=True):
    """Who publishes the calendar file: a display name and a mail address."""

    name: str
    mail: str


def calendar_file(
    appointments: list[Appointment],
    *,
    ticket_id: str,
    host: str,
    sender: Sender,
    now: datetime,
    sequence: int = 0,
    method: Method = "PUBLISH",
) -> bytes:
    """Return the ICS file: the same arguments give the same bytes. `now` is when the ticket was changed last.

    An entry with the same `ticket_id`, `host` and slug replaces an earlier one when `sequence` or its revision is
    higher: the SEQUENCE is their sum. Raises `ValueError` for a time without offset, an end before its start, or an
    address that is none.
    """
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", method)
    calendar.add_component(zone_block(ZONE.key, now))
    for appointment in appointments:
        event = _event(appointment, sender=sender)
        event.add("status", "CONFIRMED" if method == "PUBLISH" else "CANCELLED")
        event.add("uid", plain(f"{ticket_id}-{appointment.slug}@{host}"))
        event.add("sequence", sequence + appointment.revision)
        event.add("dtstamp", now.astimezone(UTC))
        event.add("last-modified", now.astimezone(UTC))
        calendar.add_component(event)
    ics: bytes = calendar.to_ical()
    return ics


def _event(appointment: Appointment, *, sender: Sender) -> Event:
    """Return an entry without its identity and state."""
    starts_at, ends_at = _local(appointment.starts_at), _local(appointment.ends_at)
    if ends_at < starts_at:
        raise ValueError("An appointment ends before it starts.")
    event = Event()
    event.add("summary", plain(appointment.title))
    event.add("dtstart", starts_at)
    event.add("dtend", ends_at)
    event.add("organizer", _organizer(sender))
    event.add("transp", "OPAQUE" if appointment.reserved else "TRANSPARENT")
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
