"""What officers decide about cards, through the API: one event or two, whose value, whose event."""

import asyncio
import datetime as dt
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from app.core import audit
from app.core.db import fetch
from app.core.web.frame import Frame
from app.exchange.joining import automatic, cards
from app.people.roles import Scope
from tests.clock import NOW
from tests.conftest import client
from tests.doors import token_for, value
from tests.exchange import planting

TITLE = "第40回 港の花火大会"
LATER = NOW + dt.timedelta(days=1, hours=10)


async def officer(app: Frame) -> httpx.AsyncClient:
    """Return a client of an officer."""
    return client(app, await token_for("officer"))


async def pair(**other: Any) -> tuple[UUID, UUID, UUID]:
    """Plant the same event in two cities, on two cards, and a proposal; return both records and the proposal."""
    made = [await planting.event((await planting.city())[2], TITLE, **columns) for columns in ({}, other)]
    return made[0], made[1], await proposal(*made)


async def proposal(one: UUID, other: UUID) -> UUID:
    """Propose that two are one."""
    return await planting.insert(
        "likeness", one=min(one, other), other=max(one, other), score=0.9, reasons=["title_same"], found_at=NOW
    )


async def card_of(event: UUID) -> UUID:
    """Return the card a record is on."""
    found = await value("SELECT card FROM exchanged_event WHERE id = $1", event)
    assert isinstance(found, UUID)
    return found


async def decide(http: httpx.AsyncClient, likeness: UUID, decision: str) -> httpx.Response:
    """Decide about a proposal."""
    return await http.post(f"/api/v1/conflicts/{likeness}/decision", json={"decision": decision})


async def test_one_event_comes_onto_one_card(app: Frame, rollback: None) -> None:
    one, other, likeness = await pair()
    async with await officer(app) as http:
        answer = await decide(http, likeness, "same")
        waiting = (await http.get("/api/v1/conflicts")).json()["conflicts"]
    assert (answer.status_code, waiting) == (204, [])
    assert await card_of(one) == await card_of(other)
    assert await value("SELECT count(*) FROM card") == 1
    assert await value("SELECT count(*) FROM audit_entry WHERE action = 'likeness.same'") == 1
    assert (await audit.verify()).broken == 0


async def test_two_events_stay_two_and_are_not_asked_again(app: Frame, rollback: None) -> None:
    one, other, likeness = await pair()
    async with await officer(app) as http:
        await decide(http, likeness, "different")
        assert (await http.get("/api/v1/conflicts")).json()["conflicts"] == []
        await http.post(f"/api/v1/conflicts/{likeness}/undo")
        again = (await http.get("/api/v1/conflicts")).json()["conflicts"]
    assert await card_of(one) != await card_of(other)
    assert [found["likeness"] for found in again] == [str(likeness)]


async def test_the_second_officer_is_told_that_somebody_was_faster(app: Frame, rollback: None) -> None:
    _one, _other, likeness = await pair()
    async with await officer(app) as http:
        await decide(http, likeness, "different")
        answer = await decide(http, likeness, "same")
    assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (409, "outdated")


async def test_two_officers_at_once(app: Frame, committed: None) -> None:
    _one, _other, likeness = await pair()
    async with await officer(app) as first, await officer(app) as second:
        answers = await asyncio.gather(decide(first, likeness, "same"), decide(second, likeness, "different"))
    assert sorted(answer.status_code for answer in answers) == [204, 409]


async def test_two_events_of_one_source_cannot_be_one(app: Frame, rollback: None) -> None:
    _p, _a, source = await planting.city()
    likeness = await proposal(await planting.event(source, TITLE), await planting.event(source, TITLE))
    async with await officer(app) as http:
        answer = await decide(http, likeness, "same")
    assert answer.status_code == 409
    assert await value("SELECT decision FROM likeness") == ""


async def test_a_part_of_a_card_is_split_off_and_stays_off(app: Frame, rollback: None) -> None:
    one, other, likeness = await pair(uid="same@city.example")
    await fetch("UPDATE exchanged_event SET uid = 'same@city.example'")
    async with await officer(app) as http:
        await decide(http, likeness, "same")
        card = await card_of(one)
        seen = (await http.get(f"/api/v1/cards/{card}")).json()["revision"]
        answer = await http.post(f"/api/v1/cards/{card}/split", json={"record": str(other), "revision": seen})
    await automatic.link([one, other], now=NOW)
    assert answer.status_code == 200
    assert str(await card_of(other)) == answer.json()["card"]
    assert await card_of(one) == card


