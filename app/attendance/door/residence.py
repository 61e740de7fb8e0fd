"""Asking at the gate where a guest lives, when nobody has said so: without it no admission counts."""

import datetime as dt
from typing import TYPE_CHECKING
from uuid import UUID

from msgspec import Struct

from app.attendance.door.guests import gate_of, require_desk
from app.attendance.errors import ResidenceKnown
from app.core import audit
from app.core.db import DB, fetch, fetch_one, transaction
from app.core.errors import NotFound
from app.core.i18n import catalogue
from app.people.residence import CODES
from app.people.roles import Principal
from app.ticketing.life.by import By
from app.ticketing.life.change import change
from app.ticketing.life.edits import TicketEdit

if TYPE_CHECKING:
    Country = str
else:
    from typing import Literal

    Country = Literal[tuple(sorted(CODES))]

BUTTONS = 8
USUAL = ("JP", "CN", "KR", "TW", "TH", "US", "DE", "SG")
"""The first ones asked about while a convention knows too little of its guests."""
REMEMBERED = dt.timedelta(minutes=10)


class Lives(Struct, frozen=True, forbid_unknown_fields=True):
    """Where a guest says to live; ISO 3166-1 alpha-2, never the nationality."""

    residence: Country


# A ticket opens the gate's event, or there is no such guest here.
_GUEST = """
SELECT k.residence, r.language FROM ticket k JOIN registration r ON r.id = k.registration
WHERE k.id = $1 AND EXISTS (SELECT 1 FROM coverage g WHERE g.ticket_type = k.ticket_type AND g.event = $2)
FOR UPDATE OF r
"""


async def declare(*, gate: UUID, ticket: UUID, said: Lives, principal: Principal, now: dt.datetime) -> None:
    """Write where a guest of this gate's event says to live, as the guest would on the page of the ticket.

    Said again, it changes nothing. Raises `NotFound`, `NotADevice`, `NotNow` for a ticket that cannot be changed, and
    `ResidenceKnown` when something else stands there: that is put right at the help desk.
    """
    at = await gate_of(gate, principal)
    require_desk(principal)
    async with transaction():
        row = await fetch_one(_GUEST, ticket, at.event)
        if row is None:
            raise NotFound
        if row["residence"] == said.residence:
            return
        if row["residence"] is not None:
            raise ResidenceKnown
        reason = catalogue(row["language"]).gettext("at the gate")
        wish = TicketEdit(residence=said.residence)
        await change(ticket=ticket, wish=wish, by=By(principal.actor, reason), now=now)
        said_of, where = {"ticket": str(ticket)}, f"gate:{gate}"
        await audit.record(actor=principal.actor, action="guests.residence", subject=where, now=now, detail=said_of)


_FREQUENT = """
SELECT k.residence FROM ticket k JOIN ticket_type y ON y.id = k.ticket_type
WHERE k.residence IS NOT NULL AND y.convention =
    (SELECT e.convention FROM gate g JOIN event e ON e.id = g.event WHERE g.id = $1)
GROUP BY k.residence ORDER BY count(*) DESC, k.residence LIMIT $2
"""
_remembered: dict[UUID, tuple[dt.datetime, list[str]]] = {}


async def frequent(gate: UUID, *, now: dt.datetime) -> list[str]:
    """Return where most guests of a gate's convention live, `BUTTONS` of them; at most ten minutes old."""
    known = _remembered.get(gate)
    if known is not None and known[0] <= now < known[0] + REMEMBERED and DB.current_transaction.get() is None:
        return known[1]
    said = [row["residence"] for row in await fetch(_FREQUENT, gate, BUTTONS)]
    found = [*said, *(code for code in USUAL if code not in said)][:BUTTONS]
    if DB.current_transaction.get() is None:
        _remembered[gate] = (now, found)
    return found
