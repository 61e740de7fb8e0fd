"""Reading sources from real servers on loopback."""

import datetime as dt
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg

from app.core.db import fetch
from app.exchange.pulling.pull import pull
from app.exchange.pulling.pulls import PullRef
from tests.clock import NOW
from tests.exchange import planting
from tests.exchange.cities import City, city

FEED = "/events.ics"


class Partner(NamedTuple):
    """A city that serves a feed, and the source we read it by."""

    city: City
    source: UUID

    async def says(self, body: bytes, *, now: dt.datetime = NOW, **how: Any) -> PullRef:
        """Let the city serve a body, and read it."""
        self.city.serve(FEED, body, **how)
        return await self.read(now=now)

    async def read(self, *, now: dt.datetime = NOW) -> PullRef:
        """Read whatever the city serves."""
        return await pull(source=self.source, now=now, why="schedule")

    async def rows(self, columns: str) -> list[asyncpg.Record]:
        """Return columns of the source's events, by their UIDs."""
        return await fetch(
            f"SELECT {columns} FROM exchanged_event WHERE source = $1 ORDER BY uid, recurrence_id", self.source
        )

    async def states(self) -> dict[str, str]:
        """Return what has become of each event."""
        return {row["uid"]: row["state"] for row in await self.rows("uid, state")}

    async def titles(self) -> dict[str, str]:
        """Return what each event is called."""
        return {row["uid"]: row["title"] for row in await self.rows("uid, title")}

    async def id_of(self, uid: str) -> UUID:
        """Return the id of an event."""
        found: UUID = {row["uid"]: row["id"] for row in await self.rows("uid, id")}[uid]
        return found


@asynccontextmanager
async def partner(slug: str) -> AsyncIterator[Partner]:
    """Run a partner city whose source we may read."""
    async with city() as served:
        _, _, source = await planting.city(slug, url=served.url(FEED))
        yield Partner(served, source)
