"""The first step of registering, as a browser without JavaScript uses it."""

import datetime as dt
import re
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx
import pytest

from app.core import i18n
from app.core.db import fetch
from app.ticketing.registering import offers
from tests.ticketing.asking import cell
from tests.ticketing.pages.test_pages import HTML, PAGE, followed, people_in


@pytest.fixture(autouse=True)
def _fresh_offers() -> Iterator[None]:
    offers.forget()
    yield
    offers.forget()


async def choose(http: httpx.AsyncClient, action: str = "choose", **fields: Any) -> httpx.Response:
    """Send the first step as the browser would; `count` maps ticket types to numbers."""
    count = {f"count.{slug}": str(n) for slug, n in fields.pop("count", {}).items()}
    data = {"action": action, "key": str(uuid4()), **count, **fields}
    return await http.post(PAGE, data=data, headers={**HTML, "sec-fetch-site": "same-origin"})


async def test_chosen_tickets_lead_to_the_form_with_their_people(http: httpx.AsyncClient) -> None:
    answer = await choose(http, count={"citywide-pass": 2, "student-pass": 1, "day-pass-1": 0})

    form = await followed(http, answer)

    assert re.fullmatch(rf"{PAGE}/[\w-]+", answer.headers["location"])
    assert people_in(form.text) == 3
    assert re.findall(r'<option value="([a-z0-9-]+)" selected>', form.text) == ["citywide-pass"] * 2 + ["student-pass"]


async def held() -> int:
    """Return how many places of the pass are taken, by tickets or held."""
    return int(await cell("SELECT taken FROM quota WHERE slug = 'citywide'"))


async def test_places_are_kept_while_the_form_is_filled_in(http: httpx.AsyncClient) -> None:
    before = await held()

    form = await followed(http, await choose(http, count={"citywide-pass": 2}))

    assert await held() == before + 2
    assert "Your places are kept until" in form.text
    assert "15 more minutes" in form.text


async def test_choosing_twice_by_two_clicks_is_one_form_and_one_hold(http: httpx.AsyncClient) -> None:
    before, key = await held(), str(uuid4())

    first, second = [await choose(http, key=key, count={"citywide-pass": 2}) for _click in range(2)]

    assert first.headers["location"] == second.headers["location"]
    assert await held() == before + 2
    assert await cell("SELECT count(*) FROM form_draft") == 1


async def test_going_back_and_choosing_again_keeps_the_people(http: httpx.AsyncClient) -> None:
    key = str(uuid4())
    address = (await choose(http, key=key, count={"citywide-pass": 2})).headers["location"]
    typed = {
        "party.0.name": "李娜", "party.0.ticket_type": "citywide-pass",
        "party.1.name": "林", "party.1.ticket_type": "citywide-pass", "key": key, "action": "save",
    }  # fmt: skip
    await http.post(address, data=typed, headers=HTML)

    again = await followed(http, await choose(http, key=key, count={"citywide-pass": 1, "student-pass": 2}))

    assert re.findall(r'name="party.\d.name"[^>]* value="([^"]*)"', again.text) == ["李娜", "林", ""]
    assert re.findall(r'<option value="([a-z-]+)" selected', again.text) == ["citywide-pass"] + ["student-pass"] * 2


WRONG = [
    ({}, "", "count", "Please choose how many tickets you want."),
    ({"citywide-pass": 0}, "", "count", "Please choose how many tickets you want."),
    ({"citywide-pass": "x"}, "", "count-citywide-pass", "Please enter a number from 0 to 40."),
    ({"citywide-pass": -1}, "", "count-citywide-pass", "Please enter a number from 0 to 40."),
    ({"citywide-pass": "\u0663"}, "", "count-citywide-pass", "Please enter a number from 0 to 40."),
    ({"citywide-pass": 41}, "", "count-citywide-pass", "Please enter a number from 0 to 40."),
    ({"citywide-pass": 30, "student-pass": 11}, "", "count",
     "A party has at most 40 people: please register in two parts."),
    ({"no-such-type": 1}, "", "count-no-such-type", "There is no such ticket type."),
    ({"citywide-pass": 1}, "WRONG-CODE", "voucher",
     "This voucher code is not good for this ticket. Please check how it is written."),
    ({"yoxo-guest": 1}, "", "voucher",
     "This ticket is by invitation: please enter the voucher code you were sent."),
]  # fmt: skip


@pytest.mark.parametrize(("count", "code", "field", "words"), WRONG)
async def test_wrong_choice_is_named_and_stays(
    http: httpx.AsyncClient, count: dict[str, object], code: str, field: str, words: str
) -> None:
    answer = await choose(http, count=count, voucher=code)

    assert answer.status_code == 422
    assert re.findall(r'<li><a href="#([^"]+)">(?:[^<]*?: )?([^<]+)</a>', answer.text) == [(field, words)]
    assert field == "count-no-such-type" or f'id="{field}"' in answer.text
    for slug, typed in count.items():
        assert slug == "no-such-type" or f'name="count.{slug}"' in answer.text
        assert slug == "no-such-type" or f'value="{typed}"' in answer.text
    assert await cell("SELECT count(*) FROM form_draft") == 0


async def test_sold_out_choice_says_what_is_left_and_leads_to_the_waiting_list(http: httpx.AsyncClient) -> None:
    await fetch("UPDATE quota SET capacity = taken + 3 WHERE slug = 'citywide'")
    before = await held()

    full = await choose(http, count={"citywide-pass": 5})

    assert full.status_code == 409
    assert re.search(r"you want 5, 3 places left", full.text)
    assert 'value="choose-waiting">Join the waiting list' in full.text
    form = await followed(http, await choose(http, "choose-waiting", count={"citywide-pass": 5}))
    assert 'name="join_waiting_list" value="true"' in form.text
    assert people_in(form.text) == 5
    assert await held() == before


