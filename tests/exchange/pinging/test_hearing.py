"""Pings that come in, through HTTP."""

import datetime as dt
from typing import Any
from uuid import UUID

import httpx
import pytest

from app.core.db import fetch
from app.exchange.pinging.hearing import MOST
from app.exchange.pinging.signature import sign, signed
from tests.clock import NOW, Clock
from tests.doors import value
from tests.exchange import planting

KEY = "the key of pings, as both sides know it"
BODY = b'{"calendar": "https://kobe.example/events.ics", "change": 7}'
ANSWER = {"type": "/problems/not-found", "title": "There is nothing here.", "status": 404}
URL = "https://kobe.example/events.ics"


async def source(**columns: Any) -> UUID:
    _partner, _agreement, made = await planting.city(url=URL, secret=KEY, **columns)
    return made


async def send(http: httpx.AsyncClient, to: object, headers: dict[str, str], body: bytes = BODY) -> httpx.Response:
    sent = {name.encode(): said.encode("latin-1") for name, said in headers.items()}
    return await http.post(f"/api/v1/sources/{to}/ping", content=body, headers=list(sent.items()))


async def promised() -> list[str]:
    return [row["payload"] for row in await fetch("SELECT payload FROM job WHERE name = 'exchange.pull_source'")]


async def test_signed_ping_promises_a_reading_at_once(http: httpx.AsyncClient) -> None:
    made = await source()
    answer = await send(http, made, signed(KEY, BODY, NOW))
    assert answer.status_code == 202
    (payload,) = await promised()
    assert payload == f'{{"why": "ping", "source": "{made}"}}'
    assert await value("SELECT due_at FROM job WHERE name = 'exchange.pull_source'") == NOW


def refusals() -> dict[str, dict[str, str]]:
    right = signed(KEY, BODY, NOW)
    time, given = right.values()
    stale, future = NOW - dt.timedelta(seconds=301), NOW + dt.timedelta(seconds=301)
    names = list(right)
    return {
        "no headers": {},
        "no signature": {names[0]: time},
        "no time": {names[1]: given},
        "wrong key": signed("another key", BODY, NOW),
        "empty key": signed("", BODY, NOW),
        "other body": signed(KEY, b"{}", NOW),
        "stale": signed(KEY, BODY, stale),
        "future": signed(KEY, BODY, future),
        "time changed": {**right, names[0]: str(int(time) + 1)},
        "truncated": {**right, names[1]: given[:-2]},
        "unicode": {**right, names[1]: "v1=" + "é" * 64},
        "unicode time": {names[0]: "¹²³", names[1]: sign(KEY, "¹²³", BODY)},
        "time is no number": {names[0]: "now", names[1]: sign(KEY, "now", BODY)},
    }


@pytest.mark.parametrize("name", refusals())
async def test_ping_that_is_not_ours_finds_nothing(http: httpx.AsyncClient, name: str) -> None:
    made = await source()
    answer = await send(http, made, refusals()[name])
    assert answer.status_code == 404
    assert await promised() == []
    assert await value("SELECT count(*) FROM ping") == 0


@pytest.mark.parametrize("to", ["x", "6d0c6f3e-6a52-4d0c-9a35-0a8a3c4f7f10", "%F0%9F%8E%86", "0" * 4000, "' OR 1=1 --"])
async def test_unknown_source_is_answered_like_a_wrong_signature(http: httpx.AsyncClient, to: str) -> None:
    made = await source()
    wrong = (await send(http, made, signed("another key", BODY, NOW))).json()
    unknown = (await send(http, to, signed(KEY, BODY, NOW))).json()
    assert {**unknown, "instance": ""} == {**wrong, "instance": ""}
    assert ANSWER.items() <= unknown.items()


async def test_source_without_a_key_takes_no_ping(http: httpx.AsyncClient) -> None:
    _partner, _agreement, made = await planting.city(url=URL)
    assert (await send(http, made, signed("", BODY, NOW))).status_code == 404


