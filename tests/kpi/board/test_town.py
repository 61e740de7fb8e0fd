"""The board over a made-up year: its tables are the figure's, however long the ledger, and it stays quick."""

import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from app.core.web.frame import Frame
from app.kpi import figures
from app.kpi.board import kept
from app.kpi.board.cells import EVERYBODY
from app.kpi.board.live import LIVE, View
from app.kpi.counting import counted_people
from tests.clock import NOW, Clock
from tests.conftest import client
from tests.doors import token_for
from tests.kpi.ledgers import YEAR, scan
from tests.kpi.rows import copy, write
from tests.kpi.town import SMALL, WHOLE, Size
from tests.kpi.town_events import town

LANGUAGE = "en"


async def test_tables_are_those_of_the_figure(http: Any, clock: Clock) -> None:
    ledger = town(SMALL, seed=7).ledger
    await copy(ledger[: len(ledger) // 2])
    await LIVE.look(View(YEAR, LANGUAGE), now=NOW)
    await write(ledger[len(ledger) // 2 :])
    await agrees(clock)
    people = counted_people(ledger, fiscal_year=YEAR)
    assert set((await kept.year(YEAR)).cells.people) == {one.person for one in people}


async def agrees(clock: Clock) -> None:
    """The board's rows by country and in all are the live figure's; each pseudonym is behind one person."""
    clock.forward(seconds=1)
    board = await LIVE.look(View(YEAR, LANGUAGE), now=clock())
    cells, figure = (await kept.year(YEAR)).cells, board.report.figure
    row = cells.row(EVERYBODY)
    assert (row.people, row.on_site, row.online, row.both) == (
        figure.people, figure.on_site, figure.online, figure.both,
    )  # fmt: skip
    assert {(r.key, r.people, r.both) for r in cells.rows("country")} == {
        (r.country, r.people, r.both) for r in figure.by_country
    }
    pseudonyms = [one for share in cells.people.values() for one in share.pseudonyms]
    assert len(pseudonyms) == len(set(pseudonyms)) >= figure.people


async def lasts(work: Callable[[], Awaitable[Any]]) -> float:
    began = time.monotonic()
    await work()
    return time.monotonic() - began


@pytest.mark.faults
@pytest.mark.committed
@pytest.mark.parametrize("size", [Size(10_000, 19_100, 200_000), WHOLE], ids=["fifth", "whole"])
async def test_long_ledger_leaves_the_board_quick(app: Frame, committed: None, clock: Clock, size: Size) -> None:
    """Two seconds from a scan to the board, one to the people and to the evidence, once the year has been counted."""
    await copy(town(size, seed=3).ledger)
    await figures.figure(fiscal_year=YEAR, now=clock())
    year = await kept.year(YEAR)
    assert year.beside is not None
    await year.beside
    await agrees(clock)
    await write([scan(0, 1)])
    clock.forward(seconds=1)
    reading = await lasts(lambda: LIVE.look(View(YEAR, LANGUAGE), now=clock()))
    async with client(app, await token_for("officer"), accept="text/html") as officer:
        everybody = await lasts(lambda: officer.get("/office/kpi/people", params={"fiscal_year": YEAR}))
        somebody = str(next(iter(year.cells.people)))
        one = await lasts(lambda: officer.get("/office/kpi/person", params={"fiscal_year": YEAR, "person": somebody}))
    assert reading < 1  # a reading is made every second, so two seconds after the scan it is shown
    assert everybody < 1
    assert one < 1
