"""The live figure is kept for other processes: the next one goes on from there, and never from anything else."""

from collections.abc import Iterator
from random import Random

import pytest

from app.attendance import ledger
from app.core import chain
from app.core.chain import Link
from app.core.db import fetch
from app.kpi import kept, live, whole
from app.kpi.counting import count
from app.kpi.fiscal import bounds
from app.kpi.freezing.recount import recount
from app.kpi.rules import KPI2_V1
from app.kpi.tally import lines
from tests.attendance.test_ledger import statements
from tests.kpi.ledgers import YEAR, correction, random_ledger, scan, stay
from tests.kpi.rows import copy, write
from tests.kpi.town import Size
from tests.kpi.town_events import town


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Keep the figure after every third entry."""
    monkeypatch.setattr(live, "KEEP_EVERY", 3)
    restart()
    yield
    restart()


def restart() -> None:
    """Forget what a process keeps for itself."""
    live._kept.clear()


async def position() -> int | None:
    found = await kept.read(YEAR)
    return None if found is None else found[0].position


async def fresh():
    """Recount from the ledger alone."""
    start, end = bounds(YEAR)
    return count(await ledger.read(starts_at=start, ends_at=end), fiscal_year=YEAR)


@pytest.mark.usefixtures("http")
async def test_next_process_counts_only_what_came_since() -> None:
    await write([scan(0, who) for who in range(1, 6)])
    await live.counted(YEAR)
    assert await position() == 5
    restart()
    await write([scan(0, 6), stay(0, 1)])
    async with statements() as seen:
        figure, head = await live.counted(YEAR)
    assert (figure, head.position) == (await fresh(), 7)
    assert len([statement for statement in seen if "string_agg" in statement]) == 1
    assert "GROUP BY person" not in "".join(seen)
    assert await position() == 5  # two more are not worth keeping


@pytest.mark.usefixtures("http")
@pytest.mark.parametrize("seed", range(12))
async def test_every_process_agrees_with_the_recount(seed: int) -> None:
    """Entries come in small lots; now and then a process ends, and another one reads."""
    rng = Random(seed)
    for _ in range(8):
        await write(random_ledger(rng, most=9, corrections=0.4))
        if rng.random() < 0.5:
            restart()
        assert (await live.counted(YEAR))[0] == await fresh()
    assert await recount(fiscal_year=YEAR, rule=KPI2_V1.rule, head=await chain.head(ledger.CHAIN)) == await fresh()


@pytest.mark.usefixtures("http")
async def test_what_other_code_counted_is_not_read() -> None:
    await write([scan(0, who) for who in range(1, 6)])
    await live.counted(YEAR)
    await fetch("UPDATE live_figure SET code = 'older', tally = '[[[\"people\"], 99]]'")
    restart()
    assert await kept.read(YEAR) is None
    assert (await live.counted(YEAR))[0].people == 5
    assert await position() == 5


@pytest.mark.usefixtures("http")
async def test_what_was_counted_of_another_ledger_is_not_gone_on_from() -> None:
    await write([scan(0, who) for who in range(1, 6)])
    await kept.write(YEAR, head=Link(4, bytes(32)), tally=lines(count([scan(1)], fiscal_year=YEAR)))
    assert (await live.counted(YEAR))[0].people == 5
    restart()
    await kept.write(YEAR, head=Link(4, bytes(32)), tally=lines(count([scan(1)], fiscal_year=YEAR)))
    assert await position() == 5  # a stranger's does not take the place of one that holds


@pytest.mark.usefixtures("http")
async def test_figure_beyond_the_ledger_gives_way_to_one_that_holds() -> None:
    """After a backup was restored the figure that is kept may be ahead of the ledger."""
    await write([scan(0, who) for who in range(1, 5)])
    await kept.write(YEAR, head=Link(900, bytes(32)), tally=lines(count([scan(1)], fiscal_year=YEAR)))
    assert (await live.counted(YEAR))[0].people == 4
    assert await position() == 4


@pytest.mark.usefixtures("http")
async def test_ties_of_what_is_kept_are_known_to_the_next_process() -> None:
    """A correction of old evidence changes people whom the new entry does not name."""
    await write([scan(0, 1), scan(0, 2, residence="KR"), correction(0, "merge", 1, other=scan(0, 2).person)])
    assert (await live.counted(YEAR))[0].people == 1
    restart()
    await write([correction(0, "split", 1, subject=3)])
    assert (await live.counted(YEAR))[0] == await fresh()
    assert (await fresh()).people == 2


@pytest.mark.usefixtures("http")
async def test_whole_year_comes_once_in_pieces_that_are_not_tied(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(whole, "BATCH", 20)
    made = town(Size(60, 110, 1_100), seed=2)
    head = await copy(made.ledger)
    assert (await ledger.verify())[:2] == (len(made.ledger), 0)
    pieces = [entries async for entries in whole.evidence(fiscal_year=YEAR, upto=head.position)]
    assert len(pieces) > 2
    positions = [entry.position for entries in pieces for entry in entries]
    assert len(positions) == len(set(positions))
    figure = count(made.ledger, fiscal_year=YEAR)
    assert (await live.counted(YEAR))[0] == figure
    assert await recount(fiscal_year=YEAR, rule=KPI2_V1.rule, head=head) == figure
