"""The calendar that somebody subscribes to: what all of his tickets open, the same bytes until something changes.

Its entries have the names of those in the file of each ticket, so that who has both sees everything once. They lead to
the public pages: whoever keeps a subscription for somebody must not learn the link of the ticket.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence

from app.core.i18n import gettext as _
from app.core.i18n import text
from app.core.settings import settings
from app.events.addresses import full
from app.events.ical import Entry, calendar_file
from app.ticketing.documents.papers import on_days
from app.ticketing.schemas import CoveredEvent, TicketSession, TicketView

KEPT = dt.timedelta(days=30)
"""How long after it is over something that was canceled is still named."""
IN_CALENDAR = frozenset({"unpaid", "valid", "blocked", "canceled"})
"""States of tickets that open something, or did."""


def own_calendar(views: Sequence[TicketView], *, language: str, now: dt.datetime) -> bytes:
    """Return the calendar of somebody's tickets."""
    entries = sorted(_entries(views), key=lambda one: (str(one.starts), one.uid))
    kept = [one for one in entries if one.status != "cancelled" or _over(one) + KEPT > now.date()]
    return calendar_file(kept, name=_("My tickets"), language=language, zone="Asia/Tokyo", url=full("/"))


def _over(entry: Entry) -> dt.date:
    return entry.ends.date() if isinstance(entry.ends, dt.datetime) else entry.ends


def _entries(views: Iterable[TicketView]) -> Iterator[Entry]:
    for view in views:
        if view.state in IN_CALENDAR:
            yield from (_event(view, event) for event in on_days(view))
            yield from (_session(view, session) for session in view.sessions if session.reserved)


def _event(view: TicketView, event: CoveredEvent) -> Entry:
    return Entry(
        uid=f"{view.id}-{event.slug}@{settings().host}",
        sequence=view.revision + event.revision,
        changed_at=view.changed_at or view.created_at,
        title=text(event.title),
        starts=event.first_day,
        ends=event.last_day,
        zone=view.zone,
        location=", ".join(text(part) for part in (event.venue, event.address) if part) or _("Online"),
        url=full(f"/{view.convention_slug}/events/{event.slug}"),
        status="cancelled" if event.canceled or view.state == "canceled" else "confirmed",
    )


def _session(view: TicketView, session: TicketSession) -> Entry:
    return Entry(
        uid=f"{view.id}-{session.event}-{session.slug}@{settings().host}",
        sequence=view.revision + session.revision,
        changed_at=view.changed_at or view.created_at,
        title=text(session.title),
        starts=session.starts_at,
        ends=session.ends_at,
        zone=view.zone,
        location=text(session.venue) if session.venue else _("Online"),
        url=full(f"/{view.convention_slug}/events/{session.event}"),
        blocks=True,
        status="cancelled" if view.state == "canceled" else "confirmed",
    )
