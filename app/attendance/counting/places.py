"""Where is counted: an event's poster, a booth at one of its gates, a device with taps to hand in."""

import datetime as dt
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg
import msgspec
from msgspec import Struct

from app.core.db import fetch_one
from app.core.errors import NotFound
from app.core.i18n import Text
from app.core.settings import settings
from app.core.signing import capability, open_capability
from app.people.roles import Principal


class Counted(Struct, frozen=True):
    """An event at which people are counted; `venue` where the place of the tap is known.

    `is_open` on its days, while it takes place: a poster that was left hanging counts nobody.
    """

    event: UUID
    organiser: UUID
    title: Text
    zone: str
    first_day: dt.date
    last_day: dt.date
    is_open: bool
    venue: UUID | None = None


_EVENT = """
SELECT e.id AS event, e.organiser, e.title, c.zone, e.first_day, e.last_day,
  e.published_at IS NOT NULL AND e.canceled_at IS NULL AS takes_place
FROM event e JOIN convention c ON c.id = e.convention WHERE e.id = $1
"""
_GATE = "SELECT event, venue FROM gate WHERE id = $1"
_HAS_ONE = "SELECT 1 FROM gate WHERE event = $1 AND id = ANY($2::uuid[]) LIMIT 1"


def poster_token(event: UUID) -> str:
    """Return the token of an event's poster."""
    return capability("count", event)


def poster_url(event: UUID) -> str:
    """Return the address that an event's poster shows."""
    return f"{settings().base_url}/count/{poster_token(event)}"


async def counted_by_poster(token: str, *, now: dt.datetime) -> Counted:
    """Return what a poster counts, or raise `NotFound`."""
    opened = open_capability("count", token)
    row = await fetch_one(_EVENT, opened[0]) if opened else None
    if row is None:
        raise NotFound
    return _counted(row, now)


async def counted_at_gate(gate: UUID, principal: Principal, *, now: dt.datetime) -> Counted:
    """Return what a booth at a gate counts, or raise `NotFound` when it is not this principal's."""
    at = await fetch_one(_GATE, gate)
    row = await fetch_one(_EVENT, at["event"]) if at else None
    if at is None or row is None or not principal.may_see_gate(gate=gate, organiser=row["organiser"]):
        raise NotFound
    return _counted(row, now, venue=at["venue"])


async def event_within(event: UUID, principal: Principal) -> Counted:
    """Return an event at whose gates this principal works, or raise `NotFound`."""
    row = await fetch_one(_EVENT, event)
    organisers, gates = principal.scope.organisers, principal.scope.gates
    if row is None or (organisers is not None and row["organiser"] not in organisers):
        raise NotFound
    if gates is not None and await fetch_one(_HAS_ONE, event, list(gates)) is None:
        raise NotFound
    return _counted(row, None)


def _counted(row: asyncpg.Record, now: dt.datetime | None, *, venue: UUID | None = None) -> Counted:
    today = now.astimezone(ZoneInfo(row["zone"])).date() if now else None
    return Counted(
        event=row["event"],
        organiser=row["organiser"],
        title=msgspec.json.decode(row["title"]),
        zone=row["zone"],
        first_day=row["first_day"],
        last_day=row["last_day"],
        is_open=row["takes_place"] and today is not None and row["first_day"] <= today <= row["last_day"],
        venue=venue,
    )
