"""What a group of scans needs before it is judged, whichever way it is written."""

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from uuid import UUID

import asyncpg
from msgspec import Struct
from msgspec.structs import replace

from app.attendance.judging.fold import Key
from app.attendance.judging.rules import Gate
from app.attendance.scanning import around, rows
from app.attendance.scanning.asked import Asked
from app.attendance.scanning.books import book
from app.attendance.scanning.desk import Desk
from app.attendance.scanning.finals import final

REUSED = -(2**62)
"""A scan under a number that another one bears already is stored downwards from here, found again by its content."""
Known = Mapping[Key, asyncpg.Record]
"""Scans that are stored already, as `rows.LOOK` tells of them."""


class Overtaken(Exception):
    """Another transaction changed between our look and our writing what we judged by; a second look will see it."""


class Sorted(Struct, frozen=True):
    """A group by what is to be done: `new` and `first` by first arrival, the others by position in the group.

    `new` knows also what the device showed when the same scan comes twice in a group.
    """

    new: dict[Key, Asked]
    first: dict[Key, Asked]
    reused: list[int]


def sort(asked: Sequence[Asked], known: Known) -> Sorted:
    """Tell new scans from those sent before, and from others under the same number."""
    found = Sorted({}, {}, [])
    for index, one in enumerate(asked):
        before = known[one.key]["request"] if one.key in known else None
        if before is None and one.key in found.new:
            before = found.first[one.key].digest
        if before is None:
            found.new[one.key] = found.first[one.key] = one
        elif before != one.digest:
            found.reused.append(index)
        elif one.key in found.new and one.scan.device_verdict is not None:
            found.new[one.key] = _with_final(found.new[one.key], one)
    return found


def _with_final(one: Asked, again: Asked) -> Asked:
    said = final(one.scan.device_verdict, again.scan.device_verdict)
    return replace(one, scan=replace(one.scan, device_verdict=said))


async def look(
    asked: Sequence[Asked], gates: Mapping[UUID, Gate], targets: Known | None = None
) -> list[asyncpg.Record]:
    """Return what is known about each scan; the ticket of an undo is that of its target."""
    return await rows.look([_looked(one, gates.get(one.place), targets or {}) for one in asked])


def _looked(one: Asked, gate: Gate | None, targets: Known) -> rows.Looked:
    venue = gate.venue if gate is not None and gate.capacity is not None else None
    ticket = one.scan.by_hand
    if one.is_undo:
        target = targets.get(one.undoes) if one.undoes else None
        ticket = target["ticket"] if target else None
    return rows.Looked(one.device, one.scan.seq, None if one.is_undo or ticket else one.serial, ticket, venue)


async def open_desk(
    asked: Sequence[Asked],
    looked: Sequence[asyncpg.Record],
    *,
    gates: dict[UUID, Gate],
    now: dt.datetime,
    targets: Known | None = None,
) -> Desk:
    """Put together what the verdicts and the receipts depend on."""
    tickets = {row["serial"]: row for row in looked if row["id"] is not None}
    products = await around.products({row["ticket_type"] for row in tickets.values()}, now=now)
    books = {serial: book(row, products[row["ticket_type"]]) for serial, row in tickets.items()}
    ours = {serial: book.code_digest for serial, book in books.items()}
    strange = any(one.parsed is not None and ours.get(one.serial or 0) != one.code_digest for one in asked)
    keys = await around.keys(now) if strange else {}
    there = (
        (gates[one.place].venue, row["inside"]) for one, row in zip(asked, looked, strict=True) if one.place in gates
    )
    inside = {venue: count for venue, count in there if count is not None}
    return Desk(gates=gates, books=books, keys=keys, inside=inside, targets=targets)


def reused_seq(one: Asked) -> int:
    """Return the number under which a scan is kept whose own number bears another one."""
    content = hashlib.sha256(one.scan.seq.to_bytes(8, signed=True) + one.digest).digest()
    return REUSED - (int.from_bytes(content[:8]) >> 2)


async def store(table: Desk, *, now: dt.datetime) -> None:
    """Write what was judged; raises `Overtaken` when it does not hold any more."""
    try:
        stored = await rows.store(table.group(), now=now)
    except (asyncpg.SerializationError, asyncpg.DeadlockDetectedError) as error:
        raise Overtaken from error
    if not stored:
        raise Overtaken
