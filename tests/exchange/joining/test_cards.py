"""Whose value of a card is believed, and where those who know it at first hand differ."""

import datetime as dt
from typing import Any
from uuid import UUID

import pytest

from app.core.db import fetch
from app.exchange.agreeing.reach import valid_agreements
from app.exchange.joining import cards
from app.exchange.joining.cards import Authoritative
from tests.clock import NOW
from tests.exchange import planting

pytestmark = pytest.mark.usefixtures("http")
FUKUOKA = {"ja": "福岡市", "en": "Fukuoka"}
KOBE = {"ja": "神戸市", "en": "Kobe"}
LATER = NOW + dt.timedelta(days=1, hours=10)
FIELDS = ("title", "time", "place", "status")


class Town:
    """A city that tells events."""

    def __init__(self, partner: UUID, agreement: UUID, source: UUID) -> None:
        self.partner, self.agreement, self.source = partner, agreement, source

    async def tells(self, card: UUID, **columns: Any) -> UUID:
        """Tell something of a card."""
        return await planting.event(self.source, on=card, **columns)


async def town(slug: str, name: dict[str, str], code: str = "", **agreed: Any) -> Town:
    """Add a city with an agreement and a source."""
    partner = await planting.partner(slug, name=name, code=code)
    agreement = await planting.agreement(partner, **agreed)
    return Town(partner, agreement, await planting.source(agreement))


async def look(card: UUID) -> Authoritative:
    """Return a card as it is believed."""
    found = await cards.authoritative(card, now=NOW)
    assert found is not None
    return found


async def test_who_told_first_is_believed_where_no_city_is_named() -> None:
    one, other, card = await town("one", FUKUOKA), await town("other", KOBE), await planting.card()
    await other.tells(card, first_seen_at=NOW)
    first = await one.tells(card, first_seen_at=NOW - dt.timedelta(days=1))
    found = await look(card)
    assert {field: found.tellers[field].id for field in FIELDS} == dict.fromkeys(FIELDS, first)


PLACES: dict[str, dict[str, Any]] = {
    "by its address": {"body": {"address": "福岡市中央区天神1-8-1"}},
    "by the name of the place": {"place": "福岡市役所前ふれあい広場"},
    "by the place in Latin letters": {"place": "Tenjin, Fukuoka"},
    "by the municipal code": {"body": {"others": {"都道府県コード又は市区町村コード": "401307"}}},
}


@pytest.mark.parametrize("case", PLACES)
async def test_the_city_in_which_it_takes_place_is_believed(case: str) -> None:
    home, guest, card = await town("one", FUKUOKA, "401307"), await town("other", KOBE, "281000"), await planting.card()
    await guest.tells(card, first_seen_at=NOW - dt.timedelta(days=9), **PLACES[case])
    mine = await home.tells(card, starts_at=LATER, **PLACES[case])
    found = await look(card)
    assert found.owner is not None
    assert (found.owner.id, found.tellers["time"].id) == (mine, mine)


async def test_a_city_goes_before_its_prefecture() -> None:
    prefecture = await town("pref", {"ja": "神奈川県", "en": "Kanagawa"})
    city, card = await town("city", {"ja": "横浜市", "en": "Yokohama"}), await planting.card()
    where = {"body": {"address": "神奈川県横浜市西区みなとみらい1-1-1"}}
    await prefecture.tells(card, first_seen_at=NOW - dt.timedelta(days=9), **where)
    mine = await city.tells(card, **where)
    assert (await look(card)).tellers["time"].id == mine


async def test_a_copy_is_never_believed_beside_an_original() -> None:
    one, other, card = await town("one", FUKUOKA), await town("other", KOBE), await planting.card()
    await other.tells(card, origin="x@one", first_seen_at=NOW - dt.timedelta(days=9), body={"description": "Copied"})
    mine = await one.tells(card, uid="x@one")
    found = await look(card)
    assert {found.tellers[field].id for field in (*FIELDS, "description")} == {mine}


async def test_a_copy_tells_where_nobody_knows_from_whom_it_came() -> None:
    one, card = await town("one", FUKUOKA), await planting.card()
    copied = await one.tells(card, origin="x@far")
    found = await look(card)
    assert found.alive
    assert found.tellers["title"].id == copied


async def test_what_the_owner_does_not_say_the_next_one_says() -> None:
    one, other, card = await town("one", FUKUOKA), await town("other", KOBE), await planting.card()
    mine = await one.tells(card, place="福岡市役所", first_seen_at=NOW - dt.timedelta(days=1))
    theirs = await other.tells(card, place="別の場所", body={"description": "Bring a lamp."})
    found = await look(card)
    assert (found.tellers["place"].id, found.tellers["description"].id) == (mine, theirs)


