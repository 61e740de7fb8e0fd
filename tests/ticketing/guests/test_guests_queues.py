"""Who waits for approval or for places, and what people answered whom an organiser does not know."""

from collections.abc import AsyncIterator
from uuid import UUID

import httpx
import pytest

from app.core.db import fetch
from app.core.web.frame import Frame
from app.ticketing.registering import offers, uploads
from tests.clock import NOW, Clock
from tests.doors import value
from tests.ticketing import stock
from tests.ticketing.organisers import FOREIGN, event, wrong
from tests.ticketing.own_guests import ask, base, console_of, few_places, guest, own_type


@pytest.fixture(autouse=True)
def _fresh_offers() -> None:
    offers.forget()


@pytest.fixture
async def own(app: Frame, http: httpx.AsyncClient) -> AsyncIterator[httpx.AsyncClient]:
    async with await console_of(app) as found:
        yield found


async def states(*tickets: UUID) -> list[str]:
    rows = {row["id"]: row["state"] for row in await fetch("SELECT id, state FROM ticket")}
    return [rows[ticket] for ticket in tickets]


async def test_several_are_approved_or_refused_for_one_reason(
    own: httpx.AsyncClient, http: httpx.AsyncClient, clock: Clock
) -> None:
    mine, at = await own_type(own, admission="approval"), await event()
    diet = await ask(own_event=at["id"], organiser=at["organiser"])
    asks = []
    for n in "ABC":
        asks.append(await guest(http, {"name": f"Asker {n}", "ticket_type": mine, "answers": {diet: f"Dish {n}"}}))
        clock.forward(seconds=1)
    address = f"{await base()}/approvals"
    page = await own.get(address)
    assert [page.text.index(f"Asker {n}") for n in "ABC"] == sorted(page.text.index(f"Asker {n}") for n in "ABC")
    assert "Dish B" in page.text

    refused = await own.post(address, data={"action": "refuse", "tickets": str(asks[0]), "reason": ""})
    assert (refused.status_code, wrong(refused)) == (422, ["reason"])
    assert f'value="{asks[0]}" checked' in refused.text
    none = await own.post(address, data={"action": "approve", "reason": "Welcome"})
    assert (none.status_code, wrong(none)) == (422, ["tickets"])
    assert 'value="Welcome"' in none.text
    assert await states(*asks) == ["unapproved"] * 3
    assert "3 guests ask to be approved." in (await own.get("/start")).text
    assert 'data-label="Given out" class="number">3<' not in (await own.get(f"/console/events/{at['id']}/tickets")).text

    sent = {"action": "approve", "tickets": [str(one) for one in asks[:2]], "reason": "Welcome"}
    done = await own.post(address, data=sent)
    assert done.headers["location"].endswith("?decided=2&missed=0")
    assert "2 guests decided on." in (await own.get(done.headers["location"])).text
    await own.post(address, data=sent)
    assert await value("SELECT count(*) FROM ticket_change WHERE action = 'approved'") == 2, "sent twice, done once"
    await own.post(address, data={"action": "refuse", "tickets": str(asks[2]), "reason": "No room"})
    assert await states(*asks) == ["valid", "valid", "canceled"]
    assert 'data-label="Given out" class="number">2<' in (await own.get(f"/console/events/{at['id']}/tickets")).text
    assert "to be approved" not in (await own.get("/start")).text
    later = await guest(http, {"name": "Asker D", "ticket_type": mine, "answers": {diet: "Dish D"}})
    await own.post(address, data={"action": "approve", "tickets": str(later), "reason": ""})
    assert await states(later) == ["valid"], "whoever is approved asks for no reason"
    assert "Nobody waits to be approved" in (await own.get(address)).text
    await stock.sound()


