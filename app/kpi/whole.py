"""A whole fiscal year out of the ledger, group by group of people without a tie between them (see `tally`).

Memory stays flat and others are answered in between. While one batch is counted, the database makes the next one ready.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Iterable, Iterator, Sequence
from uuid import UUID

from app.attendance.ledger_entry import Evidence
from app.core.db import DB
from app.kpi import queries
from app.kpi.queries import Tie
from app.kpi.tally import Kin, groups, tie

BATCH = 100
"""Pseudonyms counted at a time: some ten milliseconds of a process's only thread."""
AHEAD = 2
"""Batches asked for beyond the one that is being counted."""


async def evidence(*, fiscal_year: int, upto: int) -> AsyncGenerator[Sequence[Evidence]]:
    """Yield all that is evidence in a year up to a position, that of people tied to each other together."""
    kin: Kin = {}
    join(kin, await queries.ties(fiscal_year=fiscal_year, upto=upto))
    people = groups(kin, await queries.everybody(fiscal_year=fiscal_year, upto=upto))
    async for entries in evidence_of(people, fiscal_year=fiscal_year, upto=upto):
        yield entries


async def evidence_of(
    people: Iterable[set[UUID]], *, fiscal_year: int, upto: int
) -> AsyncGenerator[Sequence[Evidence]]:
    """Yield the evidence of whole groups of people."""
    asked: deque[asyncio.Task[Sequence[Evidence]]] = deque()
    ahead = 0 if DB.current_transaction.get() else AHEAD  # a transaction has one connection, which does one thing
    try:
        for batch in batches(people):
            asked.append(asyncio.create_task(_ask(batch, fiscal_year, upto)))
            if len(asked) > ahead:
                await asyncio.sleep(0)  # lets the newest question go out before the oldest answer is worked on
                yield await asked.popleft()
        while asked:
            yield await asked.popleft()
    finally:
        for task in asked:
            task.cancel()
        await asyncio.gather(*asked, return_exceptions=True)


async def _ask(batch: list[UUID], fiscal_year: int, upto: int) -> Sequence[Evidence]:
    return await queries.ledger_to_count(batch, fiscal_year=fiscal_year, upto=upto)


def join(kin: Kin, ties: Iterable[Tie]) -> None:
    """Tie the people together of whom entries speak."""
    tie(kin, ((person, tied) for person, *others in ties for tied in others if tied is not None))


def batches(people: Iterable[set[UUID]]) -> Iterator[list[UUID]]:
    """Whole groups, `BATCH` pseudonyms or the largest group at a time."""
    batch: list[UUID] = []
    for group in people:
        batch += group
        if len(batch) >= BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
