"""Walk-ups: every tap is stored once, whoever sends it however often, and stays a line of its own."""

import datetime as dt
import re
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from app.attendance.counting import places, queries
from app.attendance.counting.queries import WalkUps
from app.core.db import fetch
from app.core.web.frame import Frame
from app.people.roles import Scope
from tests.attendance.factories import Place, gates
from tests.clock import NOW, Clock
from tests.conftest import client
from tests.doors import token_for, value


def tap(seq: int, residence: str | None = "JP", at: dt.datetime = NOW, **more: Any) -> dict[str, Any]:
    return {"seq": seq, "residence": residence, "tapped_at": at.isoformat(), **more}


async def upload(phone: httpx.AsyncClient, event: UUID, *taps: dict[str, Any]) -> list[tuple[int, str]]:
    answer = await phone.post(f"/api/v1/events/{event}/walk-ups", json={"taps": taps})
    assert answer.status_code == 200, answer.text
    assert dt.datetime.fromisoformat(answer.json()["server_time"]) == NOW
    return [(one["seq"], one["status"]) for one in answer.json()["receipts"]]


@pytest.fixture
async def gate(rollback: None) -> Place:
    """A gate of an event that takes place today."""
    rows = await fetch("SELECT id FROM event WHERE $1 BETWEEN first_day AND last_day", NOW.date())
    today = {row["id"] for row in rows}
    return next(one for one in await gates() if one.event in today)


async def test_every_tap_is_stored_once_and_answered(phone: httpx.AsyncClient, gate: Place) -> None:
    assert await upload(phone, gate.event, tap(1), tap(2, "KR"), tap(1)) == [
        (1, "stored"),
        (2, "stored"),
        (1, "already_stored"),
    ]
    assert await upload(phone, gate.event, tap(2, "FR"), tap(3, None)) == [(2, "already_stored"), (3, "stored")]
    assert await queries.walk_ups(gate.event) == WalkUps(total=3, by_residence={"JP": 1, "KR": 1}, unsaid=1)


async def test_two_devices_count_with_numbers_of_their_own(app: Frame, phone: httpx.AsyncClient, gate: Place) -> None:
    async with client(app, await token_for("staff", device="Phone 2")) as other:
        assert await upload(phone, gate.event, tap(1)) == [(1, "stored")]
        assert await upload(other, gate.event, tap(1)) == [(1, "stored")]
    assert (await queries.walk_ups(gate.event)).total == 2


@pytest.mark.parametrize("odd", ["XX", "jp", "Japan", "", "ZZ"])
async def test_odd_residence_is_counted_as_unsaid(phone: httpx.AsyncClient, gate: Place, odd: str) -> None:
    assert await upload(phone, gate.event, tap(1, odd)) == [(1, "stored")]
    assert await queries.walk_ups(gate.event) == WalkUps(total=1, by_residence={}, unsaid=1)


async def test_clock_of_the_device_is_corrected_and_a_wild_one_moves_no_day(
    phone: httpx.AsyncClient, gate: Place
) -> None:
    late = {"monotonic_ms": 5, "offset_ms": 3_600_000}
    taps = [
        tap(1, at=NOW - dt.timedelta(hours=1), clock=late),
        tap(2, at=dt.datetime(2031, 4, 1, tzinfo=dt.UTC)),
        {"seq": 3, "tapped_at": "noon"},
        tap(4, at=NOW - dt.timedelta(hours=20)),
    ]
    await upload(phone, gate.event, *taps)
    rows = await fetch("SELECT tapped_at FROM walk_up ORDER BY source")
    assert [row["tapped_at"] for row in rows] == [NOW, NOW, NOW, NOW - dt.timedelta(hours=20)]
    today = NOW.astimezone(dt.timezone(dt.timedelta(hours=9))).date()
    assert (await queries.walk_ups(gate.event, today)).total == 3
    assert (await queries.walk_ups(gate.event, today - dt.timedelta(days=1))).total == 1
    assert await queries.days(gate.event) == [today - dt.timedelta(days=1), today]


