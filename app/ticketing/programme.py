"""A holder's own programme: pure."""

import datetime as dt
from collections.abc import Iterable
from typing import NamedTuple

from app.ticketing.schemas import TicketSession, TicketView


class Appointment(NamedTuple):
    """A session that a ticket opens; `now` while it takes place."""

    session: TicketSession
    ticket: TicketView
    now: bool


def coming(tickets: Iterable[TicketView], *, now: dt.datetime) -> list[Appointment]:
    """Return what valid tickets reserve or open online and is not over, in order of time.

    A session that several tickets of one person open stands there once; a reserved place goes before.
    """
    found: dict[tuple[object, ...], Appointment] = {}
    for ticket in tickets:
        for session in ticket.sessions if ticket.state == "valid" else ():
            key = (session.id, ticket.name)
            if session.ends_at > now and (key not in found or session.reserved):
                found[key] = Appointment(session, ticket, session.starts_at <= now)
    return sorted(found.values(), key=lambda a: (a.session.starts_at, a.session.slug, a.session.id, a.ticket.name))
