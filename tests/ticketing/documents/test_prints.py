"""Badges and lists on paper: whose guests, which of them, in which order, and who took them."""

from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from app.core.db import fetch
from app.core.web.frame import Frame
from app.ticketing.documents import prints
from app.ticketing.registering import offers
from tests.doors import value
from tests.ticketing.documents.test_pdf import squeezed, symbols, texts
from tests.ticketing.organisers import FOREIGN, console_of, event, form
from tests.ticketing.wishes import member, register, wish


@pytest.fixture(autouse=True)
def _fresh_offers() -> None:
    offers.forget()


async def base(slug: str = "yoxo-festival") -> str:
    return f"/console/events/{(await event(slug))['id']}"


async def own_type(own: httpx.AsyncClient, slug: str = "yoxo-festival", **changes: Any) -> str:
    """Add a ticket type of the event's own and return its slug."""
    one = (await event(slug))["id"]
    await own.post(f"/console/events/{one}/tickets/new", data=form(one, **changes))
    return f"{slug}-workshop-pass"


async def guests(http: httpx.AsyncClient, *names: str, **changes: Any) -> list[dict[str, Any]]:
    answer = await register(http, wish(*(member(**{"name": name, "reading": "", **changes}) for name in names)))
    assert answer.status_code == 201, answer.text
    found: list[dict[str, Any]] = answer.json()["tickets"]
    return found


async def printed(own: httpx.AsyncClient, what: str, **typed: Any) -> list[str]:
    answer = await own.post(f"{await base()}/{what}.pdf", data=typed, params={"lang": "en"})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["cache-control"] == "private, no-store"
    return texts(answer.content)


async def type_id(slug: str) -> UUID:
    found = await value("SELECT id FROM ticket_type WHERE slug = $1", slug)
    assert isinstance(found, UUID)
    return found


@pytest.mark.parametrize("what", ["badges", "list"])
async def test_only_guests_with_own_tickets_are_printed(app: Frame, http: httpx.AsyncClient, what: str) -> None:
    async with await console_of(app) as own, await console_of(app, FOREIGN) as other:
        mine, theirs = await own_type(own), await own_type(other, FOREIGN)
        await guests(http, "孫", ticket_type=mine, organisation="Harbour Lab")
        await guests(http, "Citywide Guest")
        await guests(http, "Foreign Guest", ticket_type=theirs)
        words = "".join(await printed(own, what))
        for name in ("citywide-pass", theirs):
            refused = await own.post(f"{await base()}/{what}.pdf", data={"ticket_type": str(await type_id(name))})
            assert refused.status_code == 422
        away = await own.post(f"{await base(FOREIGN)}/{what}.pdf")
    assert "孫" in words
    assert squeezed("Harbour Lab") in words
    assert squeezed("Citywide Guest") not in words
    assert squeezed("Foreign Guest") not in words
    assert away.status_code == 404


async def test_officer_may_choose_the_citys_type(app: Frame, http: httpx.AsyncClient) -> None:
    await guests(http, "Citywide Guest")
    async with await console_of(app, role="officer") as officer:
        words = "".join(await printed(officer, "list", ticket_type=str(await type_id("citywide-pass"))))
        nobody = await officer.post(f"{await base()}/list.pdf?lang=en")
    assert squeezed("Citywide Guest") in words
    assert nobody.status_code == 422
    assert "There is nobody to print." in nobody.text


async def test_badges_carry_the_codes_that_open_the_gate_and_one_can_be_printed_alone(
    app: Frame, http: httpx.AsyncClient
) -> None:
    async with await console_of(app) as own:
        mine = await own_type(own)
        made = await guests(http, "Ann", "Bob", "Cy", ticket_type=mine)
        answer = await own.post(f"{await base()}/badges.pdf", data={"size": "a6"})
        one = await own.post(f"{await base()}/badges.pdf", data={"ticket": made[1]["id"]})
    assert [found.text for found in symbols(answer.content)] == [ticket["code"] for ticket in made]
    assert [found.text for found in symbols(one.content)] == [made[1]["code"]]


async def test_states_decide_who_is_printed_and_what_is_said(app: Frame, http: httpx.AsyncClient) -> None:
    states = ["valid", "unpaid", "blocked", "canceled", "waiting", "offered", "unapproved"]
    async with await console_of(app) as own:
        mine = await own_type(own)
        made = await guests(http, *(f"Guest-{state}." for state in states), ticket_type=mine)
        for ticket, state in zip(made, states, strict=True):
            await fetch("UPDATE ticket SET state = $1 WHERE id = $2", state, UUID(ticket["id"]))
        badges, (listed,) = "".join(await printed(own, "badges")), await printed(own, "list")
    assert [state for state in states if f"Guest-{state}." in badges] == ["valid", "unpaid"]
    assert [state for state in states if f"Guest-{state}." in listed] == ["valid", "unpaid", "blocked"]
    assert [listed.count(word) for word in ("Notpaidyet", "Blocked", "Valid")] == [1, 1, 0]


