"""Where things of the programme are, as calendars and search engines say it. Pure."""

from app.events.schemas import Venue


def coordinates(venue: Venue | None) -> tuple[float, float] | None:
    """Return latitude and longitude in degrees, if the venue has both."""
    if venue is None or venue.latitude is None or venue.longitude is None:
        return None
    return venue.latitude, venue.longitude
