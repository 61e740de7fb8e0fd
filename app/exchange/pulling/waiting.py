"""Two at once: who comes while somebody else reads a source waits for him."""

import asyncio
from typing import Final
from uuid import UUID

from app.core.errors import TooManyRequests
from app.exchange.merging import alone
from app.exchange.pulling import pulls

PATIENCE: Final = 40.0
"""Seconds; longer than a reading takes at most, shorter than a job may."""
LOOK: Final = 0.1


async def turn(source: UUID) -> bool:
    """Take a source in the caller's transaction, waiting for it if need be.

    False when somebody has read it meanwhile. Raises `TooManyRequests` when it does not come free.
    """
    if await alone.is_free(source):
        return True
    before = await pulls.last_begun(source)
    for _ in range(round(PATIENCE / LOOK)):
        await asyncio.sleep(LOOK)
        if await alone.is_free(source):
            return await pulls.last_begun(source) == before
    raise TooManyRequests(retry_after=round(PATIENCE))
