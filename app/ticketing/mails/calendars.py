"""What our mails have put into a holder's calendar, so that a later mail takes out what is reserved no longer."""

from uuid import UUID

import msgspec

from app.core.db import fetch, fetch_one
from app.core.mail import Attachment
from app.ticketing.documents import papers
from app.ticketing.schemas import TicketSession, TicketView

_GIVEN_UP = """
SELECT s.id, e.slug AS event, s.slug, s.title, s.mode, s.starts_at, s.ends_at, v.name AS venue, s.revision
FROM ticket t JOIN session s ON s.id = ANY(t.calendar) JOIN event e ON e.id = s.event
LEFT JOIN venue v ON v.id = s.venue LEFT JOIN reservation h ON h.ticket = t.id AND h.session = s.id
WHERE t.id = $1 AND (h.id IS NULL OR s.canceled_at IS NOT NULL OR e.canceled_at IS NOT NULL)
ORDER BY s.starts_at, s.slug
"""


async def given_up(ticket: UUID) -> list[TicketSession]:
    """Return the sessions in a holder's calendar that the ticket has no place in any more, or that are canceled."""
    return [
        TicketSession(
            **{
                **dict(row),
                "title": msgspec.json.decode(row["title"]),
                "venue": msgspec.json.decode(row["venue"]) if row["venue"] else None,
            },
            reserved=True,
        )
        for row in await fetch(_GIVEN_UP, ticket)
    ]


async def remember(view: TicketView) -> None:
    """Keep in mind which sessions a mail has put into the calendar; the first mail of most tickets puts none there."""
    reserved = [session.id for session in view.sessions if session.reserved]
    if not reserved and not view.revision:
        return
    await fetch_one(
        "UPDATE ticket SET calendar = $2 WHERE id = $1 AND calendar IS DISTINCT FROM $2::uuid[]", view.id, reserved
    )


def invitation(view: TicketView) -> Attachment:
    """Return the file that puts a ticket's events and sessions into a calendar."""
    return Attachment("events.ics", "text/calendar", papers.invitation(view), {"method": "PUBLISH"})


def cancellation(
    view: TicketView, sessions: list[TicketSession], *, name: str = "canceled.ics"
) -> tuple[Attachment, ...]:
    """Return the file that takes out what is no more, if anything is."""
    file = papers.cancellation(view, sessions)
    return (Attachment(name, "text/calendar", file, {"method": "CANCEL"}),) if file else ()