async def test_list_is_headed_with_day_gate_and_moment_and_goes_by_the_name(
    app: Frame, http: httpx.AsyncClient
) -> None:
    gate = await value("SELECT id FROM gate WHERE event = $1 LIMIT 1", (await event())["id"])
    async with await console_of(app) as own:
        mine = await own_type(own)
        await guests(http, "Zoë", "Ängström", "brown", "Adams", ticket_type=mine)
        (words,) = await printed(own, "list", day="2026-11-21", gate=str(gate))
    assert [squeezed(part) in words for part in ("YOXO FESTIVAL", "November 21, 2026", "10:00", "4 guests")] == [
        True
    ] * 4
    places = [words.index(name) for name in ("Adams", "Ängström", "brown", "Zoë")]
    assert places == sorted(places)


async def test_japanese_lists_go_by_the_reading(app: Frame, http: httpx.AsyncClient) -> None:
    async with await console_of(app) as own:
        mine = await own_type(own)
        party = [("渡辺", "わたなべ"), ("阿部", "アベ"), ("伊藤", "いとう")]
        await register(http, wish(*(member(name=n, reading=r, ticket_type=mine) for n, r in party)))
        answer = await own.post(f"{await base()}/list.pdf?lang=ja")
    words = texts(answer.content)[0]
    places = [words.index(name) for name in ("阿部", "伊藤", "渡辺")]
    assert places == sorted(places)


async def test_day_leaves_out_tickets_of_other_days(app: Frame, http: httpx.AsyncClient) -> None:
    days = (await event())["first_day"], (await event())["last_day"]
    async with await console_of(app) as own:
        mine = await own_type(own, days=[days[0].isoformat()])
        await guests(http, "First Day", ticket_type=mine)
        first = await printed(own, "list", day=days[0].isoformat())
        last = await own.post(f"{await base()}/list.pdf", data={"day": days[1].isoformat()})
    assert "FirstDay" in first[0]
    assert last.status_code == 422


async def test_more_than_a_document_holds_comes_in_parts(
    app: Frame, http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prints, "MOST_LINES", 2)
    monkeypatch.setattr(prints, "MOST_BADGES", 2)
    async with await console_of(app) as own:
        mine = await own_type(own)
        await guests(http, "Ann", "Bob", "Cy", ticket_type=mine)
        first, second = [(await printed(own, "list", part=part))[0] for part in ("1", "2")]
        third = await own.post(f"{await base()}/badges.pdf?lang=en", data={"part": "3"})
    assert ("Part1of2" in first, "Part2of2" in second, "3guests" in second) == (True, True, True)
    assert [name in first for name in ("Ann", "Bob", "Cy")] == [True, True, False]
    assert [name in second for name in ("Ann", "Bob", "Cy")] == [False, False, True]
    assert (third.status_code, "There are 2 parts." in third.text) == (422, True)


async def test_who_took_what_is_written_down_before_it_is_given(app: Frame, http: httpx.AsyncClient) -> None:
    async with await console_of(app) as own:
        mine = await own_type(own)
        await guests(http, "Ann", "Bob", ticket_type=mine)
        await printed(own, "badges")
        await printed(own, "list")
    for action in ("guests.badges", "guests.list"):
        assert await value("SELECT detail FROM audit_entry WHERE action = $1", action) == '{"guests":2}'
        subject = await value("SELECT subject FROM audit_entry WHERE action = $1", action)
        assert subject == f"event:{(await event())['id']}"


async def test_erased_guests_get_no_badge_and_are_on_the_list_by_number(app: Frame, http: httpx.AsyncClient) -> None:
    async with await console_of(app) as own:
        mine = await own_type(own)
        (made,) = await guests(http, "Gone Guest", ticket_type=mine)
        await fetch("UPDATE person SET key = NULL")
        refused = await own.post(f"{await base()}/badges.pdf")
        (words,) = await printed(own, "list")
    assert refused.status_code == 422
    assert "GoneGuest" not in words
    assert "Erased" in words
    assert f"{made['serial'][:4]}-{made['serial'][4:8]}".upper() in words


async def test_wrong_fields_are_named_and_what_was_typed_stays(app: Frame, http: httpx.AsyncClient) -> None:
    async with await console_of(app) as own:
        await own_type(own)
        typed = {"size": "huge", "part": "0", "day": "someday", "ticket_type": "x", "gate": str(uuid4())}
        answer = await own.post(f"{await base()}/list.pdf", data=typed, params={"lang": "en"})
        page = await own.get(f"{await base()}/prints?lang=en")
    assert answer.status_code == 422
    named = [field for field in ("size", "part", "day", "ticket_type") if f'href="#{field}"' in answer.text]
    assert named == ["size", "part", "day", "ticket_type"]
    assert 'name="part" type="number"' in answer.text
    assert "Badges as PDF" in page.text
    assert page.text.count("Workshop pass") == 1


async def test_strangers_and_other_roles_get_nothing(http: httpx.AsyncClient) -> None:
    for what in ("badges.pdf", "list.pdf"):
        assert (await http.post(f"{await base()}/{what}")).status_code in {401, 403}
