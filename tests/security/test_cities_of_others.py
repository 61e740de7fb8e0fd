"""What belongs to a partner city is as if it were not there for every other: pages, API, pushes, feeds, CalDAV."""

import base64
import contextlib
import re
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from app.core.db import fetch, transaction
from app.core.web.frame import Frame
from app.exchange.agreeing import reach
from app.exchange.pinging.signature import signed
from app.people.policy import POLICY
from app.people.roles import Scope
from tests.clock import NOW
from tests.conftest import client
from tests.doors import token_for
from tests.exchange.dav.asking import Program, answers, token_in
from tests.security.tenants import Rows, rows_of_city

PARAMETER = re.compile(r"\{(\w+)\}")
ROUTES = sorted(
    route
    for route, askers in POLICY.items()
    if "partner" in askers and "anonymous" not in askers and set(PARAMETER.findall(route)) & {"partner", "card"}
)
ICS = (
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:pushed@mine.example\r\nSUMMARY:Mine\r\n"
    "DTSTART:20261201T090000Z\r\nDTEND:20261201T110000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)
FORMS = {"tokens": {"label": "Web"}, "ping-target": {"url": "https://mine.example/ping"}}
"""What forms need before anything is looked up."""
FOUND = {200, 201, 204, 303, 409, 422}
"""Answers of somebody who reached a row, whatever came of it."""
BY_TOKEN = {
    "GET /calendars/partners/{name}", "POST /api/v1/sources/{source}/ping", "GET /dav", "PROPFIND /dav", "REPORT /dav",
    "GET /dav/{path}", "PROPFIND /dav/{path}", "REPORT /dav/{path}", "PUT /dav/{path}", "DELETE /dav/{path}",
}  # fmt: skip
"""Routes open to all, on which a token or a key of a city opens more."""
METHODS = [route.partition(" ")[0] for route in sorted(BY_TOKEN) if route.endswith("/dav/{path}")]
QUESTIONS = {
    "REPORT": '<D:sync-collection xmlns:D="DAV:"><D:sync-token/><D:sync-level>1</D:sync-level></D:sync-collection>'
}


class Undo(Exception):
    """Takes back what a request did, so that the next one finds the row."""


def named(slug: str, rows: Rows) -> dict[str, str]:
    """Return what stands for each parameter of a path."""
    return {**{name: str(key) for name, key in rows.items()}, "partner": slug, "uid": f"pushed@{slug}.example"}


NOBODY = named("nowhere", dict.fromkeys(("source", "card", "token"), UUID(int=7)))


async def asked(who: httpx.AsyncClient, route: str, values: dict[str, str]) -> tuple[int, str]:
    """Ask, undo it, and return the status and what was said, without the names that were asked for."""
    method, path = route.split()
    path = PARAMETER.sub(lambda name: values[name[1]], path)
    sent: dict[str, Any] = {"data": FORMS.get(path.rpartition("/")[2], {})} if method == "POST" else {}
    if method == "PUT":
        sent = {
            "content": ICS.replace("pushed@mine.example", values["uid"]),
            "headers": {"content-type": "text/calendar"},
        }
    with contextlib.suppress(Undo):
        async with transaction():
            answer = await who.request(method, path, **sent)
            raise Undo
    assert answer.status_code < 500, (route, answer.text)
    return answer.status_code, _without(answer.text, values)


def _without(text: str, values: dict[str, str]) -> str:
    for value in sorted(values.values(), key=len, reverse=True):
        text = text.replace(value, "*")
    return re.sub(r"[0-9a-f]{16}", "#", text)  # the number of the request


@pytest.fixture
async def cities(rollback: None) -> dict[str, Rows]:
    return {slug: await rows_of_city(slug) for slug in ("mine", "theirs")}


async def city(app: Frame, rows: Rows) -> httpx.AsyncClient:
    """Return somebody who works for one city."""
    return client(app, await token_for("partner", scope=Scope(partners=(rows["partner"],))))


def test_every_route_of_partners_is_walked() -> None:
    """A route with another kind of row: let `rows_of_city` plant it. One that a token opens: attack it below."""
    known = {"partner", "source", "card", "token", "uid"}
    assert {name for route in ROUTES for name in PARAMETER.findall(route)} == known
    assert len(ROUTES) >= 18
    doors = ("/dav", "/calendars/partners", "/api/v1/sources/{source}/ping")
    assert {route for route in POLICY if route.split()[1].startswith(doors)} == BY_TOKEN


async def test_rows_of_another_city_do_not_exist(app: Frame, cities: dict[str, Rows]) -> None:
    """The stranger hears, byte for byte, what he hears of a city that there is not; the owner finds the row."""
    theirs = named("theirs", cities["theirs"])
    async with await city(app, cities["mine"]) as stranger, await city(app, cities["theirs"]) as owner:
        for route in ROUTES:
            heard = await asked(stranger, route, theirs)
            assert heard[0] == 404, route
            assert heard == await asked(stranger, route, NOBODY), route
            if not route.endswith(("/report", "/remove")):  # nothing was read yet, nothing is to be told
                found, _text = await asked(owner, route, theirs)
                assert found in FOUND, (route, "the owner finds it, so it was the city")


async def test_rows_of_another_city_cannot_be_reached_through_ones_own(app: Frame, cities: dict[str, Rows]) -> None:
    mixed = {**named("theirs", cities["theirs"]), "partner": "mine"}
    async with await city(app, cities["mine"]) as stranger:
        for route in [one for one in ROUTES if len(PARAMETER.findall(one)) > 1]:
            status, text = await asked(stranger, route, mixed)
            pushed = route.startswith("PUT ") and status == 201
            assert status == 404 or pushed, (route, "whoever pushes a new name has a new event")
            assert "theirs" not in text.lower(), route


async def test_lists_name_nothing_of_another_city(app: Frame, cities: dict[str, Rows]) -> None:
    async with await city(app, cities["mine"]) as who:
        for path in ("/api/v1/partners", "/api/v1/cards", "/api/v1/conflicts", "/partner", "/partner/cards"):
            text = (await who.get(path)).text
            assert "theirs" not in text.lower(), path
            assert not [key for key in cities["theirs"].values() if str(key) in text], path


async def test_reach_is_what_holds_cities_apart(
    app: Frame, cities: dict[str, Rows], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mutation: without the one look at the scope every row of the other city opens: nothing else kept them apart."""
    monkeypatch.setattr(reach, "_require", lambda _of, _principal: None)
    theirs, closed = named("theirs", cities["theirs"]), []
    async with await city(app, cities["mine"]) as stranger:
        for route in ROUTES:
            if "{card}" not in route and not route.endswith(("/report", "/remove")):
                status, _text = await asked(stranger, route, theirs)
                closed += [] if status in FOUND else [route]
    assert closed == []


def key_of(slug: str, name: str = "") -> dict[str, str]:
    """Return the header of a calendar program with the token of a city, under its own name or another."""
    words = base64.b64encode(f"{name or slug}:token of {slug}".encode()).decode()
    return {"authorization": f"Basic {words}"}


def places(slug: str) -> list[str]:
    """Return what is a city's own in the tree of CalDAV."""
    folders = (f"partners/{slug}", f"partners/{slug}.en", f"principals/partners/{slug}")
    return [*(f"/dav/{one}/" for one in folders), f"/dav/partners/{slug}/card-{uuid4()}@test.ics"]


async def test_token_of_a_city_opens_no_calendar_of_another(http: httpx.AsyncClient, cities: dict[str, Rows]) -> None:
    account = await token_for("partner", scope=Scope(partners=(cities["theirs"]["partner"],)))
    for method in METHODS:
        body = QUESTIONS.get(method, "")
        for headers in (key_of("mine"), {"authorization": "Bearer token of mine"}):
            for path, absent in zip(places("theirs"), places("nowhere"), strict=True):
                heard = await http.request(method, path, content=body, headers=headers)
                of_nobody = await http.request(method, absent, content=body, headers=headers)
                assert heard.status_code == of_nobody.status_code == 404, (method, path)
                assert "Told by" not in heard.text
        for shown in (key_of("theirs", "mine"), key_of("nobody", "theirs"), {"authorization": f"Bearer {account}"}):
            shut = await http.request(method, places("theirs")[0], content=body, headers=shown)
            assert shut.status_code == 401, (method, "under another name, or of an account, it is no token")


async def test_reports_on_ones_own_calendar_name_nothing_of_anothers(
    http: httpx.AsyncClient, cities: dict[str, Rows]
) -> None:
    card = cities["theirs"]["card"]
    mine, theirs = (Program(http, **key_of(slug)) for slug in ("mine", "theirs"))
    href = f"/dav/partners/mine/card-{card}@test.ics"
    found = await mine.multiget("/dav/partners/mine/", [href, href.replace("mine", "theirs")])
    assert {said.status for said in found.values()} == {404}
    everything = await mine.propfind("/dav/partners/mine/", depth="1")
    assert len(everything) > 20
    assert not [one for one in everything if "card-" in one or "theirs" in one]
    begun = await theirs.sync("/dav/partners/theirs/")
    foreign = await mine.sync("/dav/partners/mine/", token_in(begun))
    assert foreign.status_code == 403, "another city's place in the log is no place in one's own"
    assert "valid-sync-token" in foreign.text
    assert not [one for one in answers(await mine.sync("/dav/partners/mine/")) if "card-" in one]


@pytest.mark.parametrize("kind", ["ics", "csv", "json"])
async def test_feed_of_a_city_has_nothing_that_another_keeps(
    http: httpx.AsyncClient, cities: dict[str, Rows], kind: str
) -> None:
    theirs = (await http.get("/calendars/partners/token of theirs.json")).json()
    place = {"since": theirs["change"], "selection": theirs["selection"], "complete": "true"}
    for params in ({}, place):
        answer = await http.get(f"/calendars/partners/token of mine.{kind}", params=params)
        assert answer.status_code == 200
        assert "Told by" not in answer.text
        assert "theirs" not in answer.text
    if kind == "json":
        assert answer.json()["complete"] is True
        assert len(answer.json()["items"]) > 20, "who stands elsewhere begins anew"


async def test_tokens_open_one_kind_of_door_each(http: httpx.AsyncClient, cities: dict[str, Rows]) -> None:
    """A feed's token is no reader's private link, no account's token and no key of pings, and the reverse."""
    unknown = await http.get("/calendars/private/nothing.ics")
    assert (await http.get("/calendars/private/token of mine.ics")).status_code == unknown.status_code == 404
    account = await token_for("partner", scope=Scope(partners=(cities["mine"]["partner"],)))
    assert (await http.get(f"/calendars/partners/{account}.ics")).status_code == 404
    shown = await http.get("/api/v1/partners", headers={"authorization": "Bearer token of mine"})
    assert shown.status_code == 401
    await fetch("UPDATE feed_token SET revoked_at = $2 WHERE id = $1", cities["mine"]["token"], NOW)
    assert (await http.get("/calendars/partners/token of mine.ics")).status_code == 404
    assert (await Program(http, **key_of("mine")).ask("PROPFIND", "/dav/partners/mine/")).status_code == 401


async def test_key_of_a_city_announces_no_change_of_another(http: httpx.AsyncClient, cities: dict[str, Rows]) -> None:
    for key in ("key of mine", "token of theirs", ""):
        path = f"/api/v1/sources/{cities['theirs']['source']}/ping"
        heard = await http.post(path, content=b"{}", headers=signed(key, b"{}", NOW))
        absent = await http.post(f"/api/v1/sources/{uuid4()}/ping", content=b"{}", headers=signed(key, b"{}", NOW))
        assert heard.status_code == absent.status_code == 404
        assert _without(heard.text, {}) == _without(absent.text, {})
    assert await fetch("SELECT 1 FROM job WHERE name = 'exchange.pull_source'") == []