async def test_a_card_with_one_telling_is_not_split(app: Frame, rollback: None) -> None:
    event = await planting.event((await planting.city())[2], TITLE)
    async with await officer(app) as http:
        body = {"record": str(event), "revision": 0}
        answer = await http.post(f"/api/v1/cards/{await card_of(event)}/split", json=body)
    assert answer.status_code == 409


async def linked(**other: Any) -> tuple[UUID, UUID, UUID]:
    """Plant one card that two cities tell; return it with both records."""
    card = await planting.card()
    first = await planting.event((await planting.city())[2], TITLE, on=card, first_seen_at=NOW - dt.timedelta(days=1))
    return card, first, await planting.event((await planting.city())[2], TITLE, on=card, **other)


async def choose(http: httpx.AsyncClient, card: UUID, field: str, told_by: UUID | None, seen: int) -> httpx.Response:
    """Choose a value."""
    body = {"field": field, "told_by": str(told_by) if told_by else None, "revision": seen}
    return await http.post(f"/api/v1/cards/{card}/choices", json=body)


async def teller(card: UUID, field: str) -> UUID:
    """Return whose value is believed."""
    found = await cards.authoritative(card, now=NOW)
    assert found is not None
    return found.tellers[field].id


async def test_a_chosen_value_counts_until_one_of_them_changes(app: Frame, rollback: None) -> None:
    card, first, second = await linked(starts_at=LATER)
    async with await officer(app) as http:
        assert [c["fields"] for c in (await http.get("/api/v1/conflicts")).json()["conflicts"]] == [["start", "end"]]
        answer = await choose(http, card, "time", second, 0)
        assert {d["chosen"] for d in answer.json()["differences"]} == {str(second)}
        assert (await http.get("/api/v1/conflicts")).json()["conflicts"] == []
        assert await teller(card, "time") == second
        await fetch("UPDATE exchanged_event SET starts_at = starts_at - interval '1 hour' WHERE id = $1", first)
        assert await teller(card, "time") == first
        assert len((await http.get("/api/v1/conflicts")).json()["conflicts"]) == 1


async def test_a_choice_is_taken_back(app: Frame, rollback: None) -> None:
    card, first, second = await linked(starts_at=LATER)
    async with await officer(app) as http:
        await choose(http, card, "time", second, 0)
        await choose(http, card, "time", None, 1)
    assert await teller(card, "time") == first


async def test_a_choice_does_not_touch_the_other_fields(app: Frame, rollback: None) -> None:
    card, first, second = await linked(starts_at=LATER, status="cancelled")
    async with await officer(app) as http:
        await choose(http, card, "status", second, 0)
    assert (await teller(card, "status"), await teller(card, "time")) == (second, first)


async def test_an_officer_names_the_city_that_answers(app: Frame, rollback: None) -> None:
    card, _first, second = await linked(starts_at=LATER)
    async with await officer(app) as http:
        await choose(http, card, "owner", second, 0)
    assert await teller(card, "time") == second


async def test_a_choice_about_a_card_that_has_changed_is_refused(app: Frame, rollback: None) -> None:
    card, first, second = await linked(starts_at=LATER)
    async with await officer(app) as http:
        await choose(http, card, "time", second, 0)
        answer = await choose(http, card, "time", first, 0)
    assert answer.status_code == 409
    assert await teller(card, "time") == second


async def test_a_choice_of_somebody_elses_telling_is_not_found(app: Frame, rollback: None) -> None:
    card, _first, _second = await linked(starts_at=LATER)
    stranger = await planting.event((await planting.city())[2], TITLE)
    async with await officer(app) as http:
        assert (await choose(http, card, "time", stranger, 0)).status_code == 404
        assert (await choose(http, uuid4(), "time", stranger, 0)).status_code == 404


