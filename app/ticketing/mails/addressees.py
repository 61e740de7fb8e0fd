"""Who is written to about a registration: the one who sent it in, or who held a ticket before."""

from uuid import UUID

import asyncpg
import msgspec

from app.core.db import fetch_one
from app.people.persons import open_details
from app.ticketing.schemas import TicketView


class Addressee(msgspec.Struct, frozen=True):
    """Somebody to write to, in the language of the registration."""

    name: str
    email: str
    language: str


def holder(view: TicketView) -> Addressee | None:
    """Return the holder of a ticket, or None when the address was erased."""
    return Addressee(view.name, view.email, view.language) if view.email else None


_LEADER = """
SELECT r.language, p.key, coalesce(t.sealed, d.sealed) AS sealed FROM registration r JOIN person p ON p.id = r.person
LEFT JOIN person_details d ON d.person = p.id
LEFT JOIN ticket t ON t.registration = r.id AND t.position = 1 AND t.person = r.person WHERE r.id = $1
"""


async def leader(registration: UUID) -> Addressee | None:
    """Return whoever registered, also after passing the own ticket on; None once erased."""
    return _opened(await fetch_one(_LEADER, registration))


_FORMER = """
SELECT r.language, p.key, d.sealed FROM ticket_change h JOIN ticket t ON t.id = h.ticket
JOIN registration r ON r.id = t.registration JOIN person p ON p.id = h.person
LEFT JOIN person_details d ON d.person = p.id
WHERE h.ticket = $1 AND h.action = 'transferred' ORDER BY h.at DESC, h.id LIMIT 1
"""


async def former_holder(ticket: UUID) -> Addressee | None:
    """Return who passed a ticket on last, or None."""
    return _opened(await fetch_one(_FORMER, ticket))


def _opened(row: asyncpg.Record | None) -> Addressee | None:
    if row is None or not (row["key"] and row["sealed"]):
        return None
    details = open_details(row["key"], row["sealed"])
    return Addressee(details.name, details.email, row["language"]) if details.email else None
