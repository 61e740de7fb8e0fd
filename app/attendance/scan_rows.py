"""The statements of a group of scans, in the order in which they run; all of them serve any number of scans."""

import datetime as dt
from collections.abc import Iterable, Sequence
from uuid import UUID

import asyncpg
import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from msgspec import Struct

from app.attendance.verdict import Gate, Product
from app.core.db import fetch, fetch_one

LOCK = """
WITH counted AS MATERIALIZED (
    SELECT id FROM venue
    WHERE capacity IS NOT NULL AND id IN (SELECT venue FROM gate WHERE id = ANY($2::uuid[]))
    ORDER BY id FOR NO KEY UPDATE
)
SELECT id FROM ticket WHERE serial = ANY($1::bigint[]) AND (SELECT count(*) FROM counted) >= 0
ORDER BY id FOR NO KEY UPDATE
"""
"""Venues that count people first, then tickets, each in the order of their ids: the last place is given once.

Lock first and read afterwards: a statement that waits for a lock still sees the past in its other tables.
"""

TICKETS = """
SELECT t.id, t.serial, t.generation, t.code_digest, t.state, t.residence, t.person, t.registration, t.ticket_type,
       p.key, d.sealed, s.body,
       (SELECT count(*) FROM ticket x WHERE x.registration = t.registration AND x.state = 'valid') AS party,
       ARRAY(SELECT y.inside_venue FROM ticket x JOIN ticket_state y ON y.ticket = x.id
             WHERE x.registration = t.registration AND y.inside_venue IS NOT NULL) AS party_inside
FROM ticket t JOIN person p ON p.id = t.person LEFT JOIN person_details d ON d.person = t.person
LEFT JOIN ticket_state s ON s.ticket = t.id
WHERE t.serial = ANY($1::bigint[])
"""

AROUND = """
WITH counted AS MATERIALIZED (
    SELECT v.id, (SELECT count(*) FROM ticket_state s WHERE s.inside_venue = v.id) AS inside FROM venue v
    WHERE v.capacity IS NOT NULL AND v.id IN (SELECT venue FROM gate WHERE id = ANY($1::uuid[]))
)
SELECT (
    SELECT json_agg(json_build_object(
        'id', g.id, 'event', e.id, 'venue', v.id, 'organiser', e.organiser, 'convention', c.number, 'zone', c.zone,
        'scope', e.kpi_scope, 'opens_at', g.opens_at, 'closes_at', g.closes_at, 'capacity', v.capacity,
        'inside', coalesce(n.inside, 0)))
    FROM gate g JOIN event e ON e.id = g.event JOIN convention c ON c.id = e.convention JOIN venue v ON v.id = g.venue
    LEFT JOIN counted n ON n.id = v.id
    WHERE g.id = ANY($1::uuid[])
) AS gates, (
    SELECT json_agg(json_build_object(
        'id', y.id, 'convention', c.number, 'role', y.role, 'mode', y.mode, 'entry_rule', y.entry_rule,
        'first_day', c.first_day, 'last_day', c.last_day, 'title', y.title, 'days', y.days,
        'covers', (SELECT coalesce(json_agg(json_build_object(
                           'event', e.id, 'organiser', e.organiser, 'venue', e.venue)), '[]')
                   FROM coverage o JOIN event e ON e.id = o.event WHERE o.ticket_type = y.id)))
    FROM ticket_type y JOIN convention c ON c.id = y.convention WHERE y.id = ANY($2::uuid[])
) AS products
"""

KNOWN = """
SELECT s.device, s.seq, s.request, s.status, s.verdict, s.reason, s.warnings, s.ticket
FROM unnest($1::uuid[], $2::bigint[]) AS a (device, seq) JOIN scan s USING (device, seq)
"""

HISTORY = """
SELECT ticket, device, seq, gate, direction, scanned_at,
       verdict = 'admitted' OR (reason = ANY($2::text[]) AND device_verdict ->> 'verdict' IS DISTINCT FROM 'refused')
       AS sound
FROM scan WHERE ticket = ANY($1::uuid[]) AND status = 'stored'
"""