@pytest.mark.parametrize("state", ["withdrawn", "deleted"])
@pytest.mark.parametrize("origin", ["", "x@one"])
async def test_nobody_keeps_an_event_alive_that_its_own_city_withdrew(state: str, origin: str) -> None:
    one, other, card = await town("one", FUKUOKA), await town("other", KOBE), await planting.card()
    await one.tells(card, uid="x@one", state=state, first_seen_at=NOW - dt.timedelta(days=1))
    await other.tells(card, origin=origin)
    assert not (await look(card)).alive


async def test_an_event_lives_while_an_officer_has_not_decided() -> None:
    one, card = await town("one", FUKUOKA), await planting.card()
    await one.tells(card, state="missing")
    assert (await look(card)).alive


async def test_an_agreement_that_is_over_silences_its_city_and_the_copies() -> None:
    over: dict[str, Any] = {"valid_until": dt.date(2026, 11, 1), "renews": False}
    one, other, card = await town("one", FUKUOKA, **over), await town("other", KOBE), await planting.card()
    await one.tells(card, uid="x@one")
    await other.tells(card, origin="x@one")
    found = await look(card)
    assert (found.alive, found.owner, found.heard) == (False, None, found.heard)
    assert not found.tellers


async def test_what_nobody_has_looked_at_yet_is_not_heard() -> None:
    one, card = await town("one", FUKUOKA), await planting.card()
    await one.tells(card)
    await fetch("UPDATE source SET live_at = NULL")
    assert not (await look(card)).alive


DIFFERENT: dict[str, tuple[dict[str, Any], dict[str, Any], tuple[str, ...]]] = {
    "nothing": ({}, {}, ()),
    "another start, and the end with it": ({}, {"starts_at": LATER}, ("start", "end")),
    "another end": ({}, {"ends_at": LATER + dt.timedelta(hours=5)}, ("end",)),
    "no end is told": ({}, {"ends_at": NOW + dt.timedelta(days=1, hours=9)}, ()),
    "canceled by one": ({}, {"status": "cancelled"}, ("status",)),
    "another place": ({"place": "市民会館"}, {"place": "中央公園"}, ("place",)),
    "the same place in other words": ({"place": "福岡市民会館 大ホール"}, {"place": "福岡市民会館"}, ()),
    "the same spot under two names": (
        {"place": "ふれあい広場", "latitude": 33.5902, "longitude": 130.4017},
        {"place": "市役所西側", "latitude": 33.5903, "longitude": 130.4015},
        (),
    ),
    "a place that one of them does not tell": ({"place": "福岡市民会館"}, {}, ()),
    "a whole day and a time on it": (
        {"first_day": dt.date(2026, 11, 22), "last_day": dt.date(2026, 11, 22)},
        {},
        (),
    ),
    "another day": (
        {"first_day": dt.date(2026, 11, 23), "last_day": dt.date(2026, 11, 23)},
        {"first_day": dt.date(2026, 11, 22), "last_day": dt.date(2026, 11, 22)},
        ("start", "end"),
    ),
    "a copy lags behind": ({"uid": "x@one"}, {"origin": "x@one", "starts_at": LATER}, ()),
}


@pytest.mark.parametrize("case", DIFFERENT)
async def test_differences_are_what_somebody_who_goes_there_would_notice(case: str) -> None:
    mine, theirs, expected = DIFFERENT[case]
    one, other, card = await town("one", FUKUOKA), await town("other", KOBE), await planting.card()
    await one.tells(card, **mine)
    await other.tells(card, **theirs)
    assert tuple(found.field for found in (await look(card)).open) == expected


async def test_an_audience_sees_each_field_as_its_teller_agreed() -> None:
    closed: dict[str, Any] = {"fields": {"place": "confidential", "organiser": "partner"}}
    one, other, card = await town("one", FUKUOKA, **closed), await town("other", KOBE), await planting.card()
    await one.tells(
        card, place="秘密の場所", body={"organiser": "実行委員会"}, first_seen_at=NOW - dt.timedelta(days=1)
    )
    await other.tells(card, place="メリケンパーク", body={"description": "Bring a lamp."})
    agreements = {found.id: found for found in await valid_agreements(NOW)}
    found = await look(card)
    seen = [cards.shown(found, agreements, audience) for audience in ("public", "partner", "officer")]
    told = [(view.place, view.organiser, view.description) for view in seen if view]
    lamp = "Bring a lamp."
    assert told == [("", "", lamp), ("", "実行委員会", lamp), ("秘密の場所", "実行委員会", lamp)]


async def test_nothing_is_seen_of_an_event_whose_title_is_kept() -> None:
    one, card = await town("one", FUKUOKA, fields={"title": "confidential"}), await planting.card()
    await one.tells(card)
    agreements = {found.id: found for found in await valid_agreements(NOW)}
    assert cards.shown(await look(card), agreements, "public") is None
