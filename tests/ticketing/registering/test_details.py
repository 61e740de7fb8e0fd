"""What a ticket says of its holder: as declared with this very ticket, whoever declared something before."""

from unittest.mock import ANY
from uuid import UUID

import httpx

from app.core import jobs
from app.core.db import fetch
from app.ticketing import queries
from app.ticketing.schemas import TicketView
from tests.attendance.test_ledger import statements
from tests.clock import Clock
from tests.doors import value
from tests.ticketing.conftest import Mailbox
from tests.ticketing.wishes import member, register, wish

HTML = {"accept": "text/html"}


async def view_of(answer: httpx.Response) -> TicketView:
    """Return what page, mail and documents say of the first ticket of a registration."""
    found = await queries.ticket(UUID(answer.json()["tickets"][0]["id"]))
    assert found is not None
    return found


async def test_stranger_who_knows_name_and_address_learns_nothing_more(http: httpx.AsyncClient) -> None:
    await register(http, wish(member(reading="Li Na", organisation="Green Bay"), email="li.na+secret@example.org"))

    stranger = await register(http, wish(member(name="李娜", reading=""), email="li.na@example.org"))

    assert await value("SELECT count(*) FROM person") == 1
    view = await view_of(stranger)
    assert (view.name, view.email, view.reading, view.organisation) == ("李娜", "li.na@example.org", "", "")
    for address in (stranger.json()["manage_url"], stranger.json()["tickets"][0]["page_url"]):
        assert "secret" not in (await http.get(address + "?new=1", headers=HTML)).text


async def test_returning_guest_is_mailed_at_the_address_given_now(
    http: httpx.AsyncClient, clock: Clock, mailbox: Mailbox
) -> None:
    first = await register(http, wish(member(organisation="Green Bay")))
    again = await register(http, wish(member(name="李　娜", organisation="Blue Bay")))
    moved = await register(http, wish(member(organisation="Blue Bay"), email="Li.Na+2026@example.org"))

    assert await value("SELECT count(*) FROM person") == 2
    assert [(await view_of(a)).organisation for a in (first, again, moved)] == ["Green Bay", "Blue Bay", "Blue Bay"]
    assert await jobs.drain(clock) == 3
    assert sorted(m["to"].addresses[0].addr_spec for m in mailbox()) == [
        "Li.Na+2026@example.org", "li.na@example.org", "li.na@example.org",
    ]  # fmt: skip


async def test_name_is_answered_as_it_was_written_this_time(http: httpx.AsyncClient) -> None:
    await register(http, wish(member(name="Li Na")))
    made = (await register(http, wish(member(name=" LI NA ")))).json()

    assert await value("SELECT count(*) FROM person") == 1
    assert made["tickets"][0]["name"] == "LI NA"
    assert (await http.get(made["manage_url"].replace("http://test", "/api/v1"))).json() == {**made, "history": ANY}


async def test_erasing_the_key_erases_the_details_of_every_ticket(http: httpx.AsyncClient) -> None:
    answer = await register(http, wish())
    await fetch("UPDATE person SET key = NULL")
    await fetch("DELETE FROM person_details")

    assert await value("SELECT sealed IS NOT NULL FROM ticket")
    view = await view_of(answer)
    assert (view.name, view.email, view.reading) == ("—", "", "")


async def test_ticket_of_an_erased_person_is_given_no_details(http: httpx.AsyncClient) -> None:
    """A key that was erased stays erased: nothing is sealed with another that nobody keeps."""
    await register(http, wish())
    await fetch("UPDATE person SET key = NULL")

    assert (await view_of(await register(http, wish()))).name == "—"
    assert await value("SELECT count(*) FROM ticket WHERE sealed IS NULL") == 1


async def test_ticket_without_details_of_its_own_shows_the_person_s(http: httpx.AsyncClient) -> None:
    answer = await register(http, wish(member(organisation="Green Bay")))
    await fetch("UPDATE ticket SET sealed = NULL")

    assert (await view_of(answer)).organisation == "Green Bay"


async def test_registration_page_takes_four_statements_for_any_party(http: httpx.AsyncClient) -> None:
    made = (await register(http, wish(*(member(name=f"Guest {n}") for n in range(12))))).json()

    async with statements() as seen:
        page = await http.get(made["manage_url"], headers=HTML)

    assert len([one for one in seen if "limited_use" not in one]) == 4
    names = [page.text.index(f">Guest {n}<") for n in range(12)]
    assert names == sorted(names)
