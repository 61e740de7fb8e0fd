"""How long a series lasts: it is over with its last instance, not with its first. Pure."""

import datetime as dt

from app.exchange.reading.recurrence import instances
from app.exchange.schemas import Incoming

YEARS = dt.timedelta(days=730)


def last_end(event: Incoming, now: dt.datetime) -> dt.datetime:
    """Return when the last instance ends that still lies before us, or the event's own end when none does."""
    found = instances(event, (), since=now, until=now + YEARS)
    return max((ends for _, ends in found), default=event.ends_at)
