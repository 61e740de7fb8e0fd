"""Numbers of places at the organiser's console."""

import asyncio
from typing import Any
from uuid import UUID

import httpx
import pytest

from app.core.db import fetch, transaction
from app.core.errors import Invalid
from app.core.web.frame import Frame
from app.events import dependants
from app.ticketing.registering import offers
from tests.clock import NOW
from tests.conftest import client
from tests.doors import value
from tests.ticketing.organisers import console_of, event, form, type_by_slug, wrong
from tests.ticketing.wishes import member, register, wish


@pytest.fixture(autouse=True)
def _fresh_offers() -> Any:
    offers.forget()
    yield
    offers.forget()


async def base() -> str:
    return f"/console/events/{(await event())['id']}"


async def add(http: httpx.AsyncClient, capacity: int = 5, name: str = "Workshop seats") -> UUID:
    answer = await http.post(f"{await base()}/quotas/new", data={"name.en": name, "capacity": str(capacity)})
    assert answer.status_code == 303, answer.text
    found = await value("SELECT id FROM quota WHERE name ->> 'en' = $1 ORDER BY slug DESC LIMIT 1", name)
    assert isinstance(found, UUID)
    return found


async def draw_on(http: httpx.AsyncClient, quota: UUID, title: str) -> str:
    """Add a ticket type that draws on a quota and return its slug."""
    data = form((await event())["id"], quotas=str(quota), **{"title.en": title})
    assert (await http.post(f"{await base()}/tickets/new", data=data)).status_code == 303
    found = await value("SELECT slug FROM ticket_type ORDER BY number DESC LIMIT 1")
    return str(found)


async def test_two_types_share_places_and_capacity_never_falls_below_what_is_taken(
    app: Frame, http: httpx.AsyncClient
) -> None:
    async with await console_of(app) as own:
        quota = await add(own)
        first, second = await draw_on(own, quota, "First"), await draw_on(own, quota, "Second")
        party = [member(name=f"Guest {n}", ticket_type=t) for n, t in enumerate((first, first, second))]
        assert (await register(http, wish(*party))).status_code == 201

        change = {"name.en": "Seats", "seen": "0"}
        refused = await own.post(f"{await base()}/quotas/{quota}", data={**change, "capacity": "2"})
        lowered = await own.post(f"{await base()}/quotas/{quota}", data={**change, "capacity": "3"})
        page = await own.get(f"{await base()}/tickets")

    assert (refused.status_code, wrong(refused)) == (422, ["capacity"])
    assert "3 places are taken already, so there cannot be only 2. Give at least 3." in refused.text
    assert lowered.status_code == 303
    assert "3 of 3 taken, 0 free" in page.text
    full = await register(http, wish(member(ticket_type=second)))
    assert (full.status_code, full.json()["full"][0]["name"]) == (409, "Seats")


async def test_who_saves_second_is_told(app: Frame, rollback: None) -> None:
    async with await console_of(app) as own:
        address = f"{await base()}/quotas/{await add(own)}"
        data = {"name.en": "Seats", "seen": "0"}
        assert (await own.post(address, data={**data, "capacity": "7"})).status_code == 303

        late = await own.post(address, data={**data, "capacity": "9"})

    assert late.status_code == 409
    assert 'value="9"' in late.text
    assert "7" in late.text


async def test_quota_is_removed_only_while_nothing_uses_it(app: Frame, rollback: None) -> None:
    async with await console_of(app) as own:
        quota = await add(own)
        slug = await draw_on(own, quota, "First")
        refused = await own.post(f"{await base()}/quotas/{quota}/remove")
        await own.post(f"{await base()}/tickets/{(await type_by_slug(slug))['id']}/remove")
        removed = await own.post(f"{await base()}/quotas/{quota}/remove")

    assert (refused.status_code, removed.status_code) == (409, 303)
    assert await value("SELECT count(*) FROM quota WHERE id = $1", quota) == 0


async def test_equal_names_of_two_organisers_do_no_harm(app: Frame, rollback: None) -> None:
    async with await console_of(app) as own:
        await add(own)
        await add(own)
    rows = await fetch("SELECT slug FROM quota WHERE slug LIKE 'workshop-seats%' ORDER BY slug")
    assert [r["slug"] for r in rows] == ["workshop-seats", "workshop-seats-2"]


async def test_places_of_a_session_follow_its_capacity(http: httpx.AsyncClient) -> None:
    session = await value("SELECT session FROM quota WHERE session IS NOT NULL ORDER BY slug LIMIT 1")
    assert isinstance(session, UUID)
    taken = "UPDATE quota SET taken = 2 WHERE session = $1"
    await fetch(taken, session)

    await dependants.capacity_changed(session=session, capacity=2, now=NOW)
    assert await value("SELECT capacity FROM quota WHERE session = $1", session) == 2
    for capacity in (1, None):
        with pytest.raises(Invalid) as refused:
            await dependants.capacity_changed(session=session, capacity=capacity, now=NOW)
        assert [e.field for e in refused.value.errors] == ["capacity"]
    await fetch("UPDATE quota SET taken = 0 WHERE session = $1", session)
    await dependants.capacity_changed(session=session, capacity=None, now=NOW)
    assert await value("SELECT count(*) FROM quota WHERE session = $1", session) == 0
    await dependants.capacity_changed(session=session, capacity=8, now=NOW)
    assert await value("SELECT capacity FROM quota WHERE session = $1", session) == 8


async def test_lowering_and_registering_at_once_never_oversell(app: Frame, committed: None) -> None:
    await fetch("UPDATE quota SET capacity = 10 WHERE slug = 'citywide'")
    async with await console_of(app, role="officer") as officer, client(app) as http:
        quota = await value("SELECT id FROM quota WHERE slug = 'citywide'")
        address, data = f"{await base()}/quotas/{quota}", {"name.en": "Citywide passes", "seen": "0", "capacity": "5"}
        answers = await asyncio.gather(
            officer.post(address, data=data),
            *(register(http, wish(member(name=f"G{n}"), email=f"g{n}@example.org")) for n in range(10)),
        )
    made = sum(a.status_code == 201 for a in answers[1:])
    assert answers[0].status_code in {303, 422}
    assert made == (5 if answers[0].status_code == 303 else 10)
    async with transaction():
        await fetch("UPDATE quota SET capacity = 20000, revision = 0, name = $1 WHERE slug = 'citywide'",
                    '{"ja": "シティワイドパス", "en": "Citywide passes"}')  # fmt: skip
