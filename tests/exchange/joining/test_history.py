"""What was decided of cards: an officer sees what was joined by which rule, and takes it back."""

import datetime as dt
from typing import Any
from uuid import UUID

import httpx
import pytest

from app.core.db import fetch
from app.core.web.frame import Frame
from app.exchange.joining import automatic
from app.people.roles import Scope
from tests.clock import NOW
from tests.doors import token_for, value
from tests.exchange import planting
from tests.exchange.joining.test_deciding import TITLE, card_of, decide, linked, officer, pair
from tests.exchange.joining.test_pages import CARDS, console, partner_of

UID = "4f1c9a52-77b1-4c07-9d0b-0a6d5a0f4f11@city.example.jp"
PAGE = "https://www.example.jp/events/fireworks-40/"
DAY = dt.timedelta(days=1)
SHARED: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("same_uid", {"uid": UID}, {"uid": UID}),
    ("same_url", {"url": PAGE}, {"url": PAGE}),
    ("same_origin", {"uid": UID}, {"origin": UID}),
]


async def joined_by_rule(first: dict[str, Any], second: dict[str, Any]) -> tuple[UUID, UUID]:
    """Let two cities tell what shares an identity, the second a day later; return both records."""
    one = await planting.event((await planting.city())[2], TITLE, first_seen_at=NOW - DAY, **first)
    other = await planting.event((await planting.city())[2], TITLE, first_seen_at=NOW, **second)
    await automatic.link([one, other], now=NOW)
    return one, other


async def decided(http: httpx.AsyncClient, card: UUID) -> list[dict[str, Any]]:
    """Return what the API says was decided of a card."""
    found: list[dict[str, Any]] = (await http.get(f"/api/v1/cards/{card}")).json()["decided"]
    return found


@pytest.mark.parametrize(("rule", "first", "second"), SHARED)
async def test_a_card_says_what_joined_when_and_by_which_rule(
    app: Frame, rollback: None, rule: str, first: dict[str, Any], second: dict[str, Any]
) -> None:
    one, other = await joined_by_rule(first, second)
    card = await card_of(one)
    async with await officer(app) as http:
        [found] = await decided(http, card)
    assert (found["decision"], found["by_rule"], found["reasons"]) == ("same", True, [rule])
    assert dt.datetime.fromisoformat(found["decided_at"]) == NOW
    assert (found["one"]["id"], found["other"]["id"]) == (str(one), str(other))
    assert (found["card"], found["onto"]) == (str(card), str(card))


async def test_what_an_officer_decided_is_no_rule_and_keeps_its_likeness(app: Frame, rollback: None) -> None:
    one, _other, likeness = await pair()
    async with await officer(app) as http:
        await decide(http, likeness, "same")
        [found] = await decided(http, await card_of(one))
    assert (found["decision"], found["by_rule"]) == ("same", False)
    assert (found["score"], found["reasons"]) == (0.9, ["title_same"])


async def test_a_partner_reads_nothing_of_decisions(app: Frame, http: httpx.AsyncClient) -> None:
    one, _other = await joined_by_rule({"uid": UID}, {"uid": UID})
    card = await card_of(one)
    token = await token_for("partner", scope=Scope(partners=(await partner_of(card),)))
    http.headers["authorization"] = f"Bearer {token}"
    assert await decided(http, card) == []
    http.headers.pop("authorization")
    await console(http, "partner", partners=(await partner_of(card),))
    assert "History" not in (await http.get(f"/partner/cards/{card}")).text
    assert "History" not in (await http.get("/partner/cards")).text


async def test_that_they_are_different_is_taken_back_on_the_page(http: httpx.AsyncClient) -> None:
    one, other, likeness = await pair()
    csrf = await console(http)
    base = f"{CARDS}/{await card_of(one)}"
    await http.post(f"{base}/likenesses/{likeness}", data={"csrf": csrf, "decision": "different"})
    listed = (await http.get(CARDS)).text
    assert "Nothing to decide" in listed
    assert f'action="{CARDS}/{await card_of(other)}/likenesses/{likeness}"' in listed or (
        f'action="{base}/likenesses/{likeness}"' in listed
    )
    undone = await http.post(f"{base}/likenesses/{likeness}", data={"csrf": csrf, "decision": "undo"})
    assert (undone.status_code, undone.headers["location"]) == (303, f"{base}?done=undone")
    assert await value("SELECT decision FROM likeness") == ""
    assert "Is this one event?" in (await http.get(base)).text
    assert "Take back" not in (await http.get(CARDS)).text
    assert await value("SELECT count(*) FROM audit_entry WHERE action = 'likeness.undo'") == 1


async def test_what_is_taken_back_twice_is_refused_in_words(http: httpx.AsyncClient) -> None:
    one, _other, likeness = await pair()
    csrf = await console(http)
    base = f"{CARDS}/{await card_of(one)}"
    answer = await http.post(f"{base}/likenesses/{likeness}", data={"csrf": csrf, "decision": "undo"})
    assert answer.status_code == 409
    assert "notice--error" in answer.text


async def test_an_automatic_join_is_undone_and_not_made_again(http: httpx.AsyncClient) -> None:
    one, other = await joined_by_rule({"uid": UID}, {"uid": UID})
    card = await card_of(one)
    csrf = await console(http)
    page = (await http.get(f"{CARDS}/{card}")).text
    assert "They have the same UID." in page
    assert "By a rule" in page
    assert page.count(f'name="record" value="{other}"') == 2
    seen = str(await value("SELECT revision FROM card WHERE id = $1", card))
    answer = await http.post(f"{CARDS}/{card}/split", data={"csrf": csrf, "record": str(other), "seen": seen})
    made = await card_of(other)
    assert (answer.status_code, answer.headers["location"]) == (303, f"{CARDS}/{made}?done=apart")
    await automatic.link([one, other], now=NOW)
    assert (await card_of(one), await card_of(other)) == (card, made)


async def test_a_split_is_taken_back_and_joins_again_by_its_rule(http: httpx.AsyncClient) -> None:
    one, other = await joined_by_rule({"uid": UID}, {"uid": UID})
    csrf = await console(http)
    seen = str(await value("SELECT revision FROM card"))
    form = {"csrf": csrf, "record": str(other), "seen": seen}
    await http.post(f"{CARDS}/{await card_of(one)}/split", data=form)
    likeness = await value("SELECT id FROM likeness")
    base = f"{CARDS}/{await card_of(other)}"
    assert "They have the same UID." in (await http.get(base)).text
    await http.post(f"{base}/likenesses/{likeness}", data={"csrf": csrf, "decision": "undo"})
    await automatic.link([one, other], now=NOW)
    assert await card_of(one) == await card_of(other)


async def test_the_list_shows_what_was_decided_of_all_cards_latest_first(http: httpx.AsyncClient) -> None:
    one, _other = await joined_by_rule({"uid": UID}, {"uid": UID})
    _first, _second, likeness = await pair()
    await fetch(
        "UPDATE likeness SET decision = 'different', reasons = '[\"title_alike\"]', decided_at = $2 WHERE id = $1",
        likeness,
        NOW + DAY,
    )
    await console(http)
    page = (await http.get(CARDS)).text
    assert page.index("The titles are alike.") < page.index("They have the same UID.")
    assert f'href="{CARDS}/{await card_of(one)}"' in page


async def test_a_card_of_which_nothing_was_decided_has_no_history(http: httpx.AsyncClient) -> None:
    card, _first, _second = await linked()
    await console(http)
    assert "History" not in (await http.get(f"{CARDS}/{card}")).text
