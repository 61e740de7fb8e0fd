"""The records of a convention's tickets, kept by a process and brought up to date once a second while phones ask.

The first reading of 100,000 tickets takes seconds; from then on only what has changed is read. What is kept holds no
readable name: the records are sealed already.
"""

import asyncio
import datetime as dt
import hashlib
from collections import OrderedDict
from collections.abc import Sequence
from contextvars import Context
from uuid import UUID

import asyncpg
from msgspec import Struct

from app.attendance.packs import layout, rows, sealing
from app.attendance.packs.sealing import Kept
from app.core.db import DB, transaction

FRESH = dt.timedelta(seconds=1)
"""How old what phones are told may be."""
MOST_BODIES = 8
"""Bodies kept by a convention: whole ones of 100,000 tickets have 6.4 MB, and most events share one."""
JOINED_AT_ONCE = 2000
SNAPSHOT = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"

Products = frozenset[bytes]
"""Numbers of ticket types, as records have them."""


class Body(Struct, frozen=True):
    """The body of a pack, and what its head says of it; `since` as there."""

    since: int | None
    content: bytes
    records: int
    others: int
    sha256: str


class Book:
    """All tickets of a convention (by its number) by tag.

    `number` is that of the last reading that found anything new, `read_to` that of the last one.
    """

    def __init__(self, convention: int) -> None:
        self.convention = convention
        self.number = 0
        self.read_to = 0
        self.read_at: dt.datetime | None = None
        self._is_owed = False
        self.ground: rows.Ground | None = None
        self._latest = 0
        self._lock = asyncio.Lock()
        self._records: dict[bytes, Kept] = {}
        self._tags: list[bytes] = []
        self._bodies: OrderedDict[tuple[Products, int | None], Body] = OrderedDict()

    async def refresh(self, now: dt.datetime, *, at_least: int = 0) -> None:
        """Read what has changed, unless that was done within `FRESH` and up to the number `at_least`."""
        async with self._lock:
            if self._is_stale(now) or self.read_to < at_least:
                await self._read()
                self.read_at = now

    def _is_stale(self, now: dt.datetime) -> bool:
        """Whoever came a little before the last reading, and waited for it, need not read again."""
        return self.read_at is None or abs(now - self.read_at) >= FRESH

    async def _read(self) -> None:
        """Read in one snapshot, so that the number and what goes under it are of one moment."""
        nested = DB.current_transaction.get() is not None
        async with transaction() as lent:
            if not nested:
                await lent.execute(SNAPSHOT)
            number, ground = await rows.ground(self.convention)
            is_new = await self._take(lent) or ground != self.ground
        self.ground, self.read_to = ground, number
        if is_new or self._is_owed:
            # Numbers may stand still while a transaction stays open for long: what is new is then told when they rise.
            self._is_owed = number <= self.number
            self.number = number
            self._bodies.clear()

    async def _take(self, lent: asyncpg.Connection) -> bool:
        """Take in what has changed since the last reading; whether any ticket is not as it was."""
        is_new = False
        async for found in rows.tickets(lent, self.convention, changed_from=rows.lowest_open(self.read_to)):
            is_new |= self._put(await sealing.kept_of(found))
        if len(self._tags) != len(self._records):
            self._tags = await asyncio.to_thread(sealing.in_order, self._records)
        return is_new

    def _put(self, found: Sequence[Kept]) -> bool:
        changed = [kept for kept in found if self._records.get(kept.tag) != kept]
        self._records.update({kept.tag: kept for kept in changed})
        self._latest = max(self._latest, *(kept.changed_in for kept in changed), 0)
        return bool(changed)

    def is_news(self, since: int) -> bool:
        """Whether a phone with this number lacks anything that is known here."""
        return since < self.number or self._latest >= rows.lowest_open(since)

    async def body(self, event: UUID, since: int | None) -> Body:
        """Return the body of a pack for the gates of an event: what has changed since that number, or all."""
        async with self._lock:
            asked = (self._opening(event), since)
            if asked not in self._bodies:
                self._bodies[asked] = await asyncio.to_thread(self._joined, *asked)
            self._bodies.move_to_end(asked)
            while len(self._bodies) > MOST_BODIES:
                self._bodies.popitem(last=False)
            return self._bodies[asked]

    def _opening(self, event: UUID) -> Products:
        products = self.ground.products if self.ground else []
        return frozenset(p.number.to_bytes(2) for p in products if event in p.events)

    def _joined(self, opening: Products, since: int | None) -> Body:
        """Put a body together; for a thread, while nothing is taken in."""
        changed = self._changed(since)
        found = [self._records[tag].record for tag in (self._tags if changed is None else changed)]
        here = sealing.gently(lambda record: record[10:12] in opening, found, at_once=JOINED_AT_ONCE)
        records = [record for record, is_here in zip(found, here, strict=True) if is_here]
        others = [record[: layout.OTHER] for record, is_here in zip(found, here, strict=True) if not is_here]
        content = b"".join((*records, *others))
        return Body(
            since=None if changed is None else since,
            content=content,
            records=len(records),
            others=len(others),
            sha256=hashlib.sha256(content).hexdigest(),
        )

    def _changed(self, since: int | None) -> list[bytes] | None:
        """Return the tags of the tickets changed since a number; None when only a whole pack will do.

        That is when a ticket type has come to open other events since, when the number is none of ours, and when a
        delta would hardly be smaller.
        """
        if since is None or since > self.read_to or self.ground is None:
            return None
        start = rows.lowest_open(since)
        if self.ground.covered_in >= start:
            return None
        changed = sorted(tag for tag, kept in self._records.items() if kept.changed_in >= start)
        return changed if 2 * len(changed) <= len(self._tags) else None


_shelf: dict[int, Book] = {}
_readings: dict[int, asyncio.Task[None]] = {}


async def book(convention: int, *, now: dt.datetime, at_least: int = 0) -> Book:
    """Return the book of a convention, at most `FRESH` old; the first time that takes a while.

    Inside a transaction it is read anew, as that may see what nobody else does.
    """
    if DB.current_transaction.get() is not None:
        found = Book(convention)
        await found.refresh(now)
        return found
    if convention not in _shelf:
        _begin(convention, now)
        await asyncio.shield(_readings[convention])
    found = _shelf[convention]
    await found.refresh(now, at_least=at_least)
    return found


async def number(convention: int, *, now: dt.datetime) -> int:
    """Return the number of the newest pack of a convention, at most `FRESH` old; 0 while it is read the first time."""
    if DB.current_transaction.get() is None and convention not in _shelf:
        _begin(convention, now)
        return 0
    return (await book(convention, now=now)).number


def remembered(convention: int) -> int:
    """Return the number that was told last, without asking the database; 0 before there is one."""
    found = _shelf.get(convention)
    return found.number if found else 0


def _begin(convention: int, now: dt.datetime) -> None:
    """Begin to read a convention for the first time, once for all who ask meanwhile and whatever becomes of them."""
    if convention not in _readings:
        task = asyncio.get_running_loop().create_task(_read_first(convention, now), context=Context())
        _readings[convention] = task
        task.add_done_callback(lambda _task: _readings.pop(convention, None))


async def _read_first(convention: int, now: dt.datetime) -> None:
    found = Book(convention)
    await found.refresh(now)
    _shelf[convention] = found


def forget() -> None:
    """Forget every book: between tests."""
    _shelf.clear()
