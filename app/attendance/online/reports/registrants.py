"""The list under which an organiser registers the holders of tickets with a platform: no name and no address leaves."""

import datetime as dt
from uuid import UUID

from msgspec import Struct

from app.attendance.online.reports import opaque, places
from app.attendance.online.reports.opaque import Holding
from app.attendance.online.reports.places import Ground
from app.core import audit, spreadsheet
from app.core.db import fetch, transaction
from app.core.i18n import gettext as _
from app.people.roles import Principal

_OPENED = """
SELECT t.id, t.person FROM ticket t JOIN ticket_type y ON y.id = t.ticket_type, session s JOIN event e ON e.id = s.event
JOIN convention c ON c.id = e.convention
WHERE s.id = $1 AND t.state = 'valid' AND y.mode IN ('online', 'hybrid')
  AND (y.days = '[]' OR y.days ? to_char(s.starts_at AT TIME ZONE c.zone, 'YYYY-MM-DD'))
  AND EXISTS (SELECT 1 FROM coverage o WHERE o.ticket_type = y.id AND o.event = s.event)
"""
_SHORT = 8
"""Letters of an id by which somebody is called on a screen."""


class Registrant(Struct, frozen=True):
    """Somebody as a platform is to know him: an address that names nobody, and something to be called by."""

    id: str
    email: str
    first_name: str
    last_name: str


async def registrants(*, session: UUID, principal: Principal, now: dt.datetime) -> list[Registrant]:
    """Return everybody whose ticket opens a session on line, in an order that says nothing. Raises `NotFound`.

    Nobody is to be registered for a session in a room alone. It is written down who took the list.
    """
    ground = await places.ground_of(session, principal)
    rows = [] if ground.session.mode == "on_site" else await fetch(_OPENED, session)
    found = sorted((_registrant(Holding(*row), ground) for row in rows), key=lambda one: one.id)
    async with transaction():
        detail = {"session": str(session), "registrants": len(found)}
        await audit.record(
            actor=principal.actor, action="report.registrants", subject=f"event:{ground.event}", now=now, detail=detail
        )
    return found


def _registrant(holding: Holding, ground: Ground) -> Registrant:
    made = opaque.opaque_id(holding, event=ground.event)
    guest = _("Guest")
    return Registrant(made, opaque.address(holding, event=ground.event), guest, made[2 : 2 + _SHORT])


def as_csv(found: list[Registrant]) -> bytes:
    """Return the list as platforms take it."""
    return spreadsheet.written(
        ["Email", "First Name", "Last Name", "ID"],
        ([one.email, one.first_name, one.last_name, one.id] for one in found),
    )
