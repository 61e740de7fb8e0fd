"""What was on offer a moment ago is not given out once its event, session or convention is gone."""

import asyncio
from typing import Any
from uuid import UUID

import httpx
import pytest

from app.core.db import fetch
from app.core.errors import DomainError
from app.core.web.frame import Frame
from app.events import conventions, desk
from app.people.roles import Principal, Scope
from app.ticketing.registering import offers
from tests.clock import NOW
from tests.conftest import client
from tests.doors import value
from tests.ticketing.organisers import console_of, event, form, type_by_slug
from tests.ticketing.wishes import member, register, wish

OFFICER = Principal(role="officer", account=UUID(int=9), scope=Scope())
MANY = 6


@pytest.fixture(autouse=True)
def _fresh_offers() -> Any:
    offers.forget()
    yield
    offers.forget()


async def own_type(desk_of: httpx.AsyncClient, base: str, event_id: UUID) -> str:
    """Add a ticket type that opens this event alone and return its slug."""
    made = await desk_of.post(f"{base}/tickets/new", data=form(event_id, mode="hybrid", **{"title.en": "Only here"}))
    assert made.status_code == 303, made.text
    return str(await value("SELECT slug FROM ticket_type ORDER BY number DESC LIMIT 1"))


async def read_before(http: httpx.AsyncClient) -> dict[str, Any]:
    """Return the offer that a process remembers which hears of nothing: another one."""
    await http.get("/api/v1/conventions/yokohama-2026/ticket-types")
    return dict(offers._remembered)


@pytest.mark.parametrize("way", ["unpublish", "cancel"])
async def test_process_that_remembers_the_offer_gives_out_no_ticket_for_an_event_that_is_gone(
    app: Frame, http: httpx.AsyncClient, way: str
) -> None:
    own_event = (await event())["id"]
    base = f"/console/events/{own_event}"
    async with await console_of(app) as own:
        slug = await own_type(own, base, own_event)
        remembered = await read_before(http)
        assert (await own.post(f"{base}/{way}")).status_code == 303
    offers._remembered.update(remembered)

    answer = await register(http, wish(member(ticket_type=slug)))

    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["field"] == "party[0].ticket_type"
    assert await value("SELECT count(*) FROM ticket") == 0


@pytest.mark.parametrize("way", ["cancel", "delete"])
async def test_no_place_is_reserved_in_a_session_that_is_gone(app: Frame, http: httpx.AsyncClient, way: str) -> None:
    own_event = (await event())["id"]
    base = f"/console/events/{own_event}"
    reserved = {"title.en": "Tiny", "day": "2026-11-21", "from_time": "20:00", "to_time": "21:00", "mode": "on_site"}
    async with await console_of(app) as own:
        slug = await own_type(own, base, own_event)
        made = await own.post(f"{base}/sessions/new", data={**reserved, "capacity": "3"})
        assert made.status_code == 303, made.text
        session = await value("SELECT id FROM session WHERE slug = 'tiny'")
        remembered = await read_before(http)
        assert (await own.post(f"{base}/sessions/{session}/{way}")).status_code == 303
    offers._remembered.update(remembered)

    answer = await register(http, wish(member(ticket_type=slug, sessions=[str(session)])))

    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["field"] == "party[0].sessions[0]"


async def test_process_that_remembers_the_offer_gives_out_nothing_of_a_hidden_convention(
    app: Frame, http: httpx.AsyncClient
) -> None:
    remembered = await read_before(http)
    convention = await value("SELECT id FROM convention")
    async with await console_of(app, role="officer") as officer:
        hidden = await officer.post(f"/office/conventions/{convention}/unpublish")
        assert hidden.headers["location"] == f"/office/conventions/{convention}?done=saved"
        assert (await officer.post(f"/office/conventions/{convention}/unpublish")).status_code == 409
        assert (await http.get("/yokohama-2026")).status_code == 404
        offers._remembered.update(remembered)
        assert (await register(http, wish())).status_code == 404
        await officer.post(f"/office/conventions/{convention}/publish")
        assert (await register(http, wish())).status_code == 201
        refused = await officer.post(f"/office/conventions/{convention}/unpublish")
    assert refused.status_code == 409
    assert "People have registered already, so the convention stays." in refused.text
    assert f'action="/office/conventions/{convention}"' in refused.text, "said on the page where one can go on"
    assert "Somebody else has saved" not in refused.text
    assert (await type_by_slug("citywide-pass"))["revision"] == 1, "what was refused has changed nothing"


@pytest.mark.committed
async def test_event_goes_or_its_tickets_are_given_out_but_never_both(app: Frame, committed: None) -> None:
    own_event = (await event())["id"]
    convention = await value("SELECT id FROM convention")
    async with client(app) as http:
        results = await asyncio.gather(
            desk.unpublish(principal=OFFICER, event=own_event, now=NOW),
            conventions.unpublish(principal=OFFICER, convention=convention, now=NOW),  # type: ignore[arg-type]
            *(register(http, wish(email=f"guest{n}@example.org")) for n in range(MANY)),
            return_exceptions=True,
        )
    try:
        assert all(r is None or isinstance(r, DomainError | httpx.Response) for r in results), results
        given = [r.status_code for r in results if isinstance(r, httpx.Response)]
        assert set(given) <= {201, 404, 409, 422}
        hidden = await value("SELECT published_at IS NULL FROM convention")
        assert hidden is (201 not in given)
    finally:
        await fetch("UPDATE convention SET published_at = $1, revision = 0", NOW)
        await fetch("UPDATE event SET published_at = $1, revision = 0", NOW)
        await fetch("UPDATE ticket_type SET revision = 0")
