"""What the pages of whoever holds a registration read beside the tickets themselves."""

from collections.abc import Collection
from uuid import UUID

from app.core.db import fetch, fetch_one
from app.core.errors import NotFound
from app.core.signing import open_capability
from app.people.persons import details_of
from app.ticketing import queries
from app.ticketing.schemas import TicketView
from app.ticketing.tickets import calendar_opened, opened

_OF_TICKET = """
SELECT person FROM ticket t WHERE id = $1 AND $2::uuid IS NOT DISTINCT FROM CASE WHEN EXISTS (
    SELECT FROM ticket_change h WHERE h.ticket = t.id AND h.action = 'transferred') THEN t.person END
"""


async def ticket_behind(token: str) -> TicketView:
    """Return the ticket behind its holder's own link; raises `NotFound`, also for whoever has passed it on."""
    named = opened(token)
    found = await queries.ticket(named[0]) if named else None
    if found is None or named is None or found.holder != named[1]:
        raise NotFound
    return found


async def party_behind(token: str) -> list[TicketView]:
    """Return the tickets behind the link of a registration, in the order of the party; raises `NotFound`."""
    ids = open_capability("registration", token)
    found = await queries.tickets(ids[0]) if ids else []
    if not found:
        raise NotFound
    return found


async def person_of_registration(token: str) -> UUID | None:
    """Return who registered, by the link of the registration; None if there is no such registration."""
    ids = open_capability("registration", token)
    row = await fetch_one("SELECT person FROM registration WHERE id = $1", ids[0]) if ids else None
    return row["person"] if row else None


async def person_of_ticket(token: str) -> UUID | None:
    """Return who holds a ticket, by the holder's own link; None if there is no such ticket, or it was passed on."""
    named = opened(token)
    row = await fetch_one(_OF_TICKET, *named) if named else None
    return row["person"] if row else None


async def tickets_behind_calendar(token: str) -> list[TicketView]:
    """Return all tickets of whoever holds the one that a calendar's token names; raises `NotFound`."""
    named = calendar_opened(token)
    row = await fetch_one(_OF_TICKET, *named) if named else None
    found = await queries.tickets_of_persons([row["person"]]) if row else []
    if not found:
        raise NotFound
    return found


async def registrations_of(persons: Collection[UUID]) -> set[UUID]:
    """Return the registrations that these persons sent in."""
    rows = await fetch("SELECT id FROM registration WHERE person = ANY($1::uuid[])", list(persons))
    return {row["id"] for row in rows}


async def address_of_registration(registration: UUID) -> str:
    """Return the address of whoever registered, "" of somebody erased."""
    row = await fetch_one("SELECT person FROM registration WHERE id = $1", registration)
    found = await details_of([row["person"]]) if row else {}
    return next((details.email for details in found.values()), "")