@pytest.mark.parametrize(
    "columns",
    [
        {"valid_until": NOW.date() - dt.timedelta(days=1), "renews": False},
        {"valid_from": NOW.date() + dt.timedelta(days=1)},
        {"revoked_at": NOW - dt.timedelta(seconds=1)},
    ],
    ids=["ended", "coming", "revoked"],
)
async def test_agreement_that_is_not_valid_takes_no_ping(http: httpx.AsyncClient, columns: dict[str, Any]) -> None:
    agreement = await planting.agreement(await planting.partner(), **columns)
    made = await planting.source(agreement, url=URL, secret=KEY)
    assert (await send(http, made, signed(KEY, BODY, NOW))).status_code == 404
    assert await promised() == []


@pytest.mark.parametrize("columns", [{"paused_at": NOW}, {"kind": "push"}], ids=["paused", "push"])
async def test_source_that_is_not_fetched_takes_the_ping_and_fetches_nothing(
    http: httpx.AsyncClient, columns: dict[str, Any]
) -> None:
    agreement = await planting.agreement(await planting.partner())
    url = "" if "kind" in columns else URL
    made = await planting.source(agreement, url=url, secret=KEY, **columns)
    assert (await send(http, made, signed(KEY, BODY, NOW))).status_code == 202
    assert await promised() == []


async def test_ping_of_one_source_is_none_of_another(http: httpx.AsyncClient) -> None:
    first = await source()
    _partner, _agreement, second = await planting.city(url=URL, secret="another key altogether")
    assert (await send(http, second, signed(KEY, BODY, NOW))).status_code == 404
    assert (await send(http, first, signed(KEY, BODY, NOW))).status_code == 202


async def test_replay_is_refused_within_the_window_and_after(http: httpx.AsyncClient, clock: Clock) -> None:
    made = await source()
    sent = signed(KEY, BODY, NOW)
    assert (await send(http, made, sent)).status_code == 202
    shouting = {name: said.upper().replace("V1", "v1") for name, said in sent.items()}
    for again in (sent, shouting):
        answer = await send(http, made, again)
        assert (answer.status_code, answer.json()["type"]) == (409, "/problems/ping-came-before")
    clock.forward(seconds=300)
    assert (await send(http, made, sent)).status_code == 409
    clock.forward(seconds=1)
    assert (await send(http, made, sent)).status_code == 404
    assert len(await promised()) == 1


async def test_signatures_are_forgotten_when_they_are_of_no_use(http: httpx.AsyncClient, clock: Clock) -> None:
    made = await source()
    await send(http, made, signed(KEY, BODY, NOW))
    clock.forward(minutes=16)
    await send(http, made, signed(KEY, BODY, clock()))
    assert await value("SELECT count(*) FROM ping WHERE source = $1", made) == 1


async def test_many_pings_wait_for_one_reading(http: httpx.AsyncClient, clock: Clock) -> None:
    made = await source()
    for _ in range(5):
        clock.forward(seconds=1)
        assert (await send(http, made, signed(KEY, BODY, clock()))).status_code == 202
    assert len(await promised()) == 1


async def test_ping_during_a_reading_promises_the_next(http: httpx.AsyncClient, clock: Clock) -> None:
    made = await source()
    await send(http, made, signed(KEY, BODY, NOW))
    await fetch("UPDATE job SET done_at = $1 WHERE name = 'exchange.pull_source'", NOW)
    clock.forward(seconds=1)
    await send(http, made, signed(KEY, BODY, clock()))
    assert len(await promised()) == 2


async def test_each_source_has_its_measure(http: httpx.AsyncClient) -> None:
    made, other = await source(), await source()
    statuses = [(await send(http, made, signed(KEY, b"%d" % n, NOW), b"%d" % n)).status_code for n in range(MOST + 1)]
    assert statuses == [202] * MOST + [429]
    assert (await send(http, other, signed(KEY, BODY, NOW))).status_code == 202


async def test_whoever_guesses_is_held_back(http: httpx.AsyncClient) -> None:
    made = await source()
    wrong = {(await send(http, made, signed("guess", BODY, NOW))).status_code for _ in range(120)}
    assert wrong == {404}
    assert (await send(http, made, signed(KEY, BODY, NOW))).status_code == 429


async def test_large_body_is_refused(http: httpx.AsyncClient) -> None:
    made, body = await source(), b"x" * (16 * 1024 + 1)
    assert (await send(http, made, signed(KEY, body, NOW), body)).status_code == 413
