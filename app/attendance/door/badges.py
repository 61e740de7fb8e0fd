"""The badge of one guest, printed at the door."""

import asyncio
import datetime as dt
from uuid import UUID

import asyncpg
import msgspec

from app.attendance.door.guests import gate_of, require_desk
from app.core import audit
from app.core.db import fetch_one
from app.core.errors import NotFound
from app.core.i18n import gettext as _
from app.core.i18n import language, text
from app.people.persons import open_details
from app.people.roles import Principal
from app.ticketing.documents.badges import Badge, badges_pdf
from app.ticketing.documents.prints import BADGED
from app.ticketing.tickets import code_of, unsigned

# A ticket opens the gate's event, or there is no such guest here.
_GUEST = """
SELECT k.serial, k.generation, k.kid, t.title, t.role, t.number AS product, c.number AS scope, c.title AS convention,
  p.key, coalesce(k.sealed, d.sealed) AS sealed
FROM ticket k JOIN ticket_type t ON t.id = k.ticket_type JOIN convention c ON c.id = t.convention
JOIN person p ON p.id = k.person LEFT JOIN person_details d ON d.person = p.id
WHERE k.id = $1 AND k.state = ANY($3::text[]) AND p.key IS NOT NULL
  AND EXISTS (SELECT 1 FROM coverage g WHERE g.ticket_type = t.id AND g.event = $2)
"""


async def badge(*, gate: UUID, ticket: UUID, principal: Principal, now: dt.datetime) -> bytes:
    """Return the badge of a guest of this gate's event as PDF, and write down who took it.

    Raises `NotADevice`, and `NotFound` also for tickets that are neither valid nor to be paid.
    """
    at = await gate_of(gate, principal)
    require_desk(principal)
    row = await fetch_one(_GUEST, ticket, at.event, sorted(BADGED))
    if row is None or row["sealed"] is None:
        raise NotFound
    detail = {"guests": 1, "ticket": str(ticket)}
    await audit.record(actor=principal.actor, action="guests.badges", subject=f"gate:{gate}", now=now, detail=detail)
    return await asyncio.to_thread(
        badges_pdf,
        [_badge(row)],
        size="card",
        convention=text(msgspec.json.decode(row["convention"])),
        language=language(),
        alt=_("Ticket code"),
        now=now,
    )


def _badge(row: asyncpg.Record) -> Badge:
    details = open_details(row["key"], row["sealed"])
    code = code_of(
        scope=row["scope"],
        product=row["product"],
        serial=unsigned(row["serial"]),
        generation=row["generation"],
        kid=row["kid"],
    )
    title = text(msgspec.json.decode(row["title"]))
    return Badge(details.name, row["role"], title, code, details.reading, details.organisation)
