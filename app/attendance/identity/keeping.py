"""Keeping the keys of names: people whose tickets or details were changed are read again, soon after.

Nobody who registers waits for it. It follows `ticket.changed_in` as the search index of the doors does, with a mark of
its own; a row of kind `read` beside a person's keys says up to which change they were made. Without a mark everybody is
read, a slice at a time: so an older database is filled by the same work.
"""

import asyncio
import datetime as dt
from collections.abc import Mapping, Sequence
from uuid import UUID

import structlog

from app.attendance.identity.finding import find
from app.attendance.identity.keys import READ, keys_of
from app.attendance.identity.knowing import Read, known_of
from app.attendance.identity.matching import Known
from app.core.db import fetch, fetch_one, transaction

log = structlog.get_logger()

SLICE = 300
"""Tickets looked at in one transaction: some tenths of a second's work."""
LOCK = 0x53616D65
"""Key of the advisory lock, "Same": held alone by the reader, shared by whoever erases."""
MARK = 2
"""Row of `search_mark`; the first belongs to the search of the doors."""

_STALE = """
SELECT k.person, k.changed_in::text::bigint AS changed_in FROM ticket k JOIN person p ON p.id = k.person
LEFT JOIN person_key r ON r.person = k.person AND r.kind = 'read'
WHERE k.changed_in >= $1::text::xid8 AND p.key IS NOT NULL
  AND (r.key IS NULL OR r.key < int8send(k.changed_in::text::bigint))
ORDER BY k.changed_in LIMIT $2
"""
_MARK = """
SELECT coalesce((SELECT number FROM search_mark WHERE id = $1), 0) AS number,
  pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS settled
"""
_SET_MARK = """
INSERT INTO search_mark (id, number) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET number = EXCLUDED.number
"""
_WRITE = """
INSERT INTO person_key (person, kind, key)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::bytea[]) ON CONFLICT DO NOTHING
"""


async def catch_up(*, now: dt.datetime) -> int:
    """Read a slice of the people who were changed since the last time; return how many tickets that were.

    One slice and no more: whoever looks after other things between two slices is not kept from them. 0 as well while
    another process reads, or while somebody is being erased: what was read before an erasure is not written after it.
    """
    async with transaction():
        mine = await fetch_one("SELECT pg_try_advisory_xact_lock($1) AS mine", LOCK)
        if mine is None or not mine["mine"]:
            return 0
        mark = await fetch_one(_MARK, MARK)
        assert mark is not None  # noqa: S101  # a SELECT of scalars always answers
        rows = await fetch(_STALE, str(mark["number"]), SLICE)
        number = rows[-1]["changed_in"] if len(rows) == SLICE else mark["settled"]
        if (reached := min(number, mark["settled"])) > mark["number"]:
            await fetch(_SET_MARK, MARK, reached)
        if rows:
            await _renew({row["person"] for row in rows}, now)
        return len(rows)


async def _renew(persons: set[UUID], now: dt.datetime) -> None:
    """Write the keys of these persons anew, and look for their doubles."""
    read = await known_of(persons)
    keys = await asyncio.to_thread(_keys, read)
    await _write(list(persons), keys)
    known: Mapping[UUID, Known] = {person: one.known for person, one in read.items()}
    merged = await find(known, now=now)
    log.info("names_read", people=len(persons), merged=merged)


def _keys(read: Mapping[UUID, Read]) -> list[tuple[UUID, str, bytes]]:
    found = [(person, kind, key) for person, one in read.items() for kind, key in keys_of(one.known)]
    return [*found, *((person, READ, one.changed_in.to_bytes(8)) for person, one in read.items())]


async def _write(persons: list[UUID], keys: Sequence[tuple[UUID, str, bytes]]) -> None:
    await fetch("DELETE FROM person_key WHERE person = ANY($1::uuid[])", persons)
    await fetch(_WRITE, *([row[column] for row in keys] for column in range(3)))


async def forget(persons: Sequence[UUID]) -> None:
    """Take the keys of these persons out, and what was to be decided of them, in the caller's transaction.

    None come back once it commits. What was decided stands in the ledger under pseudonyms, and stays explained.
    """
    await fetch("SELECT pg_advisory_xact_lock_shared($1)", LOCK)
    await fetch("DELETE FROM person_key WHERE person = ANY($1::uuid[])", list(persons))
    await fetch(
        "DELETE FROM double WHERE decision IS NULL AND (first = ANY($1::uuid[]) OR second = ANY($1::uuid[]))",
        list(persons),
    )
