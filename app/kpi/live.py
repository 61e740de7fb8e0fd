"""The live figure: kept in the process with the ledger head it belongs to, brought up to date by what came since.

Reading it again costs one look at the ledger's head. After new entries only the people whom they touch are counted
anew: their share before is taken out, their share now is put in (see `tally`). The first reading of a year in a process
counts the whole year in batches, so that other requests are answered in between.
"""

import asyncio
from collections import Counter
from collections.abc import Iterable, Iterator
from uuid import UUID

from msgspec import Struct

from app.attendance.ledger import CHAIN
from app.core import chain
from app.core.chain import GENESIS, Link
from app.kpi import queries
from app.kpi.counting import Figure, count
from app.kpi.tally import Kin, Line, figure_of, groups, lines, tie

BATCH = 250
"""Pseudonyms counted at a time: some ten milliseconds of a process's only thread."""


class Live(Struct, frozen=True):
    """A fiscal year as counted up to `head`. `kin` is shared with later states: it only ever grows."""

    head: Link
    tally: Counter[Line]
    kin: Kin


_kept: dict[int, Live] = {}
_turn = asyncio.Lock()


async def live(fiscal_year: int) -> Live:
    """Return the year as of the ledger's head."""
    head = await chain.head(CHAIN)
    kept = _kept.get(fiscal_year)
    if kept is not None and kept.head == head:
        return kept
    async with _turn:  # one counts, the others wait and find it counted
        head = await chain.head(CHAIN)  # again: meanwhile another may have counted past the one just read
        kept = _kept.get(fiscal_year)
        if kept is not None and kept.head == head:
            return kept
        _kept[fiscal_year] = await _advance(await _base(kept, head=head), head=head, fiscal_year=fiscal_year)
        return _kept[fiscal_year]


async def counted(fiscal_year: int) -> tuple[Figure, Link]:
    """Return the live figure and the ledger head that it stands on."""
    found = await live(fiscal_year)
    return figure_of(found.tally, fiscal_year=fiscal_year), found.head


async def _base(kept: Live | None, *, head: Link) -> Live:
    """What to count on from: what is kept, unless the ledger is another one since (a restored backup).

    Never from beyond `head`: a transaction may have counted entries of its own that it committed after `head` was read.
    """
    fresh = Live(Link(0, GENESIS), Counter(), {})
    if kept is None or kept.head.position > head.position:
        return fresh
    return kept if await queries.is_in_chain(position=kept.head.position, digest=kept.head.digest) else fresh


async def _advance(base: Live, *, head: Link, fiscal_year: int) -> Live:
    after, tally = base.head.position, Counter(base.tally)
    touched = await queries.touched(fiscal_year=fiscal_year, after=after, upto=head.position)
    tie(base.kin, ((person, tied) for person, *ties in touched for tied in ties if tied is not None))
    for batch in _batches(groups(base.kin, (person for person, *_ in touched))):
        entries = await queries.ledger_of(batch, fiscal_year=fiscal_year, upto=head.position)
        before = [entry for entry in entries if entry.position <= after]
        tally.update(lines(count(entries, fiscal_year=fiscal_year)))
        tally.subtract(lines(count(before, fiscal_year=fiscal_year)))
    return Live(head, tally, base.kin)


def _batches(people: Iterable[set[UUID]]) -> Iterator[list[UUID]]:
    """Whole groups, `BATCH` pseudonyms or the largest group at a time."""
    batch: list[UUID] = []
    for group in people:
        batch += group
        if len(batch) >= BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
