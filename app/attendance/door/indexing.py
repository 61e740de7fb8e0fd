"""Keeping the search index: tickets changed since it was last looked are read again, soon after and never before.

Nobody who registers waits for it. `ticket.changed_in` numbers the transactions that changed tickets (or the details of
their persons); all numbers below the snapshot's oldest running one are final, so the mark that this leaves in
`search_mark` misses none. Without a mark every ticket is read: so an older database is filled by the same work.
"""

import asyncio
import datetime as dt
from collections.abc import Sequence
from uuid import UUID

import asyncpg
import structlog

from app.attendance.door.hashes import hashed
from app.attendance.door.pieces import Findable, pieces_of
from app.core.db import fetch, fetch_one, transaction
from app.people.persons import open_details
from app.ticketing.tickets import unsigned

log = structlog.get_logger()

SLICE = 500
"""Tickets read in one transaction: a quarter of a second's work."""
LOCK = 0x53656172
"""Key of the advisory lock, "Sear": held alone by the reader, shared by whoever erases."""

_STALE = """
SELECT k.id, k.ticket_type, k.serial, k.registration, k.changed_in::text::bigint AS changed_in, p.key,
  coalesce(k.sealed, d.sealed) AS sealed
FROM ticket k LEFT JOIN ticket_search s ON s.ticket = k.id
JOIN person p ON p.id = k.person LEFT JOIN person_details d ON d.person = p.id
WHERE k.changed_in >= $1::text::xid8 AND s.read_in IS DISTINCT FROM k.changed_in::text::bigint
ORDER BY k.changed_in LIMIT $2
"""
_MARK = """
SELECT coalesce((SELECT number FROM search_mark WHERE id = 1), 0) AS number,
  pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS settled
"""
_KEEP = """
INSERT INTO ticket_search (ticket, read_in, grams)
SELECT g.ticket, g.read_in, g.grams::bigint[]
FROM unnest($1::uuid[], $2::bigint[], $3::text[]) AS g (ticket, read_in, grams)
ON CONFLICT (ticket) DO UPDATE SET read_in = EXCLUDED.read_in, grams = EXCLUDED.grams
"""
_SET_MARK = """
INSERT INTO search_mark (id, number) VALUES (1, $1) ON CONFLICT (id) DO UPDATE SET number = EXCLUDED.number
"""


async def catch_up(*, now: dt.datetime) -> int:  # noqa: ARG001  # as every work by the clock
    """Read every ticket that was changed since the last time; return how many there were."""
    done = 0
    while (read := await read_slice()) == SLICE:
        done += read
    if done:
        log.info("guests_read", tickets=done + read)
    return done + read


async def read_slice() -> int:
    """Read the tickets that wait longest, at most `SLICE`; return how many there were.

    0 as well while another process does so, or while somebody is being erased: what was read before an erasure must
    not be written after it, and the lock keeps the two apart.
    """
    async with transaction():
        mine = await fetch_one("SELECT pg_try_advisory_xact_lock($1) AS mine", LOCK)
        if mine is None or not mine["mine"]:
            return 0
        mark = await fetch_one(_MARK)
        assert mark is not None  # noqa: S101  # a SELECT of scalars always answers
        rows = await fetch(_STALE, str(mark["number"]), SLICE)
        if rows:
            await _keep(rows, await asyncio.to_thread(_hashes, rows))
        number = rows[-1]["changed_in"] if len(rows) == SLICE else mark["settled"]
        if (reached := min(number, mark["settled"])) > mark["number"]:
            await fetch(_SET_MARK, reached)
        return len(rows)


async def _keep(rows: Sequence[asyncpg.Record], hashes: Sequence[list[int]]) -> None:
    await fetch(
        _KEEP,
        [row["id"] for row in rows],
        [row["changed_in"] for row in rows],
        ["{" + ",".join(map(str, one)) + "}" for one in hashes],
    )


def _hashes(rows: Sequence[asyncpg.Record]) -> list[list[int]]:
    return [_hashes_of(row) for row in rows]


def _hashes_of(row: asyncpg.Record) -> list[int]:
    """Return the hashes of one ticket; of a person who was erased, none."""
    guest = findable(row)
    return hashed(row["ticket_type"], pieces_of(guest)) if guest else []


def findable(row: asyncpg.Record) -> Findable | None:
    """Return what a ticket is found by (`key`, `sealed`, `serial`, `registration`), None when its person was erased."""
    if row["key"] is None or row["sealed"] is None:
        return None
    details = open_details(row["key"], row["sealed"])
    numbers = (f"{unsigned(row['serial']):016x}", row["registration"].hex)
    return Findable(details.name, details.reading, details.organisation, details.email, numbers)


async def forget(persons: Sequence[UUID]) -> None:
    """Take the pieces of these persons' names out, in the caller's transaction; none come back once it commits."""
    await fetch("SELECT pg_advisory_xact_lock_shared($1)", LOCK)
    await fetch(
        "DELETE FROM ticket_search s USING ticket t WHERE t.id = s.ticket AND t.person = ANY($1::uuid[])",
        list(persons),
    )
