"""The two statements of a group of scans, `look` and `store`, and those that only some groups need.

All of them serve any number of scans. Between the two nothing is locked: `store` finds out whether what was seen still
holds, and writes everything or nothing.
"""

import datetime as dt
from collections.abc import Sequence
from operator import attrgetter
from uuid import UUID

import asyncpg
import msgspec
from msgspec import Raw, Struct

from app.attendance.ledger import Entry, tails
from app.core.db import fetch, fetch_one

LOOK = "SELECT * FROM look_scans($1, $2, $3, $4, $5)"
"""A row per scan: its ticket, by number or else by serial, with holder and state; how many are inside the venue; and
the scan itself when it is stored already.
"""

STORE = "SELECT store_scans($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)"

LOCK = """
WITH counted AS MATERIALIZED (
    SELECT i.venue FROM venue_inside i
    WHERE i.venue IN (SELECT v.id FROM venue v JOIN gate g ON g.venue = v.id
                      WHERE v.capacity IS NOT NULL AND g.id = ANY($3::uuid[]))
    ORDER BY i.venue FOR NO KEY UPDATE
), shown AS MATERIALIZED (
    SELECT id FROM ticket WHERE serial = ANY($1::bigint[]) OR id = ANY($2::uuid[]) ORDER BY id FOR NO KEY UPDATE
)
SELECT (SELECT count(*) FROM shown), (SELECT count(*) FROM counted)
"""
"""Tickets first, then venues that count people, each in the order of their ids, as `store_scans` does."""


class ScanRow(Struct, frozen=True):
    """A row of `scan`. `clock` and `device_verdict` are JSON already; no text may hold a NUL.

    `undone` is no column: whether the judge has looked for undos that came before the scan, so that `store` need not.
    """

    device: UUID
    seq: int
    gate: UUID
    ticket: UUID | None
    code: str | None
    request: bytes
    direction: str
    scanned_at: dt.datetime
    received_at: dt.datetime
    clock: Raw | None
    device_verdict: Raw | None
    status: str
    verdict: str
    reason: str | None
    warnings: tuple[str, ...]
    manual: str | None = None
    undoes_device: UUID | None = None
    undoes_seq: int | None = None
    undone: bool = False


class StateRow(Struct, frozen=True):
    """A row of `ticket_state`; `body` is JSON already."""

    ticket: UUID
    body: Raw
    inside_venue: UUID | None
    inside_gate: UUID | None


class Basis(Struct, frozen=True):
    """As what a ticket was judged: the transaction that changed it last, the revision of its state (-1: none yet)."""

    ticket: UUID
    change: int
    revision: int


class Move(Struct, frozen=True):
    """By how many the people inside a venue change; `most` may have been inside before for the verdicts to hold."""

    venue: UUID
    by: int
    most: int | None = None


class Group(Struct, frozen=True, kw_only=True):
    """What a group of scans writes, and what it rests on. `aside` are kept under other numbers than their own."""

    rows: Sequence[ScanRow]
    aside: Sequence[ScanRow] = ()
    states: Sequence[StateRow] = ()
    basis: Sequence[Basis] = ()
    moves: Sequence[Move] = ()
    entries: Sequence[Entry] = ()


class Looked(Struct, frozen=True):
    """What a scan needs to be found again: its number, the serial or the id of its ticket, the venue if it counts."""

    device: UUID
    seq: int
    serial: int | None
    ticket: UUID | None
    venue: UUID | None


async def look(scans: Sequence[Looked]) -> list[asyncpg.Record]:
    """Return what is known about each scan, in their order: all as of one moment."""
    return await fetch(
        LOOK,
        [one.device for one in scans],
        [one.seq for one in scans],
        [one.serial for one in scans],
        [one.ticket for one in scans],
        [one.venue for one in scans],
    )


async def store(group: Group, *, now: dt.datetime) -> bool:
    """Write a group, or return False because a ticket is not any more what it was judged as.

    Raises `asyncpg.SerializationError` when that shows late: a scan was stored meanwhile, a venue has filled up.
    """
    basis = sorted(group.basis, key=attrgetter("ticket"))
    moves = sorted(group.moves, key=attrgetter("venue"))
    unjudged = [one for one in group.rows if not one.undone]
    row = await fetch_one(
        STORE,
        [one.ticket for one in basis],
        [one.change for one in basis],
        [one.revision for one in basis],
        len(group.rows),
        _json(group.rows) or "[]",
        _json(group.aside),
        _json(group.states),
        [one.venue for one in moves],
        [one.by for one in moves],
        [one.most for one in moves],
        tails(group.entries, now=now),
        [entry.source for entry in group.entries],
        [one.device for one in unjudged],
        [one.seq for one in unjudged],
    )
    assert row is not None  # noqa: S101  # a function of one value always answers
    return bool(row[0])


def _json(rows: Sequence[ScanRow] | Sequence[StateRow]) -> str | None:
    return msgspec.json.encode(rows).decode() if rows else None


async def lock(*, serials: Sequence[int], tickets: Sequence[UUID], entered: Sequence[UUID]) -> None:
    """Make every other group wait until we have committed, if it touches these tickets or enters the same venues.

    `entered` are the gates of our entries; a venue without a capacity is not locked.
    """
    await fetch(LOCK, serials, tickets, entered)
