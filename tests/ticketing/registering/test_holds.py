"""Places kept while somebody fills in the form."""

import asyncio
import datetime as dt
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from app.core import jobs
from app.core.db import fetch
from app.core.web.frame import Frame
from app.ticketing.registering import offers
from app.ticketing.registering.holds import LASTS
from tests.clock import NOW, Clock
from tests.conftest import client
from tests.doors import value
from tests.ticketing import settings
from tests.ticketing.wishes import member, register, wish

HOLDS = "/api/v1/conventions/yokohama-2026/holds"
TAKEN = "SELECT taken FROM quota WHERE slug = 'citywide'"


@pytest.fixture(autouse=True)
def _fresh_offers() -> Iterator[None]:
    offers.forget()
    yield
    offers.forget()


async def scarce(places: int) -> None:
    await fetch("UPDATE quota SET capacity = $1 WHERE slug = 'citywide'", places)


async def hold(http: httpx.AsyncClient, **wanted: int) -> httpx.Response:
    return await http.post(HOLDS, json={"wanted": {slug.replace("_", "-"): n for slug, n in wanted.items()}})


async def test_places_held_are_not_for_others_but_for_whoever_holds_them(http: httpx.AsyncClient) -> None:
    await scarce(2)
    held = await hold(http, citywide_pass=2)
    other = await register(http, wish(member(name="Other"), email="other@example.org"))
    own = await register(http, wish(member(), member(name="B"), hold=held.json()["hold"]))

    assert (held.status_code, other.status_code, own.status_code) == (201, 409, 201)
    assert held.json()["expires_at"] == (NOW + LASTS).isoformat().replace("+00:00", "Z")
    assert await value(TAKEN) == 2
    assert await value("SELECT count(*) FROM hold") == 0


async def test_rest_of_a_hold_is_free_again_soon(http: httpx.AsyncClient, clock: Clock) -> None:
    await scarce(3)
    held = await hold(http, citywide_pass=3)
    await register(http, wish(hold=held.json()["hold"]))
    assert await value(TAKEN) == 3, "until the job that offers the rest to those who wait"

    await jobs.drain(clock)

    assert await value(TAKEN) == 1
    assert await value("SELECT count(*) FROM hold") == 0


async def test_hold_is_over_after_a_quarter_of_an_hour(http: httpx.AsyncClient, clock: Clock) -> None:
    await scarce(1)
    await hold(http, citywide_pass=1)
    clock.forward(minutes=14, seconds=59)
    await jobs.drain(clock)
    early = await register(http, wish())
    clock.forward(seconds=1)
    await jobs.drain(clock)
    late = await register(http, wish())

    assert (early.status_code, late.status_code) == (409, 201)


async def test_hold_given_back_is_free_at_once(http: httpx.AsyncClient) -> None:
    await scarce(1)
    token = (await hold(http, citywide_pass=1)).json()["hold"]
    gone = await http.delete(f"/api/v1/holds/{token}")
    again = await http.delete(f"/api/v1/holds/{token}")
    unknown = await http.delete(f"/api/v1/holds/{token[:-4]}AAAA")

    assert (gone.status_code, again.status_code, unknown.status_code) == (204, 204, 404)
    assert await value(TAKEN) == 0


async def test_hold_takes_all_or_nothing(http: httpx.AsyncClient) -> None:
    await settings.quota("annex", 1, used_by="online-pass")
    refused = await hold(http, citywide_pass=1, online_pass=2)

    assert refused.status_code == 409
    assert [(q["quota"], q["wanted"]) for q in refused.json()["full"]] == [("annex", 2)]
    assert await value("SELECT sum(taken) FROM quota") == 0


async def test_hold_smaller_than_the_party_is_topped_up_or_the_party_is_refused(http: httpx.AsyncClient) -> None:
    await scarce(3)
    token = (await hold(http, citywide_pass=2)).json()["hold"]
    party = [member(name=n) for n in "ABCD"]

    refused = await register(http, wish(*party, hold=token))
    assert (refused.status_code, await value(TAKEN)) == (409, 2), "what was kept is still kept"
    assert (await register(http, wish(*party[:3], hold=token))).status_code == 201
    assert await value(TAKEN) == 3


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        ({"nothing": 1}, "wanted.nothing"),
        ({"citywide-pass": 41}, "wanted"),
        ({"citywide-pass": 0}, "wanted"),
        ({}, "wanted"),
        ({"citywide-pass": 21, "online-pass": 20}, "wanted"),
    ],
)
async def test_wrong_wish_is_named(http: httpx.AsyncClient, wanted: Any, field: str) -> None:
    answer = await http.post(HOLDS, json={"wanted": wanted})
    assert answer.status_code == 422
    assert [e["field"] for e in answer.json()["errors"]] == [field]


async def test_hold_of_somebody_else_brings_nothing_twice(app: Frame, committed: None) -> None:
    """Two registrations with one hold at once: its places serve one of them."""
    try:
        async with client(app) as http:
            await scarce(2)
            token = (await hold(http, citywide_pass=2)).json()["hold"]
            told = await asyncio.gather(*(
                register(http, wish(member(), member(name="B"), email=f"g{n}@example.org", hold=token))
                for n in range(5)
            ))  # fmt: skip
        assert sorted(a.status_code for a in told) == [201, 409, 409, 409, 409]
        assert await value(TAKEN) == 2
    finally:
        await scarce(20_000)


async def test_lapse_and_registration_at_once_count_the_places_once(app: Frame, committed: None, clock: Clock) -> None:
    try:
        async with client(app) as http:
            await scarce(1)
            token = (await hold(http, citywide_pass=1)).json()["hold"]
            clock.moment = NOW + LASTS + dt.timedelta(seconds=1)
            told, _ = await asyncio.gather(register(http, wish(hold=token)), jobs.drain(clock))
        assert told.status_code == 201
        assert await value(TAKEN) == 1
    finally:
        await scarce(20_000)
