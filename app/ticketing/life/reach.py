"""Which tickets somebody at the console may touch: those of types that their own organisation holds."""

from uuid import UUID

import msgspec

from app.core.db import fetch_one
from app.core.errors import NotFound
from app.events import desk
from app.people.roles import Principal


class Reached(msgspec.Struct, frozen=True):
    """A ticket within reach, with its registration and its person; `organiser` holds its type, None: the city."""

    ticket: UUID
    registration: UUID
    person: UUID
    organiser: UUID | None


_TICKET = """
SELECT t.id, t.registration, t.person, y.organiser FROM ticket t JOIN ticket_type y ON y.id = t.ticket_type
WHERE t.id = $1
"""


async def own_ticket(*, ticket: UUID, principal: Principal) -> Reached:
    """Return a ticket of a type of the principal's; the city's are its officers'. Others raise `NotFound`."""
    row = await fetch_one(_TICKET, ticket)
    if row is None or not _reaches(principal, row["organiser"]):
        raise NotFound
    return Reached(row["id"], row["registration"], row["person"], row["organiser"])


def _reaches(principal: Principal, organiser: UUID | None) -> bool:
    reach = desk.reach(principal)
    return desk.is_city(principal) and reach is None if organiser is None else reach is None or organiser in reach
