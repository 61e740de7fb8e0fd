"""Whose payments somebody works with: those to an event's organiser, or for the city's people those to the city."""

from uuid import UUID

import msgspec

from app.core.errors import NotFound
from app.events import desk
from app.events.owned import Held
from app.people.roles import Principal
from app.ticketing.setting_up.console_queries import may_change


class Desk(msgspec.Struct, frozen=True):
    """A payee at a convention; `organiser` None is the city. `event` is the one from whose pages one came."""

    event: UUID
    convention: UUID
    organiser: UUID | None
    zone: str


async def at(*, event: UUID, principal: Principal, city: bool) -> tuple[Held, Desk]:
    """Return an event and the payee to look at, or raise `NotFound`; the city's is for those who answer for it."""
    own = await desk.own_event(principal=principal, event=event)
    if city and not may_change(principal, None):
        raise NotFound
    payee = None if city else own.event.organiser
    return own, Desk(event, own.convention.id, payee, own.convention.zone)
