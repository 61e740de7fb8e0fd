"""Venues and gates at an organiser's desk, and a draft as it will look."""

import datetime as dt
from uuid import UUID

import httpx
import msgspec
import pytest

from app.core.db import fetch
from app.core.web.frame import Frame
from tests.clock import NOW, Clock
from tests.conftest import client
from tests.doors import device_of, token_for, value
from tests.events.consoles import actions, at_desk, draft, row, two

pytestmark = pytest.mark.usefixtures("http")
SESSION = {"title.en": "Lanterns", "day": "2026-11-21", "from_time": "18:00", "to_time": "19:00", "mode": "on_site"}


async def add_venue(desk: httpx.AsyncClient, event: UUID, **form: str) -> UUID:
    answer = await desk.post(f"/console/events/{event}/places/venues/new", data={"name.en": "Old pier", **form})
    assert answer.status_code == 303, answer.text
    found: UUID = await value("SELECT id FROM venue WHERE organiser IS NOT NULL ORDER BY slug DESC LIMIT 1")  # type: ignore[assignment]
    return found


async def add_gate(desk: httpx.AsyncClient, event: UUID, venue: object, **form: str) -> UUID:
    data = {"name.en": "East gate", "venue": str(venue), **form}
    answer = await desk.post(f"/console/events/{event}/places/gates/new", data=data)
    assert answer.status_code == 303, answer.text
    found: UUID = await value("SELECT id FROM gate WHERE event = $1 ORDER BY position DESC LIMIT 1", event)  # type: ignore[assignment]
    return found


async def citys() -> UUID:
    found: UUID = await value("SELECT id FROM venue WHERE organiser IS NULL ORDER BY slug LIMIT 1")  # type: ignore[assignment]
    return found


async def test_venue_of_ones_own(app: Frame, clock: Clock) -> None:
    mine, _other = await two()
    async with at_desk(app, mine) as desk:
        event = await draft(desk, mine)
        venue = await add_venue(desk, event, **{"address.ja": "横浜市", "latitude": "35.45", "longitude": "139.6"})
        made = await row("venue", venue)
        assert (made["slug"], made["organiser"], made["latitude"], made["capacity"]) == ("old-pier", mine, 35.45, None)
        assert msgspec.json.decode(str(made["address"])) == {"ja": "横浜市"}
        await desk.post(f"/console/events/{event}/sessions/new", data={**SESSION, "venue": str(venue)})
        clock.forward(minutes=3)
        path = f"/console/events/{event}/places/venues/{venue}"
        assert 'value="Old pier"' in (await desk.get(path)).text
        await desk.post(path, data={"seen": "0", "name.en": "New pier", "capacity": "300"})
        changed = await row("venue", venue)
        assert (changed["revision"], changed["capacity"], changed["latitude"]) == (1, 300, None)
        assert await value("SELECT changed_at FROM session WHERE event = $1", event) == clock.moment
        late = await desk.post(path, data={"seen": "0", "name.en": "Pier"})
        assert late.status_code == 409
        assert "New pier" in late.text
        told = (await desk.get(f"/console/events/{event}/history")).text
        assert "Venue changed: New pier" in told
    assert await actions(event) == ["event.create", "venue.add", "session.add", "venue.change"]


async def test_wrong_venue(app: Frame) -> None:
    mine, _other = await two()
    async with at_desk(app, mine) as desk:
        event = await draft(desk, mine)
        path = f"/console/events/{event}/places/venues/new"
        for form, field in (
            ({"address.en": "x"}, "name"),
            ({"name.en": "x", "latitude": "91", "longitude": "1"}, "latitude"),
            ({"name.en": "x", "latitude": "9"}, "longitude"),
            ({"name.en": "x", "capacity": "many"}, "capacity"),
        ):
            answer = await desk.post(path, data=form)
            assert answer.status_code == 422
            assert f'href="#{field}"' in answer.text


async def test_venue_in_use_stays(app: Frame) -> None:
    mine, _other = await two()
    async with at_desk(app, mine) as desk:
        event = await draft(desk, mine)
        venue = await add_venue(desk, event)
        gate = await add_gate(desk, event, venue)
        path = f"/console/events/{event}/places/venues/{venue}/delete"
        assert "Remove “Old pier”?" in (await desk.get(path)).text
        assert (await desk.post(path)).status_code == 409
        await desk.post(f"/console/events/{event}/places/gates/{gate}/delete")
        assert (await desk.post(path)).status_code == 303
        assert await value("SELECT count(*) FROM venue WHERE id = $1", venue) == 0


