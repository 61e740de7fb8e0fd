"""What stands around a scan and hardly ever changes: gates, ticket types, ticket keys. Remembered for a moment."""

import datetime as dt
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar
from uuid import UUID

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from app.attendance.judging.rules import Gate, Product
from app.core.db import DB, fetch, fetch_one
from app.ticketing.codes import Keys

Thing = TypeVar("Thing", Gate, Product)
REMEMBERED = dt.timedelta(seconds=1)
"""How long a process trusts what it has read; what it changes by itself it forgets at once."""

GATES = """
SELECT json_agg(json_build_object(
    'id', g.id, 'event', e.id, 'venue', v.id, 'organiser', e.organiser, 'convention', c.number, 'zone', c.zone,
    'scope', e.kpi_scope, 'opens_at', g.opens_at, 'closes_at', g.closes_at, 'capacity', v.capacity,
    'elsewhere', g.elsewhere,
    'rules', (SELECT coalesce(json_agg(json_build_object(
                         'product', r.ticket_type, 'admits', r.admits, 'entry_rule', r.entry_rule,
                         'entry_times', r.entry_times, 'reentry', r.reentry, 'opens_at', r.opens_at,
                         'closes_at', r.closes_at, 'days', r.days) ORDER BY r.id), '[]')
              FROM gate_rule r WHERE r.gate = g.id)))
FROM gate g JOIN event e ON e.id = g.event JOIN convention c ON c.id = e.convention JOIN venue v ON v.id = g.venue
WHERE g.id = ANY($1::uuid[])
"""

PRODUCTS = """
SELECT json_agg(json_build_object(
    'id', y.id, 'number', y.number, 'convention', c.number, 'role', y.role, 'mode', y.mode,
    'entry_rule', y.entry_rule, 'entry_times', y.entry_times, 'reentry', y.reentry,
    'first_day', c.first_day, 'last_day', c.last_day, 'title', y.title, 'days', y.days,
    'covers', (SELECT coalesce(json_agg(json_build_object(
                          'event', e.id, 'organiser', e.organiser, 'venue', e.venue)), '[]')
               FROM coverage o JOIN event e ON e.id = o.event WHERE o.ticket_type = y.id)))
FROM ticket_type y JOIN convention c ON c.id = y.convention WHERE y.id = ANY($1::uuid[])
"""

KEYS = """
SELECT scope, kid, public FROM signing_key
WHERE purpose = 'ticket' AND not_before <= $1 AND (distrust_after IS NULL OR distrust_after > $1)
"""

_gates = msgspec.json.Decoder(list[Gate])
_products = msgspec.json.Decoder(list[Product])


class Memory(msgspec.Struct):
    """What was read since `since`."""

    since: dt.datetime
    gates: dict[UUID, Gate] = {}
    products: dict[UUID, Product] = {}
    keys: Keys | None = None


_memory = Memory(dt.datetime.max.replace(tzinfo=dt.UTC))


def forget() -> None:
    """Forget everything: after a change in this process, or between tests."""
    _memory.since = dt.datetime.max.replace(tzinfo=dt.UTC)


def _fresh(now: dt.datetime) -> Memory:
    """Return what is remembered; inside a transaction nothing, as it may see what nobody else does."""
    global _memory  # noqa: PLW0603  # one for the process
    if DB.current_transaction.get() is not None:
        return Memory(now)
    if not _memory.since <= now < _memory.since + REMEMBERED:
        _memory = Memory(now)
    return _memory


def remembered(gate: UUID) -> Gate | None:
    """Return a gate that this process has read lately, without asking the database."""
    return _memory.gates.get(gate)


async def gates(ids: Iterable[UUID], *, now: dt.datetime) -> dict[UUID, Gate]:
    """Return gates by id, with their rules and without counting who is inside; those that do not exist are missing."""
    return await _known(_fresh(now).gates, ids, read_gates)


async def products(ids: Iterable[UUID], *, now: dt.datetime) -> dict[UUID, Product]:
    """Return ticket types by id with what they open."""
    return await _known(_fresh(now).products, ids, read_products)


async def keys(now: dt.datetime) -> Keys:
    """Return the ticket keys trusted now, by (scope, kid)."""
    memory = _fresh(now)
    if memory.keys is None:
        rows = await fetch(KEYS, now)
        memory.keys = {(r["scope"], r["kid"]): Ed25519PublicKey.from_public_bytes(r["public"]) for r in rows}
    return memory.keys


async def read_gates(ids: list[UUID]) -> list[Gate]:
    """Read gates from the database."""
    row = await fetch_one(GATES, ids)
    return _gates.decode(row[0]) if row and row[0] else []


async def read_products(ids: list[UUID]) -> list[Product]:
    """Read ticket types from the database."""
    row = await fetch_one(PRODUCTS, ids)
    return _products.decode(row[0]) if row and row[0] else []


async def _known(
    found: dict[UUID, Thing], ids: Iterable[UUID], read: Callable[[list[UUID]], Awaitable[list[Thing]]]
) -> dict[UUID, Thing]:
    missing = sorted({id_ for id_ in ids if id_ not in found})
    if missing:
        found.update({thing.id: thing for thing in await read(missing)})
    return found
