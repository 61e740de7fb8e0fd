"""Two at once: who comes while somebody else reads a source waits for him, and neither holds a connection meanwhile.

Whoever reads a source writes down that it is his turn, and until when. Where his answer is stored his turn is looked at
again, under a lock: one that is over, or was taken from him because the source is to be read anew, stores nothing.
"""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final
from uuid import UUID, uuid4

from msgspec import Struct

from app.core.db import fetch, fetch_one
from app.core.errors import TooManyRequests
from app.exchange.pulling import pulls

PATIENCE: Final = 40.0
"""Seconds; longer than nearly every reading takes, shorter than a job may."""
LOOK: Final = 0.1
LEASE: Final = dt.timedelta(seconds=210)
"""Whoever has not stored his reading by then has died, or may find that somebody else has read it."""

_TAKE = """
UPDATE source SET reading = $2, reading_until = $3 WHERE id = (
  SELECT id FROM source WHERE id = $1 AND (reading IS NULL OR reading_until <= $4) FOR NO KEY UPDATE SKIP LOCKED)
RETURNING id
"""
_GIVE_BACK = "UPDATE source SET reading = NULL, reading_until = NULL WHERE id = $1 AND reading = $2"
_MINE = "SELECT 1 FROM source WHERE id = $1 AND reading = $2 FOR NO KEY UPDATE"


class Turn(Struct, frozen=True):
    """Somebody's turn to read a source; not the `first` when somebody has read it while he waited."""

    source: UUID
    token: UUID
    first: bool

    async def require(self) -> None:
        """Keep others from the source until the caller's transaction ends. Raises `TooManyRequests` when it is over."""
        if await fetch_one(_MINE, self.source, self.token) is None:
            raise TooManyRequests(retry_after=round(PATIENCE))


@asynccontextmanager
async def turn(source: UUID, *, now: dt.datetime) -> AsyncIterator[Turn]:
    """Take a source that is there, waiting for it if need be. Raises `TooManyRequests` when it does not come free."""
    found = await _taken(source, uuid4(), now)
    try:
        yield found
    finally:
        await fetch(_GIVE_BACK, source, found.token)


async def _taken(source: UUID, token: UUID, now: dt.datetime) -> Turn:
    if await _take(source, token, now):
        return Turn(source, token, first=True)
    before = await pulls.last_begun(source)
    for n in range(1, round(PATIENCE / LOOK) + 1):
        await asyncio.sleep(LOOK)
        if await _take(source, token, now + n * LOOK * dt.timedelta(seconds=1)):
            return Turn(source, token, first=await pulls.last_begun(source) == before)
    raise TooManyRequests(retry_after=round(PATIENCE))


async def _take(source: UUID, token: UUID, now: dt.datetime) -> bool:
    return await fetch_one(_TAKE, source, token, now + LEASE, now) is not None
