"""What joins without an officer: an identity of its own, and never against what the titles say."""

import datetime as dt
from typing import Any
from uuid import UUID

import httpx
import pytest

from app.core.db import fetch
from app.exchange.joining import automatic
from app.exchange.merging.rows import incoming  # noqa: F401  # the shape of a row
from tests.clock import NOW
from tests.doors import value
from tests.exchange import planting

pytestmark = pytest.mark.usefixtures("http")
TITLE = "第40回 港の花火大会"
PAGE = "https://www.example.jp/events/fireworks-40/"
UID = "4f1c9a52-77b1-4c07-9d0b-0a6d5a0f4f11@city.example.jp"
EVENING = NOW + dt.timedelta(days=1, hours=9)
WHOLE = {"first_day": dt.date(2026, 11, 22), "last_day": dt.date(2026, 11, 22)}


async def told(*tellings: dict[str, Any]) -> list[UUID]:
    """Let each telling come from a city of its own; return the cards they are on after linking."""
    made = []
    for one in tellings:
        _partner, _agreement, source = await planting.city()
        made.append(await planting.event(source, one.pop("title", TITLE), **one))
    await automatic.link(made, now=NOW)
    return [await card_of(one) for one in made]


async def card_of(event: UUID) -> UUID:
    """Return the card a record is on."""
    found = await value("SELECT card FROM exchanged_event WHERE id = $1", event)
    assert isinstance(found, UUID)
    return found


JOINED: dict[str, list[dict[str, Any]]] = {
    "one UID and one start": [{"uid": UID}, {"uid": UID}],
    "one UID, in two languages": [{"uid": UID, "title": "港の花火大会"}, {"uid": UID, "title": "Harbour Fireworks"}],
    "one page, told with and without www, slash and tracking": [
        {"url": PAGE},
        {"url": "http://example.jp/events/fireworks-40?utm_source=kobe&utm_medium=rss"},
    ],
    "a copy of the other": [{"uid": UID}, {"origin": UID}],
    "two copies of a third": [{"origin": UID}, {"origin": UID}],
    "a copy that has not heard of the new date": [
        {"uid": UID, "starts_at": EVENING + dt.timedelta(days=7)},
        {"origin": UID},
    ],
    "one UID, canceled by one of them": [{"uid": UID, "status": "cancelled"}, {"uid": UID}],
    "one UID, for the same whole day": [{"uid": UID, **WHOLE}, {"uid": UID, **WHOLE}],
}
APART: dict[str, list[dict[str, Any]]] = {
    "one UID, another start": [{"uid": UID}, {"uid": UID, "starts_at": EVENING + dt.timedelta(days=7)}],
    "a UID that counts events, other titles": [{"uid": "12", "title": "港の朝市"}, {"uid": "12", "title": "雪まつり"}],
    "one UID, another number": [{"uid": UID}, {"uid": UID, "title": "第41回 港の花火大会"}],
    "one UID, another half of the day": [
        {"uid": UID, "title": "絵本を読む会 午前の部"},
        {"uid": UID, "title": "絵本を読む会 午後の部"},
    ],
    "an exporter with one UID for everything": [
        {"uid": "event@calendar.example.jp", "title": "市民公開講座「糖尿病とつきあう」"},
        {"uid": "event@calendar.example.jp", "title": "クリスマスコンサート"},
    ],
    "one UID, in two languages, in two places": [
        {"uid": UID, "title": "港の花火大会", "place": "横浜港大さん橋", "latitude": 35.45, "longitude": 139.65},
        {"uid": UID, "title": "Harbour Fireworks", "place": "Meriken Park", "latitude": 34.68, "longitude": 135.19},
    ],
    "one UID, two dates of a series": [{"uid": UID}, {"uid": UID, "recurrence_id": "2026-11-29T10:00:00+00:00"}],
    "the page of a series, another number": [{"url": PAGE}, {"url": PAGE, "title": "第41回 港の花火大会"}],
    "the page of a series, another day": [{"url": PAGE}, {"url": PAGE, "starts_at": EVENING + dt.timedelta(days=1)}],
    "a page of all events, other titles": [
        {"url": "https://example.jp/guide/list", "title": "港の朝市"},
        {"url": "https://example.jp/guide/list", "title": "雪まつり"},
    ],
    "the front page of a site": [{"url": "https://example.jp/"}, {"url": "https://www.example.jp"}],
    "the front page in a language": [{"url": "https://example.jp/ja/"}, {"url": "https://example.jp/ja/index.html"}],
    "pages that differ in a number": [
        {"url": "https://example.jp/event.jsp?id=12"},
        {"url": "https://example.jp/event.jsp?id=13"},
    ],
    "one page, a part of the event": [
        {"url": PAGE, "title": "港の写真展"},
        {"url": PAGE, "title": "港の写真展 ギャラリートーク"},
    ],
    "one page, a whole day and a session of it": [{"url": PAGE}, {"url": PAGE, **WHOLE}],
    "a copy whose origin numbers its events": [
        {"uid": "7", "title": "港の朝市"},
        {"origin": "7", "title": "第2回 商店街フリーマーケット"},
    ],
    "a UID that we made": [
        {"uid": "made-1", "body": {"made_uid": True}, "title": "港の朝市"},
        {"uid": "made-1", "body": {"made_uid": True}, "title": "港の朝市"},
    ],
    "nothing in common but the title and the time": [{}, {}],
}


