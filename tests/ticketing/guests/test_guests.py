"""The guests of an event, as its organiser sees them."""

import csv
import io
import re
from uuid import UUID
from zoneinfo import ZoneInfo

import httpx
import msgspec
import pytest
from openpyxl import load_workbook

from app.core import spreadsheet
from app.core.db import fetch
from app.core.web.frame import Frame
from app.people.holders import Trace
from app.ticketing.privacy import HOLDER
from app.ticketing.registering import offers
from tests.clock import NOW
from tests.doors import value
from tests.ticketing.organisers import FOREIGN, console_of, event, form
from tests.ticketing.own_guests import ask
from tests.ticketing.wishes import TOMORROW, member, register, wish


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

        found = await own.get(await base(), params={"words": "林"})
        wide = await own.get(await base(), params={"words": "hayashi"})
        none = await own.get(await base(), params={"words": "nobody"})
        second = await own.get(await base(), params={"page": "2"})

    assert (found.text.count(">林</a>"), wide.text.count(">林</a>")) == (1, 1)
    assert "Nobody found" in none.text
    assert len(re.findall(r">(?:Guest \d+|林)</a>", second.text)) == 11
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
    assert head[1] == "Full name"
    assert (row[1], row[3]) == ('\'=HYPERLINK("http://evil")', "'＋1")
    assert row[6] == NOW.astimezone(ZoneInfo("Asia/Tokyo")).strftime("%Y-%m-%d %H:%M"), "by the convention's clocks"
    detail = msgspec.json.decode(str(await value("SELECT detail FROM audit_entry WHERE action = 'guests.export'")))
    usual = ["number", "name", "reading", "organisation", "type", "state", "registered"]
    assert detail == {"guests": 1, "columns": usual, "city": False}


async def test_erased_person_has_no_name_but_counts(app: Frame, http: httpx.AsyncClient) -> None:
    async with await console_of(app) as own:
        mine = await own_type(own)
        await register(http, wish(member(name="Gone Guest", ticket_type=mine)))
        await fetch("UPDATE person SET key = NULL")
        page = await own.get(await base())
    assert "Gone Guest" not in page.text
    assert "Erased" in page.text
    assert "1 guest" in page.text


async def test_list_is_found_by_type_state_and_need(app: Frame, http: httpx.AsyncClient) -> None:
    async with await console_of(app) as own:
        mine = await own_type(own)
        await register(http, wish(member(name="Wheels", ticket_type=mine, needs=["wheelchair"])))
        gone = (await register(http, wish(member(name="Gone", ticket_type=mine)))).json()["tickets"][0]["id"]
        await fetch("UPDATE ticket SET state = 'blocked' WHERE id = $1", UUID(gone))
        ids = {row["slug"]: row["id"] for row in await fetch("SELECT id, slug FROM ticket_type")}
        asked = {
            "need": await named(own, need="wheelchair"),
            "state": await named(own, state="blocked"),
            "type": await named(own, ticket_type=ids[mine]),
            "other type": await named(own, ticket_type=ids["citywide-pass"]),
            "nonsense": await named(own, state="x", need="y", ticket_type="z", page="-1"),
        }
    assert asked == {
        "need": {"Wheels"},
        "state": {"Gone"},
        "type": {"Wheels", "Gone"},
        "other type": {"Wheels", "Gone"},
        "nonsense": {"Wheels", "Gone"},
    }


async def named(own: httpx.AsyncClient, **asked: object) -> set[str]:
    """Return the names on a page of guests."""
    page = await own.get(await base(), params={name: str(value) for name, value in asked.items()})
    assert page.status_code == 200
    return {name for name in ("Wheels", "Gone") if f">{name}</a>" in page.text}


async def test_officers_know_the_citys_guests_too(app: Frame, http: httpx.AsyncClient) -> None:
    await register(http, wish(member(name="Citywide Guest")))
    async with await console_of(app, role="officer") as officer, await console_of(app) as own:
        assert "Citywide Guest" in (await officer.get(await base())).text
        assert "Citywide Guest" not in (await own.get(await base())).text
        assert b"Citywide Guest" in (await officer.post(f"{await base()}/export")).content
        assert b"Citywide Guest" not in (await own.post(f"{await base()}/export")).content


async def test_reading_the_list_is_written_down(app: Frame, http: httpx.AsyncClient) -> None:
    async with await console_of(app) as own:
        mine = await own_type(own)
        await own.get(await base())
        assert await value("SELECT count(*) FROM audit_entry WHERE action = 'guests.read'") == 0, "nobody was shown"
        await register(http, wish(member(ticket_type=mine), member(name="B", ticket_type=mine)))
        await own.get(await base())
    assert await value("SELECT detail FROM audit_entry WHERE action = 'guests.read'") == '{"guests":2,"page":1}'
    account = UUID(str(await value("SELECT split_part(actor, ':', 2) FROM audit_entry WHERE action = 'guests.read'")))
    trace = Trace("account", account, NOW - TOMORROW, NOW + TOMORROW)
    held = {row["person"] for row in await fetch("SELECT person FROM ticket")}
    assert await HOLDER.reached(trace) == held
    assert await HOLDER.reached(Trace("export", (await event())["id"], NOW - TOMORROW, NOW + TOMORROW)) == set()


async def test_chosen_columns_are_taken_along_as_excel(app: Frame, http: httpx.AsyncClient) -> None:
    async with await console_of(app) as own:
        mine = await own_type(own)
        question = await ask(own_event=(await event())["id"], organiser=(await event())["organiser"], label="=Diet")
        party = member(name="=1+1", ticket_type=mine, needs=["captions"], needs_note="=x", answers={question: "@vegan"})
        assert (await register(http, wish(party))).status_code == 201
        columns = ["name", "email", "residence", "needs", f"answer.{question}", "nonsense"]
        excel = await own.post(f"{await base()}/export", data={"kind": "xlsx", "columns": columns})
        plain = await own.post(f"{await base()}/export", data={"kind": "csv", "columns": columns})

    assert excel.headers["content-type"] == spreadsheet.XLSX
    sheet = load_workbook(io.BytesIO(excel.content)).worksheets[0]
    cells = [[(cell.data_type, cell.value) for cell in row] for row in sheet.iter_rows()]
    heading = ["Full name", "E-mail", "Place of residence", "Access needs", "=Diet"]
    row = ["=1+1", "li.na@example.org", "Singapore", "Captions, =x", "@vegan"]
    assert cells == [[("s", words) for words in line] for line in (heading, row)]
    assert list(csv.reader(io.StringIO(plain.content.decode("utf-8-sig")))) == [
        [*heading[:4], "'=Diet"],
        ["'=1+1", *row[1:4], "'@vegan"],
    ]
