"""The pages on which an officer compares what cities tell, and decides."""

import datetime as dt
import re
from typing import Any
from uuid import UUID

import httpx

from app.core.web.frame import Frame
from app.people import access
from app.people.roles import Role, Scope
from tests.clock import NOW
from tests.doors import browser_of, value
from tests.exchange import planting
from tests.exchange.joining.test_deciding import TITLE, card_of, linked, pair

LATER = NOW + dt.timedelta(days=1, hours=10)
CARDS = "/office/partners/cards"
ENGLISH = {"accept": "text/html", "accept-language": "en"}


async def console(http: httpx.AsyncClient, role: Role = "officer", **scope: Any) -> str:
    """Sign in and return the token of forms."""
    account = await access.add_account(role=role, label=role, now=NOW, scope=Scope(**scope))
    http.headers.update(ENGLISH)
    return await browser_of(http, account)


async def test_what_waits_is_listed_with_its_cities(http: httpx.AsyncClient) -> None:
    card, _first, _second = await linked(starts_at=LATER)
    one, _other, _likeness = await pair()
    await console(http)
    page = (await http.get(CARDS)).text
    assert f'href="{CARDS}/{card}"' in page
    assert f'href="{CARDS}/{await card_of(one)}"' in page or "One event?" in page
    tags = [page.count(f'">{words}</span>') for words in ("One event?", "Begins", "Ends", "Place")]
    assert tags == [1, 1, 1, 0]


async def test_nothing_to_decide_says_so(http: httpx.AsyncClient) -> None:
    await console(http)
    assert "Nothing to decide" in (await http.get(CARDS)).text


async def test_the_start_page_says_how_much_waits(http: httpx.AsyncClient) -> None:
    await linked(starts_at=LATER)
    await pair()
    await console(http)
    page = (await http.get("/start")).text
    assert "2 events are told differently, or twice" in re.sub(r"<[^>]+>", "", page)


async def test_a_card_shows_both_values_with_city_and_time(http: httpx.AsyncClient) -> None:
    card, _first, second = await linked(starts_at=LATER, place="市民会館")
    await console(http)
    page = (await http.get(f"{CARDS}/{card}")).text
    assert "Sunday, November 22, 2026, 19:00" in page
    assert "Sunday, November 22, 2026, 20:00" in page
    assert page.count("Differs") == 2
    assert f'name="told_by" value="{second}"' in page
    assert "Saturday, November 21, 2026, 10:00" in page


async def test_a_value_is_chosen_and_taken_by_the_card(http: httpx.AsyncClient) -> None:
    card, _first, second = await linked(starts_at=LATER)
    csrf = await console(http)
    form = {"csrf": csrf, "field": "time", "told_by": str(second), "seen": "0"}
    answer = await http.post(f"{CARDS}/{card}/choice", data=form)
    assert (answer.status_code, answer.headers["location"]) == (303, f"{CARDS}/{card}?done=chosen")
    assert await value("SELECT told_by FROM field_choice") == second


async def test_a_choice_that_came_too_late_is_shown_again(http: httpx.AsyncClient) -> None:
    card, first, second = await linked(starts_at=LATER)
    csrf = await console(http)
    form = {"csrf": csrf, "field": "time", "told_by": str(second), "seen": "0"}
    await http.post(f"{CARDS}/{card}/choice", data=form)
    answer = await http.post(f"{CARDS}/{card}/choice", data=form | {"told_by": str(first)})
    assert answer.status_code == 409
    assert "Somebody else has saved this in the meantime." in answer.text
    assert await value("SELECT told_by FROM field_choice") == second


async def test_two_become_one_event_and_are_split_again(http: httpx.AsyncClient) -> None:
    one, other, likeness = await pair()
    csrf = await console(http)
    base = f"{CARDS}/{await card_of(one)}"
    page = (await http.get(base)).text
    assert "The titles are the same." in page
    joined = await http.post(f"{base}/likenesses/{likeness}", data={"csrf": csrf, "decision": "same"})
    assert joined.headers["location"] == f"{CARDS}/{await card_of(one)}?done=joined"
    split = {"csrf": csrf, "record": str(other), "seen": "1"}
    parted = await http.post(f"{CARDS}/{await card_of(one)}/split", data=split)
    assert parted.headers["location"] == f"{CARDS}/{await card_of(other)}?done=apart"
    assert await card_of(one) != await card_of(other)


async def test_two_events_of_one_source_are_refused_in_words(http: httpx.AsyncClient) -> None:
    _p, _a, source = await planting.city()
    one, other = await planting.event(source, TITLE), await planting.event(source, TITLE)
    likeness = await planting.insert(
        "likeness", one=min(one, other), other=max(one, other), score=0.9, reasons=["title_same"], found_at=NOW
    )
    csrf = await console(http)
    base = f"{CARDS}/{await card_of(one)}"
    answer = await http.post(f"{base}/likenesses/{likeness}", data={"csrf": csrf, "decision": "same"})
    assert answer.status_code == 409
    assert "notice--error" in answer.text


async def partner_of(card: UUID) -> UUID:
    """Return a partner who tells of a card."""
    sql = "SELECT s.partner FROM source s JOIN exchanged_event e ON e.source = s.id WHERE e.card = $1 LIMIT 1"
    found = await value(sql, card)
    assert isinstance(found, UUID)
    return found


async def test_a_partner_compares_and_decides_nothing(app: Frame, http: httpx.AsyncClient) -> None:
    card, _first, _second = await linked(starts_at=LATER)
    await console(http, "partner", partners=(await partner_of(card),))
    page = (await http.get(f"/partner/cards/{card}")).text
    assert f'href="/partner/cards/{card}"' in (await http.get("/partner/cards")).text
    assert "Differs" in page
    assert "Use this one" not in page
    assert "It is another event" not in page


async def test_a_partner_finds_no_card_of_others(http: httpx.AsyncClient) -> None:
    card, _first, _second = await linked(starts_at=LATER)
    mine, _agreement, _source = await planting.city()
    await console(http, "partner", partners=(mine,))
    assert (await http.get(f"/partner/cards/{card}")).status_code == 404
    assert "Nothing to decide" in (await http.get("/partner/cards")).text
