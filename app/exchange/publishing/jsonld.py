"""An event of a partner city as schema.org describes it, with the values of its calendar entry. Pure."""

from typing import Any

from app.events.jsonld import CANCELED, SCHEDULED
from app.exchange.publishing.said import Said

CONTEXT = "https://schema.org"


def event_data(said: Said) -> dict[str, Any]:
    """Return an event; what is not open to everybody is not there."""
    first = said.starts_at or said.first_day
    last = said.ends_at or said.last_day
    found: dict[str, Any] = {
        "@type": "Event",
        "identifier": said.uid,
        "name": said.title,
        "startDate": first.isoformat() if first else "",
        "endDate": last.isoformat() if last else "",
        "eventStatus": CANCELED if said.status == "cancelled" else SCHEDULED,
        "description": said.description,
        "url": said.url,
        "location": _place(said),
        "organizer": {"@type": "Organization", "name": said.organiser} if said.organiser else None,
        "creditText": said.attribution,
        "usageInfo": said.licence,
    }
    return {name: value for name, value in found.items() if value}


def _place(said: Said) -> dict[str, Any] | None:
    if not said.venue and not said.address:
        return None
    place: dict[str, Any] = {"@type": "Place", "name": said.venue or said.address, "address": said.address}
    if said.latitude is not None and said.longitude is not None:
        place |= {"geo": {"@type": "GeoCoordinates", "latitude": said.latitude, "longitude": said.longitude}}
    return {name: value for name, value in place.items() if value}
