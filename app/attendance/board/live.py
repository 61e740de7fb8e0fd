"""The gates' boards of a process: one reading a second, however many look on (see `people.following`)."""

import asyncio
import datetime as dt
from uuid import UUID

from msgspec import Struct

from app.attendance.board.alarms import Queues
from app.attendance.board.figures import Board, Past, board
from app.attendance.board.ground import Ground, read_ground
from app.attendance.board.readings import Standing, read_new, read_standing
from app.attendance.board.tally import Tally
from app.core.errors import NotFound
from app.people.following import SECOND, Following
from app.people.roles import Scope

GROUND_AGE = dt.timedelta(seconds=10)
"""How long the names, doors and capacities of a convention are believed."""


class View(Struct, frozen=True):
    """What somebody looks at: a convention or one event of it, the part within a scope, in a language."""

    convention: str
    event: UUID | None
    scope: Scope
    language: str


class Live(Following[View, Board]):
    """The boards of a process."""

    def forget(self) -> None:
        """Begin anew, as a process does."""
        super().forget()
        self.past = Past(Tally(), Queues())
        self.standing: Standing | None = None
        self.read_at: dt.datetime | None = None
        self.grounds: dict[str, tuple[dt.datetime, Ground]] = {}
        self.reading = asyncio.Lock()

    async def look(self, view: View, *, now: dt.datetime) -> Board:
        """Return the board as it was at most a second ago, or raise `NotFound` where this scope sees nothing."""
        async with self.reading:
            ground = (await self._ground(view.convention, now)).seen_by(view.scope, view.event)
            if ground is None:
                raise NotFound
            return board(ground, await self._standing(now), self.past, event=view.event, now=now)

    async def counts(self, *, now: dt.datetime) -> tuple[Standing, Tally]:
        """Return how things stand, and what has been counted, as it was at most a second ago."""
        async with self.reading:
            return await self._standing(now), self.past.tally

    def ground_of(self, view: View) -> Ground:
        """Return the ground of a board that was just looked at."""
        found = self.grounds[view.convention][1].seen_by(view.scope, view.event)
        assert found is not None  # noqa: S101  # it was just looked at
        return found

    async def _ground(self, slug: str, now: dt.datetime) -> Ground:
        read_at, found = self.grounds.get(slug, (now, None))
        if found is None or now - read_at >= GROUND_AGE:
            found = await read_ground(slug)
            if found is None:
                raise NotFound
            self.grounds[slug] = (now, found)
        return found

    async def _standing(self, now: dt.datetime) -> Standing:
        """Read, unless that was done within the last second."""
        if self.standing is None or self.read_at is None or now - self.read_at >= SECOND:
            new = await read_new(self.past.tally, now=now)
            self.standing = await read_standing(now=now)
            self.past.tally.add(new, now=now)
            self.past.queues.note(self.standing.devices, now=now)
            self.read_at = now
        return self.standing


LIVE = Live()
