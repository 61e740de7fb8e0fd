"""Reads all that is known of tickets: their scans with what came after them, and what the ledger says of them."""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import get_args
from uuid import UUID

import asyncpg
from msgspec.structs import replace

from app.attendance.judging.fold import Key, seen_at
from app.attendance.judging.rules import Gate
from app.attendance.scanning import around
from app.attendance.scanning.as_of import Changed
from app.attendance.scanning.asked import Asked, operator
from app.attendance.scanning.books import Book, Past, Written
from app.attendance.scanning.evidence import evidence, source
from app.attendance.scanning.finals import counts, final, shown, takes_back
from app.core.db import fetch
from app.ticketing.states import Action

SCANS = """
SELECT s.ticket, s.device, s.seq, s.gate, s.direction, s.scanned_at, s.reason, s.manual, d.account,
       s.device_verdict, (SELECT json_agg(f) FROM scan_final f WHERE f.scan = s.id) AS finals, x.decision
FROM scan s JOIN device d ON d.id = s.device LEFT JOIN scan_settlement x ON x.scan = s.id
WHERE s.ticket = ANY($1::uuid[]) AND s.status = 'stored' AND s.direction <> 'undo'
"""

UNDOS = """
SELECT u.undoes_device, u.undoes_seq, u.device, u.gate
FROM unnest($1::uuid[], $2::bigint[]) AS a (device, seq)
JOIN scan u ON u.undoes_device = a.device AND u.undoes_seq = a.seq
WHERE u.undoes_seq IS NOT NULL AND u.status = 'stored'
"""

WRITTEN = """
WITH RECURSIVE said AS (
    SELECT a.source, 0 AS voids, e.position FROM unnest($1::text[]) AS a (source)
    JOIN ledger_entry e ON e.source = a.source
    UNION ALL
    SELECT s.source, s.voids + 1, e.position FROM said s
    JOIN ledger_entry e ON e.source = s.source || ':' || (s.voids + 1)
)
SELECT DISTINCT ON (source) source, voids, position FROM said ORDER BY source, voids DESC
"""
"""The last thing the ledger says of each scan: its evidence, the void of it, the void of that void."""

CHANGES = """
SELECT h.ticket, h.at, h.action, h.person, t.price FROM ticket_change h JOIN ticket t ON t.id = h.ticket
WHERE h.ticket = ANY($1::uuid[]) ORDER BY h.at, array_position($2::text[], h.action::text)
"""


async def open_all(books: Mapping[UUID, Book], asked: Iterable[Asked], *, now: dt.datetime) -> None:
    """Fill the past of every book, with the undos that came before the scans of `asked`.

    A scan whose gate is gone keeps the evidence that it is, and takes part in no fold.
    """
    found = await fetch(SCANS, sorted(books)) if books else []
    gates = await around.gates({row["gate"] for row in found}, now=now)
    await _open_changes(books)
    for book in books.values():
        book.past = Past()
    for row in found:
        if row["gate"] in gates:
            _open(books[row["ticket"]], row, gates[row["gate"]])
    new = {one.key: (one.device, one.place, one.scan.direction) for one in asked}
    old = {(row["device"], row["seq"]): (row["device"], row["gate"], row["direction"]) for row in found}
    await _open_undos(books.values(), new | old)
    await _open_ledger(books.values())


def _open(book: Book, row: asyncpg.Record, gate: Gate) -> None:
    """Put a stored scan into the book."""
    past, key = book.past, (row["device"], row["seq"])
    assert past is not None  # noqa: S101  # opened a moment ago
    seen = seen_at(
        gate, book.holder.product, at=row["scanned_at"], device=key[0], seq=key[1], direction=row["direction"]
    )
    sound, forced = counts(row["reason"], final(*shown(row)))
    past.seen[key] = seen = replace(seen, sound=sound, forced=forced)
    if row["decision"] == "dismissed":
        past.dismissed.add(key)
    if seen.direction == "entry":
        past.made[key] = evidence(
            seen,
            gate,
            book.holder_at(seen.at, book.holder.generation),
            book.person_at(seen.at),
            operator=operator(row["account"]) if row["manual"] is not None else None,
            reason=row["manual"],
        )


async def _open_changes(books: Mapping[UUID, Book]) -> None:
    changed = sorted(ticket for ticket, book in books.items() if book.changed_at is not None)
    for row in await fetch(CHANGES, changed, get_args(Action)) if changed else []:
        book = books[row["ticket"]]
        book.price = row["price"]
        book.changes = [*book.changes, Changed(row["at"], row["action"], row["person"])]


async def _open_undos(books: Iterable[Book], scans: Mapping[Key, tuple[UUID, UUID, str]]) -> None:
    if not scans:
        return
    found = await fetch(UNDOS, [device for device, _seq in scans], [seq for _device, seq in scans])
    undone = set()
    for row in found:
        key = (row["undoes_device"], row["undoes_seq"])
        device, gate, direction = scans[key]
        if takes_back(row["device"], row["gate"], of=device, at=gate, direction=direction):
            undone.add(key)
    for book in books:
        if book.past is not None:
            book.past.undone = set(undone)


async def _open_ledger(books: Iterable[Book]) -> None:
    pasts = [book.past for book in books if book.past is not None]
    keys = {source(key): (past, key) for past in pasts for key in past.made}
    for row in await fetch(WRITTEN, sorted(keys)) if keys else []:
        past, key = keys[row["source"]]
        past.written[key] = Written(row["position"], row["voids"])