INSERT = """
INSERT INTO scan (device, seq, gate, ticket, code, request, direction, scanned_at, received_at, clock, device_verdict,
                  status, verdict, reason, warnings)
SELECT device, seq, gate, ticket, code, request, direction, scanned_at, received_at, clock::jsonb,
       device_verdict::jsonb, status, verdict, reason, warnings::jsonb
FROM unnest($1::uuid[], $2::bigint[], $3::uuid[], $4::uuid[], $5::text[], $6::bytea[], $7::text[], $8::timestamptz[],
            $9::timestamptz[], $10::text[], $11::text[], $12::text[], $13::text[], $14::text[], $15::text[])
     AS s (device, seq, gate, ticket, code, request, direction, scanned_at, received_at, clock, device_verdict,
           status, verdict, reason, warnings)
ON CONFLICT (device, seq) DO NOTHING RETURNING device, seq
"""

STATES = """
INSERT INTO ticket_state (ticket, body, inside_venue, inside_gate)
SELECT ticket, body::jsonb, inside_venue, inside_gate
FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::uuid[]) AS s (ticket, body, inside_venue, inside_gate)
ON CONFLICT (ticket) DO UPDATE
SET body = EXCLUDED.body, inside_venue = EXCLUDED.inside_venue, inside_gate = EXCLUDED.inside_gate
"""

KEYS = """
SELECT scope, kid, public FROM signing_key
WHERE not_before <= $1 AND (distrust_after IS NULL OR distrust_after > $1)
"""

_gates = msgspec.json.Decoder(list[Gate])
_products = msgspec.json.Decoder(list[Product])


class ScanRow(Struct, frozen=True):
    """A row of `scan`, in the order of its columns."""

    device: UUID
    seq: int
    gate: UUID
    ticket: UUID | None
    code: str | None
    request: bytes
    direction: str
    scanned_at: dt.datetime
    received_at: dt.datetime
    clock: str | None
    device_verdict: str | None
    status: str
    verdict: str
    reason: str | None
    warnings: str


class StateRow(Struct, frozen=True):
    """A row of `ticket_state`."""

    ticket: UUID
    body: str
    inside_venue: UUID | None
    inside_gate: UUID | None


async def lock(*, serials: Sequence[int], entered: Sequence[UUID]) -> None:
    """Make every other group wait until we have committed, if it touches these tickets or enters the same venues.

    `entered` are the gates of our entries; a venue without a capacity is not locked.
    """
    await fetch(LOCK, serials, entered)


async def tickets(serials: Sequence[int]) -> list[asyncpg.Record]:
    """Return the tickets with their holders and states."""
    return await fetch(TICKETS, serials)


async def around(*, gates: Sequence[UUID], types: Sequence[UUID]) -> tuple[dict[UUID, Gate], dict[UUID, Product]]:
    """Return the gates and ticket types by id; those that do not exist are missing."""
    row = await fetch_one(AROUND, gates, types)
    assert row is not None  # noqa: S101  # a SELECT of two values always answers
    found_gates = _gates.decode(row["gates"]) if row["gates"] else []
    found_products = _products.decode(row["products"]) if row["products"] else []
    return {gate.id: gate for gate in found_gates}, {product.id: product for product in found_products}


async def known(keys: Sequence[tuple[UUID, int]]) -> dict[tuple[UUID, int], asyncpg.Record]:
    """Return the scans stored already, by (device, seq)."""
    rows = await fetch(KNOWN, [device for device, _ in keys], [seq for _, seq in keys])
    return {(row["device"], row["seq"]): row for row in rows}


async def history(*, tickets: Sequence[UUID], by_state: Iterable[str]) -> list[asyncpg.Record]:
    """Return every stored scan of these tickets, to fold them again."""
    return await fetch(HISTORY, tickets, list(by_state))


async def keys(now: dt.datetime) -> dict[tuple[int, int], Ed25519PublicKey]:
    """Return the ticket keys trusted now, by (scope, kid)."""
    rows = await fetch(KEYS, now)
    return {(row["scope"], row["kid"]): Ed25519PublicKey.from_public_bytes(row["public"]) for row in rows}


async def insert(rows: Sequence[ScanRow]) -> int:
    """Store scans and return how many of them were new.

    In the order of their numbers, so that two transactions with the same scans wait in the same order.
    """
    if not rows:
        return 0
    ordered = sorted(rows, key=lambda row: (row.device, row.seq))
    columns = zip(*(msgspec.structs.astuple(row) for row in ordered), strict=True)
    return len(await fetch(INSERT, *(list(column) for column in columns)))


async def keep_states(rows: Sequence[StateRow]) -> None:
    """Write the states of tickets."""
    if rows:
        columns = zip(*(msgspec.structs.astuple(row) for row in rows), strict=True)
        await fetch(STATES, *(list(column) for column in columns))