async def test_full_ticket_types_stay_on_the_list(http: httpx.AsyncClient) -> None:
    await fetch("UPDATE quota SET capacity = taken WHERE slug = 'citywide'")
    page = (await http.get(PAGE, headers=HTML)).text
    assert "You can join the waiting list." in page
    assert 'name="count.citywide-pass"' in page


async def test_tickets_of_the_event_one_comes_from_stand_first(http: httpx.AsyncClient) -> None:
    page = (await http.get(PAGE, params={"event": "yoxo-festival"}, headers=HTML)).text
    assert re.findall(r"<legend>([^<]+)</legend>", page)[:2] == ["YOXO FESTIVAL", "The whole convention"]
    everything = (await http.get(PAGE, headers=HTML)).text
    assert re.findall(r"<legend>([^<]+)</legend>", everything)[0] == "The whole convention"


async def test_day_pass_says_which_day(http: httpx.AsyncClient) -> None:
    day = await cell("SELECT days->>0 FROM ticket_type WHERE slug = 'day-pass-1'")
    words = i18n.day(dt.date.fromisoformat(day), short=True)
    assert f'<span class="tag">{words}</span>' in (await http.get(PAGE, headers=HTML)).text
    assert f"Day Pass, day 1 ({words})" in (await http.get(PAGE, params={"type": "day-pass-1"}, headers=HTML)).text


async def test_numbers_left_empty_are_none(http: httpx.AsyncClient) -> None:
    form = await followed(http, await choose(http, count={"citywide-pass": 1, "student-pass": ""}))
    assert people_in(form.text) == 1


async def test_what_is_not_on_sale_cannot_be_chosen(http: httpx.AsyncClient) -> None:
    await fetch("UPDATE ticket_type SET sale_from = '2027-01-01T00:00Z' WHERE slug = 'student-pass'")
    await fetch("UPDATE ticket_type SET sale_until = '2026-01-01T00:00Z' WHERE slug = 'press-pass'")
    offers.forget()

    page = (await http.get(PAGE, headers=HTML)).text

    assert "This ticket is on sale from " in page
    assert 'name="count.student-pass"' not in page
    assert "Press Pass" not in page
    answer = await choose(http, count={"student-pass": 1})
    assert "This ticket is on sale from " in answer.text
    assert answer.status_code == 422


async def test_voucher_opens_what_is_by_invitation(http: httpx.AsyncClient) -> None:
    page = (await http.get(PAGE, headers=HTML)).text
    assert "By invitation: you need the voucher code you were sent." in page
    assert "Each registration is looked at first; you hear from us by mail." in page

    linked = (await http.get(f"{PAGE}?voucher=YOKO-HAMA-26", headers=HTML)).text
    assert 'value="YOKO-HAMA-26"' in linked, "whoever was sent the link types no code"
    form = await followed(http, await choose(http, count={"yoxo-guest": 1}, voucher="yoko hama 26"))

    assert 'name="party.0.voucher"' in form.text
    assert 'value="yoko hama 26"' in form.text


async def test_price_and_its_tax_stand_beside_the_ticket(http: httpx.AsyncClient) -> None:
    page = (await http.get(PAGE, headers=HTML)).text
    assert "¥3,300 incl. tax" in page
    assert '<span class="tag">Free</span>' in page
    japanese = (await http.get(PAGE, params={"lang": "ja"}, headers=HTML)).text
    assert "3,300" in japanese


async def test_one_ticket_type_for_an_event_is_chosen_already(http: httpx.AsyncClient) -> None:
    await fetch("DELETE FROM coverage g USING ticket_type t, event e WHERE t.id = g.ticket_type AND e.id = g.event"
                " AND e.slug = 'ascc' AND t.slug <> 'ascc-ticket'")  # fmt: skip
    offers.forget()
    event = await cell("SELECT e.slug FROM event e JOIN coverage g ON g.event = e.id JOIN ticket_type t"
                        " ON t.id = g.ticket_type WHERE t.slug = 'ascc-ticket' ORDER BY e.slug LIMIT 1")  # fmt: skip
    await fetch("DELETE FROM coverage g USING ticket_type t, event e WHERE t.id = g.ticket_type AND e.id = g.event"
                " AND e.slug = $1 AND t.slug <> 'ascc-ticket'", event)  # fmt: skip
    offers.forget()
    page = (await http.get(PAGE, params={"event": str(event)}, headers=HTML)).text
    assert re.findall(r'name="count.([a-z-]+)"[^>]* value="(\d+)"', page) == [("ascc-ticket", "1")]


async def test_begun_form_is_offered_again_and_can_be_thrown_away(http: httpx.AsyncClient) -> None:
    before = await held()
    address = (await choose(http, count={"citywide-pass": 2})).headers["location"]

    page = (await http.get(PAGE, headers=HTML)).text
    assert "You have begun a form" in page
    assert f'href="{address}"' in page

    gone = await choose(http, "choose-anew")
    assert gone.status_code == 303
    assert await cell("SELECT count(*) FROM form_draft") + await cell("SELECT count(*) FROM hold") == 0
    assert await held() == before
    assert "You have begun a form" not in (await http.get(PAGE, headers=HTML)).text
