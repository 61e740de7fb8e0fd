"""Reads for the pages of gates."""

import datetime as dt
from collections.abc import Collection
from uuid import UUID, uuid4

from msgspec import Struct

from app.attendance.judging.verdict import Gate
from app.attendance.schemas import decode_texts
from app.core.db import fetch, fetch_one
from app.core.errors import NotFound
from app.people.roles import Principal

GATES = """
SELECT g.id, g.name, v.name AS venue, e.title AS event, e.id AS event_id
FROM gate g JOIN event e ON e.id = g.event JOIN venue v ON v.id = g.venue JOIN convention c ON c.id = e.convention
WHERE c.last_day >= $1 AND ($2::uuid[] IS NULL OR g.id = ANY($2)) AND ($3::uuid[] IS NULL OR e.organiser = ANY($3))
ORDER BY c.first_day, c.slug, e.position, e.id, g.position
"""

GATE = """
SELECT g.id, g.event, g.venue, e.organiser, c.number AS convention, c.zone, e.kpi_scope AS scope, g.opens_at,
       g.closes_at, g.name, v.name AS venue_name, e.title
FROM gate g JOIN event e ON e.id = g.event JOIN venue v ON v.id = g.venue JOIN convention c ON c.id = e.convention
WHERE g.id = $1
"""

WALK_IN_TYPES = """
SELECT t.slug, t.title FROM ticket_type t JOIN coverage c ON c.ticket_type = t.id
WHERE c.event = $1 AND t.public AND t.admission = 'open' AND t.mode <> 'online' AND t.price = 0
  AND (t.sale_from IS NULL OR t.sale_from <= $2) AND (t.sale_until IS NULL OR t.sale_until > $2)
ORDER BY t.position, t.id
"""


class GateLine(Struct, frozen=True):
    """A gate as it is chosen from a list."""

    id: UUID
    name: dict[str, str]
    venue: dict[str, str]
    event: dict[str, str]
    event_id: UUID


class WalkInType(Struct, frozen=True):
    """A ticket type that staff at a door may give to somebody who has none."""

    slug: str
    title: dict[str, str]


class GatePage(Struct, frozen=True):
    """What the scanner's page says; `form` numbers this very page."""

    gate: Gate
    name: dict[str, str]
    venue: dict[str, str]
    event: dict[str, str]
    form: str


async def gates_of(principal: Principal, *, now: dt.datetime) -> list[GateLine]:
    """Return the gates that this principal may scan at, of conventions that are not long over."""
    scope = principal.scope
    rows = await fetch(GATES, (now - dt.timedelta(days=1)).date(), scope.gates, scope.organisers)
    return [
        GateLine(
            row["id"],
            decode_texts(row["name"]),
            decode_texts(row["venue"]),
            decode_texts(row["event"]),
            row["event_id"],
        )
        for row in rows
    ]


async def gate_page(gate: UUID, principal: Principal) -> GatePage:
    """Return the page of a gate, or raise `NotFound` when it does not exist or is not this principal's."""
    row = await fetch_one(GATE, gate)
    if row is None or not principal.may_see_gate(gate=gate, organiser=row["organiser"]):
        raise NotFound
    return GatePage(
        gate=Gate(**{name: row[name] for name in Gate.__struct_fields__ if name in row}),
        name=decode_texts(row["name"]),
        venue=decode_texts(row["venue_name"]),
        event=decode_texts(row["title"]),
        form=str(uuid4()),
    )


async def walk_in_types(event: UUID, *, now: dt.datetime) -> list[WalkInType]:
    """Return the ticket types of an event that anybody may have at once and for nothing."""
    return [WalkInType(row["slug"], decode_texts(row["title"])) for row in await fetch(WALK_IN_TYPES, event, now)]


async def was_used(*, gate: UUID) -> bool:
    """Return whether a ticket was ever checked at a gate."""
    return await fetch_one("SELECT 1 FROM scan WHERE gate = $1 LIMIT 1", gate) is not None


async def took_part(*, tickets: Collection[UUID]) -> set[UUID]:
    """Return those of these tickets that were admitted at a gate, or are or were present online."""
    rows = await fetch(
        "SELECT s.ticket FROM scan s WHERE s.ticket = ANY($1::uuid[]) AND s.direction = 'entry' AND"
        " (s.verdict = 'admitted' OR EXISTS (SELECT FROM scan_final f WHERE f.scan = s.id AND f.verdict = 'admitted'))"
        " UNION SELECT ticket FROM presence_interval WHERE ticket = ANY($1::uuid[])",
        list(tickets),
    )
    return {row["ticket"] for row in rows}


async def without_residence() -> int:
    """Count the persons with a valid ticket of whom nobody knows where they live."""
    row = await fetch_one(
        "SELECT count(DISTINCT t.person) AS people FROM ticket t JOIN person p ON p.id = t.person"
        " WHERE t.state = 'valid' AND t.residence IS NULL AND p.residence IS NULL AND p.erased_at IS NULL"
    )
    return row["people"] if row else 0
