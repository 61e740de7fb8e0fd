"""The guests of an event, as its organiser sees them."""

import csv
import io

import httpx
import pytest

from app.core.db import fetch
from app.core.web.frame import Frame
from app.ticketing import offers
from tests.doors import value
from tests.ticketing.organisers import FOREIGN, console_of, event, form
from tests.ticketing.wishes import member, register, wish


@pytest.fixture(autouse=True)
def _fresh_offers() -> None:
    offers.forget()


async def base(slug: str = "yoxo-festival") -> str:
    return f"/console/events/{(await event(slug))['id']}/guests"


async def own_type(own: httpx.AsyncClient, slug: str = "yoxo-festival") -> str:
    """Add a ticket type of the event's own and return its slug."""
    one = (await event(slug))["id"]
    await own.post(f"/console/events/{one}/tickets/new", data=form(one))
    return f"{slug}-workshop-pass"


async def test_organiser_sees_names_of_own_tickets_and_counts_of_the_citys(app: Frame, http: httpx.AsyncClient) -> None:
    async with await console_of(app) as own, await console_of(app, FOREIGN) as other:
        mine, theirs = await own_type(own), await own_type(other, FOREIGN)
        await register(http, wish(member(name="孫", ticket_type=mine, organisation="Harbour Lab")))
        await register(http, wish(member(name="Citywide Guest")))
        await register(http, wish(member(name="Foreign Guest", ticket_type=theirs)))
        page = await own.get(await base())

    assert "孫" in page.text
    assert "Harbour Lab" in page.text
    assert "Citywide Guest" not in page.text
    assert "Foreign Guest" not in page.text
    assert "Citywide Pass" in page.text
    assert page.headers["cache-control"] == "private, no-store"


async def test_one_character_finds_and_pages_follow(app: Frame, http: httpx.AsyncClient) -> None:
    async with await console_of(app) as own:
        mine = await own_type(own)
        for start in range(0, 60, 30):
            party = [member(name=f"Guest {n}", ticket_type=mine) for n in range(start, start + 30)]
            assert (await register(http, wish(*party))).status_code == 201
        await register(http, wish(member(name="林", reading="Ｈayashi", ticket_type=mine)))

        found = await own.get(await base(), params={"q": "林"})
        wide = await own.get(await base(), params={"q": "hayashi"})
        none = await own.get(await base(), params={"q": "nobody"})
        second = await own.get(await base(), params={"page": "2"})

    assert (found.text.count('<th scope="row">林'), wide.text.count('<th scope="row">林')) == (1, 1)
    assert "Nobody found" in none.text
    assert sum(second.text.count(f'<th scope="row">{name}') for name in ("Guest", "林")) == 11
    assert "Page 2 of 2" in second.text


async def test_expected_guests_are_counted_by_type_and_day(app: Frame, http: httpx.AsyncClient) -> None:
    await register(http, wish(member(name="A"), member(name="B", ticket_type="day-pass-1")))
    days = (await event())["first_day"], (await event())["last_day"]
    async with await console_of(app) as own:
        page = await own.get(await base())
    city = page.text.partition("Citywide Pass")[2].partition("</tr>")[0]
    first = page.text.partition("Valid tickets by type and day")[2]
    assert city.count('class="number"') == (days[1] - days[0]).days + 2
    assert ">2</td>" in first


async def test_export_runs_no_formula_and_is_read_back(app: Frame, http: httpx.AsyncClient) -> None:
    async with await console_of(app) as own:
        mine = await own_type(own)
        await register(http, wish(member(name='=HYPERLINK("http://evil")', organisation="＋1", ticket_type=mine)))
        answer = await own.post(f"{await base()}/export")

    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    head, row = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert head[1] == "Name"
    assert (row[1], row[3]) == ('\'=HYPERLINK("http://evil")', "'＋1")
    assert await value("SELECT detail FROM audit_entry WHERE action = 'guests.export'") == '{"guests":1}'


async def test_erased_person_has_no_name_but_counts(app: Frame, http: httpx.AsyncClient) -> None:
    async with await console_of(app) as own:
        mine = await own_type(own)
        await register(http, wish(member(name="Gone Guest", ticket_type=mine)))
        await fetch("UPDATE person SET key = NULL")
        page = await own.get(await base())
    assert "Gone Guest" not in page.text
    assert "Erased" in page.text
    assert "1 guest" in page.text
