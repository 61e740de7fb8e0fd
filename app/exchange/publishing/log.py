"""The log of what we publish, brought up to date when somebody reads it and something has changed.

Whatever changes of the programme, or of what partners tell, leaves its marks in `publication_touch`, by triggers and in
the same transaction. A reader asks with one statement whether there are any. If so the log is written on, beside all
requests and in one transaction; a reader waits for it a moment, and else gets the last log that was whole. Changes are
numbered under a lock that is held until they are committed: who has read up to a number has missed nothing below it.
"""

import asyncio
import contextlib
import datetime as dt
from collections.abc import Awaitable, Callable, Collection, Iterable
from contextvars import Context
from uuid import UUID
from weakref import WeakKeyDictionary

import asyncpg
import structlog
from msgspec import Struct

from app.core.db import DB, fetch, fetch_one, transaction
from app.core.errors import NotFound
from app.core.gentle import gently
from app.core.groups import Collector
from app.events.programme import programme
from app.exchange.publishing import ours, rows, theirs
from app.exchange.publishing.boundaries import next_boundary, turned
from app.exchange.publishing.content import (
    KEPT_CANCELED,
    KEPT_TOMBSTONE,
    Content,
    Plan,
    Published,
    ended,
    plan,
)

logger = structlog.get_logger()

LOCK = 0x4C6F6731
"""Key of the advisory lock, "Log1"."""
ONE_DAY = dt.timedelta(days=1)
PATIENCE = 0.5
"""Seconds that a reader waits for what is new: he is to be answered within one."""
MOST_AT_ONCE = 1000
"""Readers who share one look at the log."""

FOLLOW: list[Callable[..., Awaitable[None]]] = []
"""Who wants to hear of changes, in the transaction that writes them; each takes `now`. `follows.py` fills it."""


class Mark(Struct, frozen=True):
    """Up to where the log was written: `stamp` is another one whenever anything of it may be."""

    stamp: str
    change: int
    forgotten: int
    moved_at: dt.datetime | None


class _State(Struct, frozen=True):
    change: int = 0
    forgotten: int = 0
    written_at: dt.datetime | None = None
    due_at: dt.datetime | None = None
    moved_at: dt.datetime | None = None


_MARK = """
SELECT l.ctid::text || l.xmin::text AS stamp, l.change, l.forgotten, l.moved_at,
  l.due_at <= $1 OR EXISTS (SELECT FROM publication_touch) AS behind FROM publication_log l
"""


async def current(now: dt.datetime) -> Mark:
    """Bring the log up to date if it is behind, and return where it stands. One statement when nothing changed.

    When that takes longer than `PATIENCE` it goes on by itself, and what is returned is the last log that was whole.
    """
    row = await _looked_at(now)
    if row is None or row["behind"]:
        await (catch_up(now=now) if DB.current_transaction.get() else _wait_for_news(now, patient=row is None))
        row = await _looked_at(now)
    assert row is not None  # noqa: S101  # to catch up has made it
    return Mark(row["stamp"], row["change"], row["forgotten"], row["moved_at"])


async def _looked_at(now: dt.datetime) -> asyncpg.Record | None:
    """Return where the log stands. Readers who come while somebody looks share the next look."""
    if DB.current_transaction.get():
        return await fetch_one(_MARK, now)
    return (await _looks.ask([now]))[0]


async def _look(moments: list[dt.datetime]) -> list[asyncpg.Record | None]:
    return [await fetch_one(_MARK, max(moments))] * len(moments)


_looks: Collector[dt.datetime, asyncpg.Record | None] = Collector(_look, most=MOST_AT_ONCE)
_writers: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Task[None]] = WeakKeyDictionary()


