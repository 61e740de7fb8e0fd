"""The cells of a fiscal year, kept in the process and brought up to date by what came into the ledger since.

As with the live figure, only the people whom new entries touch are counted anew, by the same pure rule. The first
reading of a long ledger goes on beside the requests; until it is done the board says how far it is.
"""

import asyncio
from collections.abc import Collection, Iterable, Mapping
from contextvars import Context
from uuid import UUID

from app.attendance.ledger import CHAIN
from app.attendance.ledger_entry import Evidence
from app.core import chain
from app.core.chain import GENESIS, Link
from app.kpi import queries, whole
from app.kpi.board import readings
from app.kpi.board.cells import Cells, Share, share
from app.kpi.corrections import same_person, standing
from app.kpi.counting import counted_people
from app.kpi.tally import Kin, groups

AT_ONCE = 20_000
"""So many new entries are counted while the reader waits; more are counted beside."""


class Year:
    """A fiscal year as counted up to `head`; `done` is the share that a first reading has counted."""

    def __init__(self, fiscal_year: int) -> None:
        self.fiscal_year = fiscal_year
        self.turn = asyncio.Lock()
        self.beside: asyncio.Task[None] | None = None
        self._begin()

    def _begin(self) -> None:
        self.head = Link(0, GENESIS)
        self.cells = Cells()
        self.kin: Kin = {}
        self.done = 0.0

    @property
    def is_ready(self) -> bool:
        """Whether the cells are those of `head`, not in the middle of a first reading."""
        return self.beside is None or self.beside.done()

    async def follow(self) -> None:
        """Bring the cells up to the ledger's head, or begin to and return."""
        if not self.is_ready:
            return
        if self.beside is not None:
            done, self.beside = self.beside, None
            done.result()  # raises what it met
        head = await chain.head(CHAIN)
        if head.position - self.head.position > AT_ONCE:
            self.beside = asyncio.create_task(self._advance(), context=Context())
        elif head != self.head:
            await self._advance()

    async def _advance(self) -> None:
        async with self.turn:
            head = await chain.head(CHAIN)
            if not await self._goes_on(head):
                self._begin()
            waiting = groups(self.kin, await self._touched(head))
            counted, everybody = 0, sum(len(group) for group in waiting)
            for members in whole.batches(waiting):
                self.done = counted / everybody
                await self._count(members, head)
                counted += len(members)
            self.head, self.done = head, 1.0

    async def _touched(self, head: Link) -> Iterable[UUID]:
        """Return who is spoken of since what was counted, and tie together whom the entries tie."""
        year, upto = self.fiscal_year, head.position
        if not self.head.position:
            whole.join(self.kin, await queries.ties(fiscal_year=year, upto=upto))
            return await queries.everybody(fiscal_year=year, upto=upto)
        touched = await queries.touched(fiscal_year=year, after=self.head.position, upto=upto)
        whole.join(self.kin, touched)
        return [person for person, *_ in touched]

    async def _goes_on(self, head: Link) -> bool:
        """Whether the ledger still holds the head that was counted: not after a backup came back."""
        kept = self.head
        if not kept.position or kept.position > head.position:
            return not kept.position
        return await queries.is_in_chain(position=kept.position, digest=kept.digest)

    async def _count(self, members: Collection[UUID], head: Link) -> None:
        entries = await queries.ledger_of_many(members, fiscal_year=self.fiscal_year, upto=head.position)
        venues = await readings.venues_of(members)
        self.cells.replace(members, shares(entries, members, venues, self.fiscal_year))


def shares(
    entries: Collection[Evidence], members: Iterable[UUID], venues: Mapping[int, UUID], fiscal_year: int
) -> list[Share]:
    """Return the shares of whoever counts among `members`, by the entries about them and nobody else. Pure."""
    stands_for = same_person(standing(entries))
    behind: dict[UUID, set[UUID]] = {}
    for member in members:
        behind.setdefault(stands_for(member), set()).add(member)
    return [
        share(one, pseudonyms=behind[one.person], venues=venues)
        for one in counted_people(entries, fiscal_year=fiscal_year)
    ]


_years: dict[int, Year] = {}


async def year(fiscal_year: int) -> Year:
    """Return a fiscal year, brought up to date or being so."""
    found = _years.setdefault(fiscal_year, Year(fiscal_year))
    await found.follow()
    return found


def forget() -> None:
    """Begin anew, as a process does."""
    _years.clear()