async def test_what_a_partner_tells_becomes_an_event_of_ours(app: Frame, rollback: None) -> None:
    ours = await value("SELECT id FROM event WHERE published_at IS NOT NULL ORDER BY id LIMIT 1")
    assert isinstance(ours, UUID)
    event = await planting.event((await planting.city())[2], TITLE)
    likeness = await proposal(event, ours)
    async with await officer(app) as http:
        assert [len(c["tellings"]) for c in (await http.get("/api/v1/conflicts")).json()["conflicts"]] == [2]
        await decide(http, likeness, "same")
        card = (await http.get(f"/api/v1/cards/{await card_of(event)}")).json()
    assert card["event"] == str(ours)
    assert [told["ours"] for told in card["tellings"]] == [True, False]
    assert await value("SELECT revision FROM event WHERE id = $1", ours) == 0


async def partner_client(app: Frame, partner: UUID) -> httpx.AsyncClient:
    """Return a client of a partner city."""
    return client(app, await token_for("partner", scope=Scope(partners=(partner,))))


async def test_a_partner_sees_of_others_what_they_let_it_see(app: Frame, rollback: None) -> None:
    mine, _agreement, source = await planting.city()
    card = await planting.card()
    await planting.event(source, TITLE, on=card, place="市民会館", body={"phone": "045-000-0000"})
    other = await planting.partner()
    closed = await planting.agreement(other, fields={"place": "confidential", "organiser": "partner"})
    body = {"phone": "092-111-2222", "organiser": "実行委員会"}
    await planting.event(await planting.source(closed), TITLE, on=card, place="中央公園", body=body, starts_at=LATER)
    async with await partner_client(app, mine) as http:
        [found] = (await http.get("/api/v1/cards")).json()["cards"]
        text = (await http.get("/api/v1/conflicts")).text
    told = [(one["said"]["place"], one["said"]["phone"], one["said"]["organiser"]) for one in found["tellings"]]
    assert sorted(told) == [("", "", ""), ("市民会館", "045-000-0000", "")]
    assert [one["field"] for one in found["differences"]] == ["start", "end"]
    assert "中央公園" not in text
    assert "092-111-2222" not in text


async def test_a_partner_sees_nothing_of_cards_without_it(app: Frame, rollback: None) -> None:
    mine, _agreement, _source = await planting.city()
    card, _first, _second = await linked(starts_at=LATER)
    async with await partner_client(app, mine) as http:
        assert (await http.get("/api/v1/cards")).json()["cards"] == []
        assert (await http.get("/api/v1/conflicts")).json()["conflicts"] == []
        assert (await http.get(f"/api/v1/cards/{card}")).status_code == 404


async def test_a_private_event_of_another_city_is_not_there_for_a_partner(app: Frame, rollback: None) -> None:
    mine, _agreement, source = await planting.city()
    card = await planting.card()
    own = await planting.event(source, TITLE, on=card)
    secret = await planting.event((await planting.city())[2], "内密の会", on=card, access="private", starts_at=LATER)
    await proposal(own, await planting.event((await planting.city())[2], "秘密の花火大会", access="private"))
    async with await partner_client(app, mine) as http:
        found = (await http.get(f"/api/v1/cards/{card}")).json()
        assert (await http.get("/api/v1/conflicts")).json()["conflicts"] == []
    assert [one["id"] for one in found["tellings"]] == [str(own)]
    assert (found["differences"], found["proposals"]) == ([], [])
    assert str(secret) not in str(found)


async def test_lists_are_paged(app: Frame, rollback: None) -> None:
    for _ in range(3):
        await pair()
    async with await officer(app) as http:
        first = await http.get("/api/v1/conflicts?limit=2")
        second = await http.get(first.links["next"]["url"])
        cards_of = await http.get("/api/v1/cards?limit=4")
        rest = await http.get(cards_of.links["next"]["url"])
    seen = [found["likeness"] for answer in (first, second) for found in answer.json()["conflicts"]]
    assert (len(seen), len(set(seen)), "next" in second.links) == (3, 3, False)
    assert [len(answer.json()["cards"]) for answer in (cards_of, rest)] == [4, 2]


@pytest.mark.parametrize("cursor", ["", "x", "MSAxIDE", "MSAyMDI2LTExLTIyIDE"])
async def test_a_cursor_that_is_none_begins_at_the_beginning(app: Frame, rollback: None, cursor: str) -> None:
    await pair()
    async with await officer(app) as http:
        answer = await http.get(f"/api/v1/conflicts?cursor={cursor}")
    assert (answer.status_code, len(answer.json()["conflicts"])) == (200, 1)
