"""The board's pages: complete without scripts, for a wall, and only words that are escaped."""

from collections.abc import AsyncIterator

import httpx
import pytest

from app.attendance.board import drawing
from app.core.db import fetch
from app.core.web.frame import Frame
from app.people.roles import Scope
from tests.attendance.board.rows import capacity, contact, inside, phone, scans, slug
from tests.attendance.factories import gates
from tests.conftest import client
from tests.doors import token_for


@pytest.fixture
async def officer(app: Frame, rollback: None) -> AsyncIterator[httpx.AsyncClient]:
    async with client(app, await token_for("officer"), accept="text/html") as found:
        yield found


async def test_only_convention_is_shown_at_once(officer: httpx.AsyncClient) -> None:
    answer = await officer.get("/board")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/board/{await slug()}")


async def test_several_conventions_are_offered(officer: httpx.AsyncClient) -> None:
    await fetch(
        "INSERT INTO convention (id, slug, number, title, description, zone, first_day, last_day)"
        " SELECT gen_random_uuid(), 'next', 9999, title, description, zone, first_day + 365, last_day + 365"
        " FROM convention"
    )
    html = (await officer.get("/board")).text
    assert 'href="/board/next"' in html
    assert f'href="/board/{await slug()}"' in html


async def test_lead_of_nothing_is_told_whom_to_ask(app: Frame, rollback: None) -> None:
    token = await token_for("lead", scope=Scope(gates=()))
    async with client(app, token, accept="text/html") as lead:
        assert "There is no gate for this account; ask whoever invited you." in (await lead.get("/board")).text


async def test_page_shows_everything_without_scripts(officer: httpx.AsyncClient) -> None:
    gate, device = (await gates())[0], await phone("Phone 3")
    await capacity(gate.venue, 1500)
    await inside(gate.venue, 1234)
    await scans(device, gate.id, n=4)
    await scans(device, gate.id, n=2, reason="expired")
    await contact(device, gate.id, queue=17, battery=41)
    html = (await officer.get(f"/board/{await slug()}")).text
    for words in ("1,234", "/ 1,500", "Phone 3", "41 %", "17", "Too late: this ticket is no longer valid.",
                  "at most 4 in a minute", "Nothing needs you at the moment.", "10:00:00",
                  'http-equiv="refresh"'):  # fmt: skip
        assert words in html, words
    assert f'data-board-url="/board/{await slug()}/stream"' in html


async def test_page_of_an_event_follows_that_event(officer: httpx.AsyncClient) -> None:
    gate = (await gates())[0]
    html = (await officer.get(f"/board/{await slug()}/{gate.event}")).text
    assert f'data-board-url="/board/{await slug()}/stream?event={gate.event}"' in html


async def test_names_are_escaped(officer: httpx.AsyncClient) -> None:
    gate, device = (await gates())[0], await phone("<b>Phone</b>")
    await fetch("""UPDATE gate SET name = '{"en": "<i>Gate</i>"}' WHERE id = $1""", gate.id)
    await fetch("""UPDATE venue SET name = '{"en": "<i>Hall</i>"}', capacity = 1 WHERE id = $1""", gate.venue)
    await inside(gate.venue, 1)
    await contact(device, gate.id)
    html = (await officer.get(f"/board/{await slug()}")).text
    assert "&lt;b&gt;Phone&lt;/b&gt;" in html
    assert "&lt;i&gt;Gate&lt;/i&gt;" in html
    assert "&lt;i&gt;Hall&lt;/i&gt; is full" in html
    assert "<i>" not in html
    assert "<b>Phone" not in html


async def test_wall_screen_keeps_its_address_in_every_language(officer: httpx.AsyncClient) -> None:
    path = f"/board/{await slug()}"
    assert f'href="{path}?wall=1"' in (await officer.get(path)).text
    html = (await officer.get(f"{path}?wall=1")).text
    assert 'class="board board--wall"' in html
    assert f'href="{path}?wall=1&amp;lang=ja"' in html


async def test_board_is_in_the_menu_of_leads_and_not_of_staff(app: Frame, rollback: None) -> None:
    gate = (await gates())[0]
    for role, shown in (("lead", True), ("staff", False)):
        token = await token_for(role, scope=Scope(gates=(gate.id,)))  # type: ignore[arg-type]
        async with client(app, token, accept="text/html") as who:
            assert ('href="/board"' in (await who.get("/start")).text) is shown


def test_columns_are_as_high_as_their_numbers() -> None:
    assert drawing.columns([0, 1, 4, -1]) == drawing.Columns("M10 100v-25h8v25zM20 100v-100h8v100z", 40, 4, -1, 4)
    assert drawing.columns([0] * 60) == drawing.Columns("", 600, 0, 0, 0)