async def test_file_can_be_looked_at_before_somebody_is_approved(
    own: httpx.AsyncClient, http: httpx.AsyncClient
) -> None:
    mine, at = await own_type(own, admission="approval"), await event()
    slides = await ask(own_event=at["id"], organiser=at["organiser"], kind="file", label="Slides")
    question = UUID(str(await value("SELECT id FROM question WHERE slug = $1", slides)))
    sent = await uploads.store(question=question, name="slides.pdf", data=b"%PDF-1.7 slides", now=NOW)
    ticket = await guest(http, {"ticket_type": mine, "answers": {slides: sent}})
    file = f"{await base()}/{ticket}/files/{await value('SELECT id FROM upload')}"
    assert f'href="{file}"' in (await own.get(f"{await base()}/approvals")).text
    assert (await own.get(file)).content == b"%PDF-1.7 slides"


async def test_nobody_is_decided_on_when_one_is_another_organisers(
    app: Frame, own: httpx.AsyncClient, http: httpx.AsyncClient
) -> None:
    mine = await guest(http, {"ticket_type": await own_type(own, admission="approval")})
    async with await console_of(app, FOREIGN) as other:
        theirs = await guest(http, {"ticket_type": await own_type(other, FOREIGN, admission="approval")})
    sent = {"action": "approve", "tickets": [str(mine), str(theirs)], "reason": "Welcome"}
    assert (await own.post(f"{await base()}/approvals", data=sent)).status_code == 404
    assert await states(mine, theirs) == ["unapproved", "unapproved"]


async def test_waiting_list_stands_in_order_and_parties_are_removed(
    own: httpx.AsyncClient, http: httpx.AsyncClient, clock: Clock
) -> None:
    mine = await own_type(own)
    await few_places(mine, 2)
    await guest(http, {"name": "In A", "ticket_type": mine}, {"name": "In B", "ticket_type": mine})
    party = [{"name": name, "ticket_type": mine} for name in ("First Waiting", "With First")]
    first = await guest(http, *party, join_waiting_list=True, email="first@example.org")
    clock.forward(seconds=1)
    second = await guest(http, {"name": "Second Waiting", "ticket_type": mine}, join_waiting_list=True)
    page = await own.get(f"{await base()}/waiting")
    assert page.text.index("First Waiting") < page.text.index("Second Waiting")
    assert "With First" not in page.text
    assert await states(first, second) == ["waiting", "waiting"]
    assert (await own.post(f"{await base()}/{first}/do/remove", data={"reason": "Asked for it"})).status_code == 303
    assert await value("SELECT count(*) FROM ticket WHERE state = 'waiting'") == 1
    assert "First Waiting" not in (await own.get(f"{await base()}/waiting")).text
    await stock.sound()


async def test_answers_of_the_citys_guests_are_a_list_without_names(
    app: Frame, own: httpx.AsyncClient, http: httpx.AsyncClient
) -> None:
    at, mine = await event(), await own_type(own)
    diet = await ask(own_event=at["id"], organiser=at["organiser"])
    bus = await ask(
        own_event=at["id"],
        organiser=at["organiser"],
        label="Bus",
        kind="choice",
        options=[{"value": "north", "label": {"en": "North gate"}}],
    )
    await guest(http, {"name": "City A", "answers": {diet: "Zucchini", bus: "north"}})
    await guest(http, {"name": "City B", "answers": {diet: "Apples", bus: "north"}})
    await guest(http, {"name": "Own C", "ticket_type": mine, "answers": {diet: "Own dish"}})
    page = await own.get(f"{await base()}/answers")
    assert "North gate" in page.text
    assert page.text.index("Apples") < page.text.index("Zucchini"), "in the order of words, not of people"
    serials = [str(row["serial"]) for row in await fetch("SELECT lower(to_hex(serial)) AS serial FROM ticket")]
    for words in ("City A", "City B", "Own C", "Own dish", "li.na@", *serials):
        assert words not in page.text
    async with await console_of(app, FOREIGN) as other:
        assert "Apples" not in (await other.get(f"{await base(FOREIGN)}/answers")).text
        assert (await other.get(f"{await base()}/answers")).status_code == 404
