"""Tickets, gates and devices for the attendance tests."""

import datetime as dt
from typing import Any
from uuid import UUID, uuid4

import msgspec

from app.core.db import fetch, fetch_one
from app.core.signing import signing_key
from app.people import persons
from app.people.schemas import Declared, Details
from app.ticketing.codes import Kind, Payload, sign
from app.ticketing.tickets import code_digest, new_serial, stored
from tests.clock import NOW


class Place(msgspec.Struct, frozen=True):
    """A gate of the demo convention."""

    id: UUID
    slug: str
    event: UUID
    event_slug: str
    venue: UUID
    organiser: UUID
    number: int


class Made(msgspec.Struct, frozen=True):
    """A ticket and its code."""

    id: UUID
    person: UUID
    registration: UUID
    code: str
    serial: int


_GATES = """
SELECT g.id, g.slug, e.id AS event, e.slug AS event_slug, g.venue, e.organiser, c.number
FROM gate g JOIN event e ON e.id = g.event JOIN convention c ON c.id = e.convention
ORDER BY e.position, g.position, g.id
"""


async def gates() -> list[Place]:
    """Return every gate, in the order of the programme."""
    return [Place(**row) for row in await fetch(_GATES)]


async def gate(**wish: object) -> Place:
    """Return the first gate with these features."""
    return next(g for g in await gates() if all(getattr(g, name) == value for name, value in wish.items()))


async def covered_gate(slug: str, *, position: int = 0) -> Place:
    """Return a gate of the events that a ticket type opens."""
    rows = await fetch(
        "SELECT o.event FROM coverage o JOIN ticket_type y ON y.id = o.ticket_type WHERE y.slug = $1", slug
    )
    events = {row["event"] for row in rows}
    return [g for g in await gates() if g.event in events][position]


async def second_door(first: Place) -> Place:
    """Add a second gate to the event and venue of the first."""
    made = uuid4()
    await fetch(
        "INSERT INTO gate (id, event, venue, slug, position, name) VALUES ($1, $2, $3, $4, 99, '{}')",
        made,
        first.event,
        first.venue,
        made.hex,
    )
    return await gate(id=made)


async def ticket_type(slug: str = "citywide-pass", **changes: object) -> dict[str, Any]:
    """Return a ticket type after changing columns of it."""
    for column, value in changes.items():
        cast = "::text::jsonb" if column == "days" else ""
        await fetch(f"UPDATE ticket_type SET {column} = $2{cast} WHERE slug = $1", slug, value)
    row = await fetch_one(
        "SELECT y.id, y.number, y.convention, c.number AS scope FROM ticket_type y"
        " JOIN convention c ON c.id = y.convention WHERE y.slug = $1",
        slug,
    )
    assert row is not None
    return dict(row)


async def ticket(
    slug: str = "citywide-pass",
    *,
    name: str = "李娜",
    residence: str | None = "SG",
    state: str = "valid",
    generation: int = 0,
    registration: UUID | None = None,
    person: UUID | None = None,
) -> Made:
    """Insert a ticket as registration would."""
    kind = await ticket_type(slug)
    if person is None:
        details = Details(name=name, email=f"{uuid4().hex}@example.org")
        [enrolled] = await persons.enrol([Declared(details=details, residence=residence or "SG")], now=NOW)
        person = enrolled.id
    if registration is None:
        registration = uuid4()
        await fetch(
            "INSERT INTO registration (id, convention, person, status, language, created_at)"
            " VALUES ($1, $2, $3, 'confirmed', 'en', $4)",
            registration,
            kind["convention"],
            person,
            NOW,
        )
    made, serial = uuid4(), new_serial()
    code = signed(kind["scope"], kind["number"], serial, generation)
    await fetch(
        "INSERT INTO ticket (id, registration, person, ticket_type, position, serial, generation, kid, code_digest,"
        " state, residence, created_at) VALUES ($1, $2, $3, $4, 1, $5, $6, 0, $7, $8, $9, $10)",
        made,
        registration,
        person,
        kind["id"],
        stored(serial),
        generation,
        code_digest(code),
        state,
        residence,
        NOW,
    )
    return Made(made, person, registration, code, serial)


def signed(scope: int, product: int, serial: int, generation: int = 0, kid: int = 0) -> str:
    """Return a code that our key signed, whether we know the ticket or not."""
    return sign(Payload(Kind.ENTRY, 0, kid, scope, product, serial, generation), signing_key(scope, kid))


def scan(
    seq: int, code: str, gate: UUID, direction: str = "entry", at: dt.datetime = NOW, **more: Any
) -> dict[str, Any]:
    """Return one scan of an upload."""
    return {
        "seq": seq,
        "code": code,
        "gate": str(gate),
        "direction": direction,
        "scanned_at": at.isoformat(),
        **more,
    }