@pytest.mark.parametrize("case", JOINED)
async def test_joins_what_has_one_identity(case: str) -> None:
    one, other = await told(*JOINED[case])
    assert one == other
    assert await value("SELECT count(*) FROM card") == 1


@pytest.mark.parametrize("case", APART)
async def test_joins_nothing_that_may_be_another_event(case: str) -> None:
    one, other = await told(*APART[case])
    assert one != other


async def test_an_address_that_two_events_of_a_source_share_joins_nothing() -> None:
    _p, _a, source = await planting.city()
    _q, _b, other = await planting.city()
    mine = await planting.event(source, TITLE, url=PAGE)
    await planting.event(source, "別の催し", url=PAGE, starts_at=EVENING + dt.timedelta(days=3))
    theirs = await planting.event(other, TITLE, url=PAGE)
    await automatic.link([theirs], now=NOW)
    assert await card_of(mine) != await card_of(theirs)


async def test_an_origin_that_two_events_of_a_source_claim_joins_nothing() -> None:
    _p, _a, source = await planting.city()
    _q, _b, other = await planting.city()
    mine = await planting.event(source, TITLE, uid=UID)
    copies = [await planting.event(other, TITLE, origin=UID) for _ in range(2)]
    await automatic.link(copies, now=NOW)
    assert len({await card_of(one) for one in (mine, *copies)}) == 3


async def test_two_events_of_one_source_are_never_one() -> None:
    _p, _a, source = await planting.city()
    _q, _b, other = await planting.city()
    first = await planting.event(source, TITLE, uid=UID)
    second = await planting.event(source, TITLE, url=PAGE)
    both = await planting.event(other, TITLE, uid=UID, url=PAGE)
    await automatic.link([first, second, both], now=NOW)
    assert await card_of(first) != await card_of(second)
    assert await card_of(both) in {await card_of(first), await card_of(second)}


async def test_three_cities_come_onto_the_oldest_card() -> None:
    cities = [(await planting.city())[2] for _ in range(3)]
    cards = [await planting.card(created_at=NOW - dt.timedelta(days=days)) for days in (1, 3, 2)]
    made = [await planting.event(s, TITLE, uid=UID, on=c) for s, c in zip(cities, cards, strict=True)]
    await automatic.link([made[0]], now=NOW)
    assert [await card_of(one) for one in made] == [cards[1]] * 3
    assert [row["reasons"] for row in await fetch("SELECT DISTINCT reasons FROM likeness")] == ['["same_uid"]']


async def test_our_own_events_that_come_back_join_nothing() -> None:
    one, other = await told({"uid": UID, "own": True}, {"uid": UID})
    assert one != other


async def test_what_an_officer_has_parted_stays_apart() -> None:
    _p, _a, source = await planting.city()
    _q, _b, other = await planting.city()
    one, two = await planting.event(source, TITLE, uid=UID), await planting.event(other, TITLE, uid=UID)
    await planting.insert(
        "likeness", one=min(one, two), other=max(one, two), score=1.0, reasons=[], found_at=NOW, decision="different"
    )
    await automatic.link([one, two], now=NOW)
    assert await card_of(one) != await card_of(two)


async def test_linking_twice_changes_nothing(http: httpx.AsyncClient) -> None:
    _p, _a, source = await planting.city()
    _q, _b, other = await planting.city()
    made = [await planting.event(source, TITLE, uid=UID), await planting.event(other, TITLE, uid=UID)]
    await automatic.link(made, now=NOW)
    before = await fetch("SELECT id, revision FROM card")
    await automatic.link(made, now=NOW)
    assert await fetch("SELECT id, revision FROM card") == before
