"""What a convention's packs are made of, as the database has it.

The number of a reading orders all readings of the database, of every process: a later one has a higher number as soon
as anything was committed between them. Its upper bits are the lowest transaction that was not finished when it was
read (`xmin`), so whoever has read everything up to a number misses nothing but what such transactions and later ones
have changed, whatever the order in which they commit. The lower `BITS` say how many above it have finished.

A transaction that only reads, such as a backup, holds nothing back. One that writes does, of whatever database on the
server, for as long as it is open.
"""

import datetime as dt
from collections.abc import AsyncIterator
from uuid import UUID

import asyncpg
import msgspec
from msgspec import Struct

from app.attendance.judging.rules import Gate, Product
from app.attendance.packs.layout import Convention, Named, TicketKey, Titled
from app.attendance.scanning import around
from app.core.db import fetch_one

BITS = 14
"""53 bits in all, as many as a phone counts, leave enough for 500,000,000,000 transactions."""
ONE_BY_ONE = 1 << (BITS - 1)
"""So many transactions that finish above an open one are counted one by one, more of them ever more roughly."""
STEPS = 1024
"""Numbers for each doubling beyond: one for every 1,500th part more. They stand still at 2,000,000 transactions."""
CHUNK = 500
"""Tickets read at once."""


def written(finished: str) -> str:
    """Return the SQL expression that puts any number of transactions into `BITS`; more of them never become less."""
    doublings = f"log(2, greatest({finished}, {ONE_BY_ONE})::numeric / {ONE_BY_ONE})"
    return f"least({finished}, {ONE_BY_ONE}) + least(floor({STEPS} * {doublings})::bigint, {ONE_BY_ONE - 1})"


NUMBER = f"""
(SELECT (x.lowest << {BITS}) + {written("(x.next - x.lowest - x.open)")} FROM (
    SELECT pg_snapshot_xmin(s.now)::text::bigint AS lowest, pg_snapshot_xmax(s.now)::text::bigint AS next,
        (SELECT count(*) FROM pg_snapshot_xip(s.now)) AS open
    FROM (SELECT pg_current_snapshot() AS now) s) x)
"""  # constants of ours
_GROUND = f"""
SELECT {NUMBER} AS number, (
    SELECT max(y.covered_in::text::bigint) FROM ticket_type y WHERE y.convention = c.id
) AS covered_in, json_build_object(
    'number', c.number, 'slug', c.slug, 'zone', c.zone, 'first_day', c.first_day, 'last_day', c.last_day
) AS convention, (
    SELECT json_agg(json_build_object('id', g.id, 'name', g.name, 'venue', g.venue, 'event', g.event,
        'opens_at', g.opens_at, 'closes_at', g.closes_at, 'draft', e.published_at IS NULL)
        ORDER BY e.position, e.id, g.position, g.id)
    FROM gate g JOIN event e ON e.id = g.event WHERE e.convention = c.id
) AS gates, (
    SELECT json_agg(json_build_object('id', v.id, 'name', v.name) ORDER BY v.id) FROM venue v WHERE v.convention = c.id
) AS venues, (
    SELECT json_agg(json_build_object('id', e.id, 'title', e.title, 'draft', e.published_at IS NULL)
        ORDER BY e.position, e.id)
    FROM event e WHERE e.convention = c.id
) AS events, (
    SELECT json_agg(json_build_object('purpose', k.purpose, 'scope', k.scope, 'kid', k.kid,
        'public', encode(k.public, 'hex'), 'not_before', k.not_before, 'not_after', k.not_after,
        'distrust_after', k.distrust_after) ORDER BY k.purpose, k.kid)
    FROM signing_key k WHERE k.scope = c.number
) AS keys, ARRAY(
    SELECT y.id FROM ticket_type y WHERE y.convention = c.id ORDER BY y.number
) AS types
FROM convention c WHERE c.number = $1
"""  # constants of ours
TICKETS = """
SELECT t.serial, t.generation, t.state, t.residence IS NOT NULL AS residence_known, y.number AS product, r.party,
    t.sealings, t.code_digest, p.key, coalesce(t.sealed, d.sealed) AS sealed, r.language,
    t.changed_in::text::bigint AS changed_in
FROM ticket t JOIN ticket_type y ON y.id = t.ticket_type JOIN registration r ON r.id = t.registration
JOIN person p ON p.id = t.person LEFT JOIN person_details d ON d.person = t.person
WHERE y.convention = (SELECT id FROM convention WHERE number = $1) AND t.changed_in >= $2::text::xid8
"""


class DoorRow(Struct, frozen=True):
    """A gate by name, and its hours; `draft` while its event is not published."""

    id: UUID
    name: dict[str, str]
    venue: UUID
    event: UUID
    opens_at: dt.time | None
    closes_at: dt.time | None
    draft: bool


class EventRow(Titled, frozen=True):
    """An event by title; `draft` while it is not published."""

    draft: bool


class KeyRow(TicketKey, frozen=True, kw_only=True):
    """A key of the convention; `purpose` ticket | pack."""

    purpose: str

    def is_live(self, now: dt.datetime) -> bool:
        """Whether it signs now."""
        ends = [at for at in (self.not_after, self.distrust_after) if at is not None]
        return self.not_before <= now and all(now < at for at in ends)


class Ground(Struct, frozen=True):
    """Everything of a convention's packs but the tickets. `covered_in` changed last what any ticket type opens."""

    convention: Convention
    covered_in: int
    gates: dict[UUID, Gate]
    doors: list[DoorRow]
    venues: list[Named]
    events: list[EventRow]
    products: list[Product]
    keys: list[KeyRow]


_convention = msgspec.json.Decoder(Convention)
_doors = msgspec.json.Decoder(list[DoorRow])
_venues = msgspec.json.Decoder(list[Named])
_events = msgspec.json.Decoder(list[EventRow])
_keys = msgspec.json.Decoder(list[KeyRow])


def lowest_open(number: int) -> int:
    """Return the transaction from which on a reading with this number may have missed something."""
    return number >> BITS


async def ground(convention: int) -> tuple[int, Ground]:
    """Read everything but the tickets, and the number of the present transaction's snapshot."""
    row = await fetch_one(_GROUND, convention)
    assert row is not None  # noqa: S101  # conventions with gates are not deleted
    doors = _doors.decode(row["gates"] or "[]")
    gates = await around.read_gates([door.id for door in doors])
    found = Ground(
        convention=_convention.decode(row["convention"]),
        covered_in=row["covered_in"] or 0,
        gates={gate.id: gate for gate in gates},
        doors=doors,
        venues=_venues.decode(row["venues"] or "[]"),
        events=_events.decode(row["events"] or "[]"),
        products=sorted(await around.read_products(row["types"]), key=lambda product: product.number),
        keys=_keys.decode(row["keys"] or "[]"),
    )
    return row["number"], found


async def tickets(
    lent: asyncpg.Connection, convention: int, *, changed_from: int
) -> AsyncIterator[list[asyncpg.Record]]:
    """Read the tickets that a transaction from `changed_from` on has changed, some at a time."""
    cursor = await lent.cursor(TICKETS, convention, str(changed_from))
    while found := await cursor.fetch(CHUNK):
        yield found
