"""Events as schema.org describes them, with the values of the calendar files: what search engines and partners read."""

from typing import Any
from zoneinfo import ZoneInfo

from app.core.i18n import text
from app.events.addresses import event_path, full, register_path, session_path, uid
from app.events.feeds import coordinates
from app.events.programme import is_canceled, sessions_of
from app.events.schemas import Event, Programme, Session, Venue

MODES = {
    "on_site": "https://schema.org/OfflineEventAttendanceMode",
    "online": "https://schema.org/OnlineEventAttendanceMode",
    "hybrid": "https://schema.org/MixedEventAttendanceMode",
}
SCHEDULED = "https://schema.org/EventScheduled"
CANCELED = "https://schema.org/EventCancelled"


def event_data(programme: Programme, event: Event, language: str) -> dict[str, Any]:
    """Return an event with its sessions as JSON-LD."""
    organiser = programme.organisers[event.organiser]
    address = full(event_path(programme, event))
    venue = programme.venues[event.venue] if event.venue else None
    return {
        "@context": "https://schema.org",
        "@type": "Event",
        "@id": address,
        "identifier": uid("event", event.id),
        "name": text(event.title, language),
        "description": text(event.summary, language),
        "startDate": event.first_day.isoformat(),
        "endDate": event.last_day.isoformat(),
        "eventStatus": CANCELED if event.canceled_at else SCHEDULED,
        "eventAttendanceMode": MODES[event.mode],
        "location": _locations(programme, event.mode, venue, address, language),
        "organizer": {"@type": "Organization", "name": text(organiser.name, language), "url": organiser.url or address},
        "offers": {"@type": "Offer", "url": full(register_path(programme, event))},
        "url": address,
        "subEvent": [_part(programme, session, language) for session in sessions_of(programme, event)],
    }


def session_data(programme: Programme, session: Session, language: str) -> dict[str, Any]:
    """Return a session, with the event it belongs to, as JSON-LD."""
    event = programme.events[session.event]
    above = {"@type": "Event", "@id": full(event_path(programme, event)), "name": text(event.title, language)}
    return {"@context": "https://schema.org", **_part(programme, session, language), "superEvent": above}


def _part(programme: Programme, session: Session, language: str) -> dict[str, Any]:
    zone, address = ZoneInfo(programme.convention.zone), full(session_path(programme, session))
    venue = programme.venues[session.venue] if session.venue else None
    return {
        "@type": "Event",
        "@id": address,
        "identifier": uid("session", session.id),
        "name": text(session.title, language),
        "description": text(session.description, language),
        "startDate": session.starts_at.astimezone(zone).isoformat(),
        "endDate": session.ends_at.astimezone(zone).isoformat(),
        "eventStatus": CANCELED if is_canceled(programme, session) else SCHEDULED,
        "eventAttendanceMode": MODES[session.mode],
        "location": _locations(programme, session.mode, venue, address, language),
        "inLanguage": session.languages,
        "performer": [{"@type": "Person", "name": text(s.name, language)} for s in session.speakers],
        "url": address,
    }


def _locations(
    programme: Programme, mode: str, venue: Venue | None, address: str, language: str
) -> list[dict[str, Any]]:
    """Return the place, the page on which one takes part online, or both."""
    found: list[dict[str, Any]] = []
    if venue:
        found.append(_place(venue, language))
    if mode != "on_site":
        found.append({"@type": "VirtualLocation", "url": address})
    return found or [{"@type": "Place", "name": text(programme.convention.title, language)}]


def _place(venue: Venue, language: str) -> dict[str, Any]:
    place = {"@type": "Place", "name": text(venue.name, language), "address": text(venue.address, language)}
    point = coordinates(venue)
    geo = {"geo": {"@type": "GeoCoordinates", "latitude": point[0], "longitude": point[1]}} if point else {}
    return {**place, **geo}