async def test_overseas_are_those_who_said_another_country(phone: httpx.AsyncClient, gate: Place) -> None:
    await upload(phone, gate.event, tap(1), tap(2, "KR"), tap(3, "KR"), tap(4, "DE"), tap(5, None))
    found = await queries.walk_ups(gate.event)
    assert (found.total, found.overseas, list(found.by_residence)) == (5, 3, ["KR", "DE", "JP"])
    assert await queries.walk_ups(uuid4()) == WalkUps(total=0, by_residence={}, unsaid=0)


async def test_walk_ups_are_no_evidence_of_a_person(phone: httpx.AsyncClient, gate: Place) -> None:
    await upload(phone, gate.event, tap(1))
    assert await value("SELECT count(*) FROM ledger_entry") == 0


async def test_events_out_of_scope_and_people_without_a_device(app: Frame, gate: Place) -> None:
    other = next(one for one in await gates() if one.organiser != gate.organiser)
    for scope in (Scope(gates=(gate.id,)), Scope(organisers=(gate.organiser,))):
        async with client(app, await token_for("staff", scope=scope)) as phone:
            assert await upload(phone, gate.event, tap(1)) == [(1, "stored")]
            answer = await phone.post(f"/api/v1/events/{other.event}/walk-ups", json={"taps": [tap(2)]})
            assert answer.status_code == 404
            assert (await phone.get(f"/gate/{other.id}/count")).status_code == 404
            assert (await phone.post(f"/gate/{other.id}/count")).status_code in {404, 422}
    async with client(app, await token_for("staff", bare=True)) as bare:
        answer = await bare.post(f"/api/v1/events/{gate.event}/walk-ups", json={"taps": [tap(1)]})
        assert answer.status_code == 403
    assert await value("SELECT count(*) FROM walk_up") == 2
    async with client(app, await token_for("lead")) as lead:
        assert await upload(lead, gate.event, tap(1)) == [(1, "stored")]


@pytest.mark.parametrize("number", [0, 1001])
async def test_batch_of_one_to_a_thousand(phone: httpx.AsyncClient, gate: Place, number: int) -> None:
    body = {"taps": [tap(n) for n in range(number)]}
    assert (await phone.post(f"/api/v1/events/{gate.event}/walk-ups", json=body)).status_code == 422
    assert await value("SELECT count(*) FROM walk_up") == 0


def visit_of(html: str) -> str:
    found = re.search(r'name="visit" value="([^"]+)"', html)
    assert found is not None
    return found[1]


