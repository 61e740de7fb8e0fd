"""Rows that tests add to the demo convention, and a count of the statements a request takes."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID, uuid5

from app.core.db import connection, fetch, fetch_one
from app.events.tables import Session
from tests.clock import NOW

NAMES = UUID("6ba7b811-9dad-11d1-80b4-00c04fd430c8")


async def event_id(slug: str) -> UUID:
    row = await fetch_one("SELECT id FROM event WHERE slug = $1", slug)
    assert row is not None
    found: UUID = row["id"]
    return found


async def add_session(slug: str, *, event: str = "yoxo-festival", **columns: Any) -> UUID:
    """Add a session at 12:00 JST on the first day, in English and online unless said otherwise."""
    values: dict[str, Any] = {
        "id": uuid5(NAMES, f"{event}/{slug}"),
        "slug": slug,
        "event": await event_id(event),
        "mode": "online",
        "starts_at": NOW + dt.timedelta(hours=2),
        "ends_at": NOW + dt.timedelta(hours=3),
        "languages": ["en"],
        "title": {"en": slug},
        "description": {},
        "changed_at": NOW,
    }
    await Session.insert(Session(**{**values, **columns}))
    found: UUID = values["id"]
    return found


async def empty(event: str) -> None:
    """Give all sessions of an event to another one."""
    other = await event_id("yoxo-festival")
    await fetch("UPDATE session SET event = $1, slug = 'moved-' || slug WHERE event = $2", other, await event_id(event))


async def no_sessions() -> None:
    """Take all sessions away, whatever refers to them."""
    await fetch("SET LOCAL session_replication_role = replica")
    await fetch("DELETE FROM session")
    await fetch("SET LOCAL session_replication_role = DEFAULT")


@asynccontextmanager
async def statements() -> AsyncIterator[list[str]]:
    """Collect the statements that PostgreSQL gets on the test's connection."""
    seen: list[str] = []
    async with connection() as lent:
        with lent.query_logger(lambda record: seen.append(record.query)):
            yield seen
            await asyncio.sleep(0)