async def test_organiser_chooses_but_does_not_change_the_citys_venues(app: Frame) -> None:
    mine, _other = await two()
    venue = await citys()
    async with at_desk(app, mine) as desk, at_desk(app, role="officer") as officer:
        event = await draft(desk, mine)
        path = f"/console/events/{event}/places/venues/{venue}"
        assert (await desk.get(path)).status_code == 404
        assert (await desk.post(path, data={"seen": "0", "name.en": "Mine"})).status_code == 404
        assert (await desk.post(f"{path}/delete")).status_code == 404
        assert (await officer.post(path, data={"seen": "0", "name.en": "The city's"})).status_code == 303


async def test_gate_has_hours_or_is_always_open(app: Frame) -> None:
    mine, _other = await two()
    async with at_desk(app, mine) as desk:
        event = await draft(desk, mine)
        gate = await add_gate(desk, event, await citys(), opens_at="09:30", closes_at="18:00")
        made = await row("gate", gate)
        assert (made["slug"], made["opens_at"], made["closes_at"]) == ("east-gate", dt.time(9, 30), dt.time(18))
        path = f"/console/events/{event}/places/gates/{gate}"
        form = {"seen": "0", "name.en": "East", "venue": str(await citys())}
        half = await desk.post(path, data={**form, "opens_at": "10:00"})
        assert half.status_code == 422
        assert 'href="#closes_at"' in half.text
        await desk.post(path, data=form)
        assert (await row("gate", gate))["opens_at"] is None
        assert "Always" in (await desk.get(f"/console/events/{event}/places")).text
        assert (await desk.post(path, data=form)).status_code == 409


async def test_gate_at_which_tickets_were_checked_stays(app: Frame) -> None:
    mine, _other = await two()
    async with at_desk(app, mine) as desk:
        event = await draft(desk, mine)
        used, free = [await add_gate(desk, event, await citys()) for _ in range(2)]
        await fetch(
            "INSERT INTO scan (device, seq, gate, request, direction, scanned_at, received_at, status, verdict)"
            " VALUES ($1, 1, $2, '', 'entry', $3, $3, 'stored', 'refused')",
            await device_of(await token_for("staff")),
            used,
            NOW,
        )
        refused = await desk.post(f"/console/events/{event}/places/gates/{used}/delete")
        assert refused.status_code == 409
        assert "so it stays" in refused.text
        assert (await desk.post(f"/console/events/{event}/places/gates/{free}/delete")).status_code == 303
    assert [str(r["id"]) for r in await fetch("SELECT id FROM gate WHERE event = $1", event)] == [str(used)]


async def test_preview_shows_a_draft_to_those_who_run_it(app: Frame, http: httpx.AsyncClient) -> None:
    mine, _other = await two()
    async with at_desk(app, mine) as desk:
        event = await draft(desk, mine)
        await desk.post(f"/console/events/{event}/sessions/new", data=SESSION)
        session = await value("SELECT id FROM session WHERE event = $1", event)
        path = f"/console/events/{event}/preview"
        page = await desk.get(path)
        assert page.headers["cache-control"] == "private, no-store"
        assert "This is how the page will look." in page.text
        assert "<h1>Night market</h1>" in page.text
        assert f'href="{path}/sessions/{session}"' in page.text
        below = await desk.get(f"{path}/sessions/{session}")
        assert "<h1>Lanterns</h1>" in below.text
        assert below.headers["cache-control"] == "private, no-store"
        foreign = await value("SELECT id FROM session WHERE event <> $1 LIMIT 1", event)
        assert (await desk.get(f"{path}/sessions/{foreign}")).status_code == 404
    for public in (
        "/yokohama-2026?day=all",
        "/yokohama-2026/events/night-market",
        f"/yokohama-2026/sessions/{session}",
    ):
        assert "Lanterns" not in (await http.get(public)).text, public


async def test_preview_of_a_convention_that_is_not_published(app: Frame) -> None:
    mine, _other = await two()
    async with at_desk(app, mine) as desk:
        event = await draft(desk, mine)
        await fetch("UPDATE convention SET published_at = NULL")
        assert (await desk.get("/yokohama-2026")).status_code == 404
        assert (await desk.get(f"/console/events/{event}/preview")).status_code == 200
        assert "not published yet" in (await desk.get(f"/console/events/{event}")).text


async def test_anonymous_asks_in_vain(app: Frame) -> None:
    mine, _other = await two()
    async with at_desk(app, mine) as desk:
        event = await draft(desk, mine)
    async with client(app) as nobody:
        assert (await nobody.get(f"/console/events/{event}/preview")).status_code == 401