@pytest.fixture
async def passer_by(http: httpx.AsyncClient) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody in front of a poster, with a phone that keeps no cookies."""
    http.headers["accept"] = "text/html"
    yield http
    assert not http.cookies


async def test_poster_counts_a_page_once(passer_by: httpx.AsyncClient, gate: Place) -> None:
    address = f"/count/{places.poster_token(gate.event)}"
    shown = await passer_by.get(address)
    assert shown.status_code == 200
    assert await value("SELECT count(*) FROM walk_up") == 0, "looking counts nobody"
    form = {"visit": visit_of(shown.text), "residence": "KR"}
    for _ in range(2):
        answer = await passer_by.post(address, data=form)
        assert (answer.status_code, answer.headers["location"]) == (303, f"{address}?done=counted")
    thanked = await passer_by.get(f"{address}?done=counted")
    assert "Thank you" in thanked.text
    assert 'name="residence"' not in thanked.text
    again = visit_of((await passer_by.get(address)).text)
    await passer_by.post(address, data={"visit": again, "residence": "-"})
    assert await queries.walk_ups(gate.event) == WalkUps(total=2, by_residence={"KR": 1}, unsaid=1)


async def test_poster_asks_again_for_what_was_not_chosen(passer_by: httpx.AsyncClient, gate: Place) -> None:
    address = f"/count/{places.poster_token(gate.event)}"
    visit = visit_of((await passer_by.get(address)).text)
    answer = await passer_by.post(address, data={"visit": visit, "residence": ""})
    assert answer.status_code == 422
    assert 'href="#residence"' in answer.text
    assert await value("SELECT count(*) FROM walk_up") == 0


async def test_poster_speaks_the_readers_language(passer_by: httpx.AsyncClient, gate: Place) -> None:
    answer = await passer_by.get(f"/count/{places.poster_token(gate.event)}", headers={"accept-language": "ko"})
    assert 'lang="ko"' in answer.text
    assert ">대한민국<" in answer.text


async def test_pages_not_made_by_us_count_nobody(passer_by: httpx.AsyncClient, gate: Place) -> None:
    other = next(one for one in await gates() if one.event != gate.event)
    address = f"/count/{places.poster_token(gate.event)}"
    foreign = visit_of((await passer_by.get(address)).text)
    for visit in ("x", places.poster_token(gate.event), foreign[:-1] + ("A" if foreign[-1] != "A" else "B")):
        assert (await passer_by.post(address, data={"visit": visit, "residence": "JP"})).status_code == 410
    elsewhere = f"/count/{places.poster_token(other.event)}"
    assert (await passer_by.post(elsewhere, data={"visit": foreign, "residence": "JP"})).status_code == 410
    assert (await passer_by.get("/count/x")).status_code == 404
    assert (await passer_by.get(f"/count/{places.poster_token(uuid4())}")).status_code == 404
    assert await value("SELECT count(*) FROM walk_up") == 0


async def test_poster_left_hanging_counts_nobody(passer_by: httpx.AsyncClient, gate: Place, clock: Clock) -> None:
    address = f"/count/{places.poster_token(gate.event)}"
    visit = visit_of((await passer_by.get(address)).text)
    for days in (-30, 60):
        clock.forward(days=days)
        assert 'name="residence"' not in (await passer_by.get(address)).text
        assert (await passer_by.post(address, data={"visit": visit, "residence": "JP"})).status_code == 410
    clock.forward(days=-30)
    await fetch("UPDATE event SET canceled_at = $2 WHERE id = $1", gate.event, NOW)
    assert (await passer_by.post(address, data={"visit": visit, "residence": "JP"})).status_code == 410
    assert await value("SELECT count(*) FROM walk_up") == 0


async def test_booth_counts_at_its_venue_and_shows_today(phone: httpx.AsyncClient, gate: Place) -> None:
    phone.headers["accept"] = "text/html"
    address = f"/gate/{gate.id}/count"
    for residence in ("JP", "KR"):
        shown = await phone.get(address)
        answer = await phone.post(address, data={"visit": visit_of(shown.text), "residence": residence})
        assert (answer.status_code, answer.headers["location"]) == (303, f"{address}?done=counted")
    after = (await phone.get(f"{address}?done=counted")).text
    assert [int(n) for n in re.findall(r'<dd class="number">(\d+)</dd>', after)] == [2, 1]
    assert 'name="residence"' in after, "the next person is counted without a further tap"
    rows = await fetch("SELECT venue FROM walk_up")
    assert [row["venue"] for row in rows] == [gate.venue] * 2


async def test_organiser_sees_the_figures_and_the_poster(app: Frame, phone: httpx.AsyncClient, gate: Place) -> None:
    address = f"/console/events/{gate.event}/walk-ups"
    mine = await token_for("organiser", scope=Scope(organisers=(gate.organiser,)))
    async with client(app, mine, accept="text/html") as organiser:
        assert "Nobody has been counted yet" in (await organiser.get(address)).text
        await upload(phone, gate.event, tap(1), tap(2, "KR"), tap(3, None))
        shown = (await organiser.get(address)).text
        assert places.poster_url(gate.event) in shown
        numbers = re.findall(r'data-label="(?:All|From abroad|Did not say)" class="number">(\d+)<', shown)
        assert [int(n) for n in numbers] == [3, 1, 1, 1, 1]
    async with client(app, await token_for("organiser", scope=Scope(organisers=(uuid4(),)))) as stranger:
        assert (await stranger.get(address)).status_code == 404
