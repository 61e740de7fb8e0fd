"""The live figure: kept with the ledger head it belongs to, brought up to date by what came since.

Reading it again costs one look at the ledger's head. After new entries only the people whom they touch are counted
anew: their share before is taken out, their share now is put in (see `tally`). A process keeps the figure for itself,
and from time to time for all: another one, or the next one after a restart, goes on from there. Only where nothing is
kept, as after a change of the rule's code, the whole year is counted, in batches between which others are answered.
"""

import asyncio
from collections import Counter, defaultdict
from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import aclosing
from uuid import UUID

from msgspec import Struct

from app.attendance.ledger import CHAIN
from app.attendance.ledger_entry import Evidence
from app.core import chain
from app.core.chain import GENESIS, Link
from app.kpi import kept, queries, whole
from app.kpi.counting import Figure, count
from app.kpi.tally import Kin, Line, figure_of, groups, lines
from app.kpi.whole import BATCH

__all__ = ["BATCH", "Live", "counted", "live"]

KEEP_EVERY = 5_000
"""Entries after which the figure is kept for other processes: some hundred milliseconds of counting."""


class Live(Struct, frozen=True):
    """A fiscal year as counted up to `head`. `kin` is shared with later states: it only ever grows.

    `shared` is the last position that is kept for other processes.
    """

    head: Link
    tally: Counter[Line]
    kin: Kin
    shared: int = 0


_kept: dict[int, Live] = {}
_turns: dict[int, asyncio.Lock] = defaultdict(asyncio.Lock)


async def live(fiscal_year: int) -> Live:
    """Return the year as of the ledger's head."""
    head = await chain.head(CHAIN)
    known = _kept.get(fiscal_year)
    if known is not None and known.head == head:
        return known
    async with _turns[fiscal_year]:  # one counts, the others wait and find it counted
        head = await chain.head(CHAIN)  # again: meanwhile another may have counted past the one just read
        known = _kept.get(fiscal_year)
        if known is not None and known.head == head:
            return known
        base = await _base(known, head=head, fiscal_year=fiscal_year)
        found = await _advance(base, head=head, fiscal_year=fiscal_year)
        _kept[fiscal_year] = await _shared(found, fiscal_year=fiscal_year)
        return _kept[fiscal_year]


async def counted(fiscal_year: int) -> tuple[Figure, Link]:
    """Return the live figure and the ledger head that it stands on."""
    found = await live(fiscal_year)
    return figure_of(found.tally, fiscal_year=fiscal_year), found.head


async def _base(known: Live | None, *, head: Link, fiscal_year: int) -> Live:
    """What to count on from: what is kept, here or for all, unless the ledger is another one since (a restored backup).

    Never from beyond `head`: a transaction may have counted entries of its own that it committed after `head` was read.
    """
    if known is not None and await _holds(known.head, head):
        return known
    found = await kept.read(fiscal_year)
    if found is None or not await _holds(found[0], head):
        return Live(Link(0, GENESIS), Counter(), {})
    kin: Kin = {}
    whole.join(kin, await queries.ties(fiscal_year=fiscal_year, upto=found[0].position))
    return Live(*found, kin, found[0].position)


async def _holds(link: Link, head: Link) -> bool:
    return link.position <= head.position and await queries.is_in_chain(position=link.position, digest=link.digest)


async def _shared(found: Live, *, fiscal_year: int) -> Live:
    """Keep the figure for other processes when much has come since it was kept last."""
    if found.head.position < found.shared + KEEP_EVERY:
        return found
    await kept.write(fiscal_year, head=found.head, tally=found.tally)
    return Live(found.head, found.tally, found.kin, found.head.position)


async def _advance(base: Live, *, head: Link, fiscal_year: int) -> Live:
    after, tally = base.head.position, Counter(base.tally)
    async with aclosing(_evidence(base, head=head, fiscal_year=fiscal_year)) as batches:
        async for entries in batches:
            before = [entry for entry in entries if entry.position <= after]
            tally.update(lines(count(entries, fiscal_year=fiscal_year)))
            if before:
                tally.subtract(lines(count(before, fiscal_year=fiscal_year)))
    return Live(head, tally, base.kin, base.shared)


async def _evidence(base: Live, *, head: Link, fiscal_year: int) -> AsyncGenerator[Sequence[Evidence]]:
    """Yield the evidence of everybody who is spoken of after `base`, those tied to them included."""
    touched = await _touched(base, head=head, fiscal_year=fiscal_year)
    async for entries in whole.evidence_of(groups(base.kin, touched), fiscal_year=fiscal_year, upto=head.position):
        yield entries


async def _touched(base: Live, *, head: Link, fiscal_year: int) -> Iterable[UUID]:
    """Return who is spoken of after `base`, and tie together in its `kin` whom the entries tie."""
    if base.head.position == 0:
        whole.join(base.kin, await queries.ties(fiscal_year=fiscal_year, upto=head.position))
        return await queries.everybody(fiscal_year=fiscal_year, upto=head.position)
    touched = await queries.touched(fiscal_year=fiscal_year, after=base.head.position, upto=head.position)
    whole.join(base.kin, touched)
    return [person for person, *_ in touched]
