"""Readers and appenders at the same moment, for real: the live figure is always the recount."""

import asyncio

import pytest

from app.attendance import ledger
from app.attendance.ledger_entry import Evidence
from app.core import chain
from app.core.chain import Link
from app.kpi import live
from app.kpi.counting import Figure, count
from app.kpi.fiscal import bounds
from tests.kpi.ledgers import YEAR, scan
from tests.kpi.rows import write

pytestmark = [pytest.mark.committed, pytest.mark.usefixtures("committed")]


async def evidence() -> list[Evidence]:
    start, end = bounds(YEAR)
    return await ledger.read(starts_at=start, ends_at=end)


def recount(entries: list[Evidence], head: Link) -> Figure:
    return count([entry for entry in entries if entry.position <= head.position], fiscal_year=YEAR)


async def test_reader_overtaken_after_seeing_the_head_counts_nothing_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    seen, go = asyncio.Event(), asyncio.Event()

    async def held(name: str) -> Link:
        """The real head; the first reader gets its answer late."""
        first = not seen.is_set()
        found = await chain_head(name)
        seen.set()
        if first:
            await go.wait()
        return found

    chain_head = chain.head
    await write([scan(0, 1)])
    monkeypatch.setattr(chain, "head", held)
    slow = asyncio.create_task(live.counted(YEAR))
    await seen.wait()
    await write([scan(0, 2)])
    assert (await live.counted(YEAR))[0].people == 2
    go.set()
    found, head = await slow
    assert (found.people, head.position) == (2, 2)
    await write([scan(0, 3)])
    found, head = await live.counted(YEAR)
    assert (found, head.position) == (recount(await evidence(), head), 3)


async def test_every_figure_read_while_others_append_is_the_recount() -> None:
    read: list[tuple[Figure, Link]] = []

    async def append(number: int) -> None:
        for n in range(12):
            await write([scan(0, 100 * number + n), scan(0, n, residence="KR")])

    async def look() -> None:
        read.extend([await live.counted(YEAR) for _ in range(12)])

    await asyncio.gather(*(append(n) for n in range(1, 4)), *(look() for _ in range(8)))
    read.append(await live.counted(YEAR))
    entries = await evidence()
    assert read[-1][1].position == len(entries) == 72
    assert all(figure == recount(entries, head) for figure, head in read)