async def _wait_for_news(now: dt.datetime, *, patient: bool) -> None:
    """Have the log written on, and wait for it; `patient` however long it takes, as there is nothing to read yet."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(None if patient else PATIENCE):
            before = _writers.get(asyncio.get_running_loop())
            if before is not None and not before.done():  # it may have begun before the change that we know of
                await asyncio.shield(before)
            await asyncio.shield(_writer(now))


def _writer(now: dt.datetime) -> asyncio.Task[None]:
    """Return the task of this process that writes the log on; it belongs to no request."""
    loop = asyncio.get_running_loop()
    writer = _writers.get(loop)
    if writer is None or writer.done():
        writer = _writers[loop] = loop.create_task(_write_on(now), context=Context())
    return writer


async def _write_on(now: dt.datetime) -> None:
    try:
        await catch_up(now=now)
    except Exception as error:  # noqa: BLE001  # whoever reads gets the last log that was whole, and asks again
        logger.error("log_not_written", error=type(error).__name__)  # noqa: TRY400  # no words of it


async def catch_up(*, now: dt.datetime) -> None:
    """Write what has changed since; when somebody else is at it, leave it to him."""
    async with transaction():
        state = await _state()
        # Without a row there is nothing to serve yet: then wait for whoever is making it.
        locked = await fetch_one(f"SELECT pg_{'advisory' if state is None else 'try_advisory'}_xact_lock($1)", LOCK)
        if state is not None and not (locked and locked[0]):
            return
        state = await _state()
        gone = await fetch("DELETE FROM publication_touch RETURNING part, subjects")
        await _write(state, {(row["part"], subject) for row in gone for subject in row["subjects"]}, now)


async def refresh_partners(*, now: dt.datetime) -> None:
    """Bring the log up to date with what partner cities tell, as far as it changed, and all else that waits."""
    await catch_up(now=now)


async def _state() -> _State | None:
    row = await fetch_one("SELECT change, forgotten, written_at, due_at, moved_at FROM publication_log")
    return _State(**dict(row)) if row else None


async def _write(state: _State | None, touched: Collection[tuple[str, UUID | None]], now: dt.datetime) -> None:
    known = state or _State()
    change, moved_at = known.change, known.moved_at
    for convention in await _conventions(touched, everything=state is None):
        made = await _convention(convention, now)
        change = await rows.write(made, after=change, now=now)
        moved_at = now if any(one.place.scope != place.scope for one, place in made.moves) else moved_at
    for cards in _by_thousand(await _cards(touched, known.written_at, now, everything=state is None)):
        change = await rows.write(await _of_cards(cards, now), after=change, now=now)
    change = await rows.write(Plan(gone=await _over(now)), after=change, now=now)
    forgotten = await _forget(known.forgotten, now)
    await fetch(_SAVE, change, forgotten, now, await _due(now), moved_at)
    for follow in FOLLOW if change > known.change else ():
        await follow(now=now)


_SAVE = """
INSERT INTO publication_log (id, change, forgotten, written_at, due_at, moved_at) VALUES (1, $1, $2, $3, $4, $5)
ON CONFLICT (id) DO UPDATE SET change = $1, forgotten = $2, written_at = $3, due_at = $4, moved_at = $5
"""


def _by_thousand(ids: list[UUID]) -> Iterable[list[UUID]]:
    return (ids[n : n + 1000] for n in range(0, len(ids), 1000))


async def _conventions(touched: Collection[tuple[str, UUID | None]], *, everything: bool) -> list[UUID]:
    """Return the conventions to look at, those that were published before too."""
    if everything:
        found = await fetch("SELECT id FROM convention WHERE published_at IS NOT NULL")
        return [row["id"] for row in found]
    return sorted({subject for part, subject in touched if part == "convention" and subject})


async def _convention(convention: UUID, now: dt.datetime) -> Plan:
    row = await fetch_one("SELECT slug FROM convention WHERE id = $1", convention)
    try:
        shown = await programme(convention=row["slug"]) if row else None
    except NotFound:
        shown = None
    # Ten thousand sessions in six languages take seconds: in a thread, so that meanwhile others are answered.
    found = await asyncio.to_thread(lambda: list(ours.contents(shown)) if shown else [])
    held = await rows.of_convention(convention)
    made = await asyncio.to_thread(plan, found, held, now=now)
    return await _taken_back(found, held, made, now)


async def _taken_back(found: list[Content], held: list[Published], made: Plan, now: dt.datetime) -> Plan:
    """Return a plan in which nothing of ours just goes: it stays as canceled, so that no subscriber keeps it."""
    if not made.gone:
        return made
    said = await rows.texts([one.id for one in made.gone if one.status != "cancelled"])
    off = [ended(one, said[one.id], place=one.place) for one in made.gone if one.id in said]
    still = [one for one in made.gone if one.id not in said]
    again = await asyncio.to_thread(plan, [*found, *off], [one for one in held if one not in still], now=now)
    return Plan(writes=again.writes, moves=again.moves)


async def _cards(
    touched: Collection[tuple[str, UUID | None]], since: dt.datetime | None, now: dt.datetime, *, everything: bool
) -> list[UUID]:
    """Return the cards to look at: touched themselves, or told by a partner of whom something changed."""
    if everything:
        return [row["id"] for row in await fetch("SELECT id FROM card ORDER BY id")]
    partners = {subject for part, subject in touched if part == "partner" and subject}
    partners |= await turned(since, now) if since else set()
    found = {subject for part, subject in touched if part == "card" and subject}
    told = await fetch(_TOLD_BY, sorted(partners)) if partners else []
    return sorted(found | {row["card"] for row in told})


_TOLD_BY = """
SELECT e.card FROM exchanged_event e JOIN source s ON s.id = e.source WHERE s.partner = ANY($1::uuid[])
UNION SELECT subject FROM publication WHERE partner = ANY($1::uuid[]) AND kind = 'card'
"""


async def _of_cards(wanted: list[UUID], now: dt.datetime) -> Plan:
    looked_at, found = await theirs.contents(wanted, now=now)
    return await asyncio.to_thread(plan, gently(found), await rows.of_cards(looked_at), now=now)


async def _over(now: dt.datetime) -> tuple[Published, ...]:
    return tuple(await rows.canceled(until=now - KEPT_CANCELED))


async def _forget(forgotten: int, now: dt.datetime) -> int:
    """Drop the tombstones that are old enough; return the number of the last change that nobody can be told of."""
    gone = await fetch("DELETE FROM publication WHERE gone_at <= $1 RETURNING change", now - KEPT_TOMBSTONE)
    numbers: list[int] = [row["change"] for row in gone]
    return max([forgotten, *numbers])


_DUE = """
SELECT least(
  (SELECT min(ends_at) FROM publication WHERE status = 'cancelled' AND gone_at IS NULL) + $1,
  (SELECT min(gone_at) FROM publication WHERE gone_at IS NOT NULL) + $2) AS due
"""


async def _due(now: dt.datetime) -> dt.datetime:
    """Return when something changes by time alone; at the latest in a day, to be sure."""
    row = await fetch_one(_DUE, KEPT_CANCELED, KEPT_TOMBSTONE)
    found = [row["due"] if row else None, await next_boundary(now), now + ONE_DAY]
    return max(now + dt.timedelta(seconds=1), min(one for one in found if one is not None))
