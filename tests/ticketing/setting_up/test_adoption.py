"""Quotas that lie within others, that count a day or a venue, and tickets that follow when that changes."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from app.core.db import fetch
from app.core.web.frame import Frame
from app.events import dependants
from app.ticketing.closure import counts, upwards
from app.ticketing.registering import offers
from app.ticketing.schemas import OfferedEvent, OfferedQuota
from app.ticketing.setting_up import adoption
from tests.clock import FIRST_DAY, NOW
from tests.conftest import client
from tests.doors import value
from tests.ticketing.organisers import FOREIGN, console_of, event, form, type_by_slug, wrong
from tests.ticketing.stock import sound
from tests.ticketing.wishes import TOMORROW, member, register, wish

SECOND_DAY = FIRST_DAY + TOMORROW


@pytest.fixture(autouse=True)
def _fresh_offers() -> Any:
    offers.forget()
    yield
    offers.forget()


@pytest.fixture
async def own(app: Frame, rollback: None) -> AsyncIterator[httpx.AsyncClient]:
    """The organiser of YOXO FESTIVAL."""
    async with await console_of(app) as found:
        yield found


async def base() -> str:
    return f"/console/events/{(await event())['id']}"


async def quota(http: httpx.AsyncClient, name: str, capacity: int = 5, **more: Any) -> UUID:
    """Add a number of places and return its id."""
    data = {"name.en": name, "capacity": str(capacity), **{k: str(v) for k, v in more.items()}}
    answer = await http.post(f"{await base()}/quotas/new", data=data)
    assert answer.status_code == 303, wrong(answer)
    found = await value("SELECT id FROM quota WHERE name ->> 'en' = $1", name)
    assert isinstance(found, UUID)
    return found


async def change(http: httpx.AsyncClient, found: UUID, name: str, capacity: int = 5, **more: Any) -> httpx.Response:
    seen = await value("SELECT revision FROM quota WHERE id = $1", found)
    data = {"name.en": name, "capacity": str(capacity), "seen": str(seen), **{k: str(v) for k, v in more.items()}}
    return await http.post(f"{await base()}/quotas/{found}", data=data)


async def draw(http: httpx.AsyncClient, title: str, *quotas: UUID, **more: Any) -> dict[str, Any]:
    """Add a ticket type that draws on quotas and return its row."""
    data = form((await event())["id"], quotas=[str(q) for q in quotas], **{"title.en": title}, **more)
    answer = await http.post(f"{await base()}/tickets/new", data=data)
    assert answer.status_code == 303, wrong(answer)
    return await type_by_slug(str(await value("SELECT slug FROM ticket_type ORDER BY number DESC LIMIT 1")))


async def redraw(
    http: httpx.AsyncClient, row: dict[str, Any], title: str, *quotas: UUID, **more: Any
) -> httpx.Response:
    """Let a ticket type draw on other quotas."""
    seen = str(await value("SELECT revision FROM ticket_type WHERE id = $1", row["id"]))
    data = form((await event())["id"], quotas=[str(q) for q in quotas], seen=seen, **{"title.en": title}, **more)
    return await http.post(f"{await base()}/tickets/{row['id']}", data=data)


async def party(http: httpx.AsyncClient, n: int, slug: str, status: int = 201, **more: Any) -> httpx.Response:
    answer = await register(http, wish(*(member(name=f"Guest {i}", ticket_type=slug) for i in range(n)), **more))
    assert answer.status_code == status, answer.text
    return answer


async def taken(found: UUID) -> int:
    n = await value("SELECT taken FROM quota WHERE id = $1", found)
    assert isinstance(n, int)
    return n


async def test_place_of_the_inner_is_one_of_the_outer(own: httpx.AsyncClient, http: httpx.AsyncClient) -> None:
    hall = await quota(own, "Hall", 3)
    left, right = await quota(own, "Left", 2, within=hall), await quota(own, "Right", 2, within=hall)
    first, second = await draw(own, "L", left), await draw(own, "R", right)

    await party(http, 2, first["slug"])
    full = await party(http, 2, second["slug"], 409)

    assert [q["name"] for q in full.json()["full"]] == ["Hall"]
    await party(http, 1, second["slug"])
    assert (await taken(hall), await taken(left), await taken(right)) == (3, 2, 1)
    await sound()


async def test_places_lie_within_no_circle(own: httpx.AsyncClient) -> None:
    outer = await quota(own, "Outer")
    inner = await quota(own, "Inner", within=outer)

    for parent in (inner, outer):
        answer = await change(own, outer, "Outer", within=parent)
        assert (answer.status_code, wrong(answer)) == (422, ["within"])
    assert "lies within these places already" in answer.text
    assert await value("SELECT within FROM quota WHERE id = $1", outer) is None


async def test_places_of_others_are_no_choice(own: httpx.AsyncClient) -> None:
    city = await value("SELECT id FROM quota WHERE slug = 'citywide'")
    session = await value("SELECT id FROM quota WHERE session IS NOT NULL LIMIT 1")
    for more in ({"within": city}, {"within": session}, {"within": uuid4()}, {"venue": uuid4()}):
        data = {"name.en": "X", "capacity": "5", **{k: str(v) for k, v in more.items()}}
        answer = await own.post(f"{await base()}/quotas/new", data=data)
        assert (answer.status_code, wrong(answer)) == (422, [*more])
    answer = await own.post(f"{await base()}/quotas/new", data={"name.en": "X", "capacity": "5", "day": "2026-12-24"})
    assert (answer.status_code, wrong(answer)) == (422, ["day"])


async def test_tickets_that_are_out_follow_into_the_outer_and_out_again(
    own: httpx.AsyncClient, http: httpx.AsyncClient
) -> None:
    seats, hall, small = await quota(own, "Seats"), await quota(own, "Hall"), await quota(own, "Small", 2)
    row = await draw(own, "Seat", seats)
    await party(http, 3, row["slug"])

    refused = await change(own, seats, "Seats", within=small)
    assert (refused.status_code, wrong(refused)) == (422, ["within"])
    assert "“Small” has 2 places, and the tickets that are out would take 3." in refused.text
    assert (await taken(small), await taken(seats)) == (0, 3)
    assert (await change(own, seats, "Seats", within=hall)).status_code == 303
    assert (await taken(hall), await taken(seats)) == (3, 3)
    await sound()
    assert (await change(own, seats, "Seats")).status_code == 303
    assert (await taken(hall), await taken(seats)) == (0, 3)
    await sound()


async def test_type_may_draw_on_other_places_with_tickets_out(own: httpx.AsyncClient, http: httpx.AsyncClient) -> None:
    old, new, small = await quota(own, "Old"), await quota(own, "New"), await quota(own, "Small", 1)
    row = await draw(own, "Seat", old)
    await party(http, 2, row["slug"])

    refused = await redraw(own, row, "Seat", old, small)
    assert (refused.status_code, wrong(refused)) == (422, ["quotas"])
    assert "“Small” has 1 place, and the tickets that are out would take 2." in refused.text
    assert (await redraw(own, row, "Seat", new)).status_code == 303
    assert (await taken(old), await taken(new)) == (0, 2)
    assert (await redraw(own, row, "Seat")).status_code == 303
    assert (await taken(old), await taken(new)) == (0, 0)
    await sound()


async def test_day_counts_whoever_may_come_that_day(own: httpx.AsyncClient, http: httpx.AsyncClient) -> None:
    always, second = await draw(own, "Always"), await draw(own, "Second", days=SECOND_DAY.isoformat())
    online = await draw(own, "Online", mode="online")
    for row in (always, second, online):
        await party(http, 1, row["slug"])
    await party(http, 1, "yoxo-ticket")  # the city's: not the organiser's to count

    first_day, second_day = await quota(own, "1", 3, day=FIRST_DAY), await quota(own, "2", 3, day=SECOND_DAY)

    assert (await taken(first_day), await taken(second_day)) == (1, 2)
    await party(http, 1, second["slug"])
    await party(http, 1, second["slug"], 409)
    await party(http, 1, always["slug"], 409)
    await party(http, 1, online["slug"])
    assert (await taken(first_day), await taken(second_day)) == (1, 3)
    await sound()
    assert (await own.post(f"{await base()}/quotas/{second_day}/remove")).status_code == 303
    await party(http, 1, always["slug"])
    await sound()


async def test_offer_read_before_the_places_moved_is_not_taken(own: httpx.AsyncClient, http: httpx.AsyncClient) -> None:
    """Another process still remembers where tickets counted before."""
    row = await draw(own, "Always")
    await party(http, 1, row["slug"])
    remembered = dict(offers._remembered)
    day = await quota(own, "Day", 5, day=FIRST_DAY)
    offers._remembered.update(remembered)

    await party(http, 1, row["slug"])

    assert await taken(day) == 2
    await sound()


async def test_day_with_too_few_places_is_refused_with_the_numbers(
    own: httpx.AsyncClient, http: httpx.AsyncClient
) -> None:
    row = await draw(own, "Always")
    await party(http, 3, row["slug"])

    data = {"name.en": "Tiny", "capacity": "2", "day": FIRST_DAY.isoformat()}
    answer = await own.post(f"{await base()}/quotas/new", data=data)

    assert (answer.status_code, wrong(answer)) == (422, ["capacity"])
    assert "“Tiny” has 2 places, and the tickets that are out would take 3." in answer.text
    assert await value("SELECT count(*) FROM quota WHERE name ->> 'en' = 'Tiny'") == 0


async def test_venue_counts_whoever_may_come_there(app: Frame, own: httpx.AsyncClient, http: httpx.AsyncClient) -> None:
    here, elsewhere = (await event())["venue"], (await event(FOREIGN))["venue"]
    row = await draw(own, "Always")
    await party(http, 2, row["slug"])
    mine, other = await quota(own, "Here", venue=here), await quota(own, "Elsewhere", venue=elsewhere)
    assert (await taken(mine), await taken(other)) == (2, 0)
    async with await console_of(app, role="officer") as officer:
        city = await value("SELECT id FROM quota WHERE slug = 'yoxo'")
        assert isinstance(city, UUID)
        await party(http, 1, "yoxo-ticket")
        assert (await change(officer, city, "YOXO", 50, venue=here)).status_code == 303
    assert await taken(city) == 3
    await sound()


async def test_places_are_counted_again_when_an_event_has_moved(
    own: httpx.AsyncClient, http: httpx.AsyncClient
) -> None:
    elsewhere = (await event(FOREIGN))["venue"]
    row = await draw(own, "Always")
    hall = await quota(own, "Hall", 2, venue=elsewhere)
    outer = await quota(own, "Outer", 9)
    assert (await change(own, hall, "Hall", 2, venue=elsewhere, within=outer)).status_code == 303
    await party(http, 2, row["slug"])
    assert await taken(hall) == 0
    await fetch("UPDATE event SET venue = $1 WHERE slug = 'yoxo-festival'", elsewhere)

    assert (await own.post(f"{await base()}/quotas/{hall}/recount")).status_code == 303
    assert (await taken(hall), await taken(outer)) == (2, 2)
    await sound()
    await fetch("UPDATE event SET venue = NULL WHERE slug = 'yoxo-festival'")
    await own.post(f"{await base()}/quotas/{hall}/recount")
    assert (await taken(hall), await taken(outer)) == (0, 0)
    offers.forget()
    await party(http, 1, row["slug"])
    await fetch("UPDATE event SET venue = $1 WHERE slug = 'yoxo-festival'", elsewhere)
    refused = await own.post(f"{await base()}/quotas/{hall}/recount")
    assert (refused.status_code, await taken(hall)) == (422, 0)
    assert "“Hall” has 2 places, and the tickets that are out would take 3." in refused.text


async def test_more_places_are_offered_to_those_who_wait(own: httpx.AsyncClient, http: httpx.AsyncClient) -> None:
    seats = await quota(own, "Seats", 1)
    row = await draw(own, "Seat", seats)
    await party(http, 1, row["slug"])
    waits = await party(http, 1, row["slug"], email="late@example.org", join_waiting_list=True)
    page = await own.get(f"{await base()}/tickets")
    assert "1 waiting" in page.text

    assert (await change(own, seats, "Seats", 2)).status_code == 303

    assert await value("SELECT status FROM registration WHERE id = $1", UUID(waits.json()["id"])) == "offered"
    assert await taken(seats) == 2
    await sound()


@pytest.mark.parametrize("way", ["draw on nothing", "no longer within"])
async def test_who_waits_for_nothing_any_more_is_offered_a_place(
    own: httpx.AsyncClient, http: httpx.AsyncClient, way: str
) -> None:
    hall = await quota(own, "Hall", 0)
    seats = await quota(own, "Seats", 5, within=hall)
    row = await draw(own, "Seat", seats)
    await party(http, 1, row["slug"], 409)
    await fetch("UPDATE quota SET capacity = 1 WHERE id = $1", hall)
    await party(http, 1, row["slug"], email="first@example.org")
    waits = await party(http, 1, row["slug"], email="late@example.org", join_waiting_list=True)

    if way == "draw on nothing":
        assert (await redraw(own, row, "Seat")).status_code == 303
    else:
        assert (await change(own, seats, "Seats")).status_code == 303

    assert await value("SELECT status FROM registration WHERE id = $1", UUID(waits.json()["id"])) == "offered"
    await sound()


async def test_quota_goes_out_of_tickets_and_holds_with_its_row(
    own: httpx.AsyncClient, http: httpx.AsyncClient
) -> None:
    outer = await quota(own, "Outer")
    inner = await quota(own, "Inner", within=outer, day=FIRST_DAY)
    row = await draw(own, "Always")
    await party(http, 1, row["slug"])
    held = await http.post("/api/v1/conventions/yokohama-2026/holds", json={"wanted": {row["slug"]: 2}})
    assert held.status_code == 201, held.text
    page = await own.get(f"{await base()}/tickets")
    assert "2 kept for people registering now" in page.text

    refused = await own.post(f"{await base()}/quotas/{outer}/remove")
    removed = await own.post(f"{await base()}/quotas/{inner}/remove")

    assert (refused.status_code, removed.status_code) == (409, 303)
    assert "other places lie within it" in refused.text
    assert (await http.delete(f"/api/v1/holds/{held.json()['hold']}")).status_code == 204
    assert await value("SELECT count(*) FROM ticket WHERE $1 = ANY(places)", inner) == 0


async def test_session_that_gets_places_counts_who_has_reserved_it(http: httpx.AsyncClient) -> None:
    session = await value("SELECT session FROM quota WHERE slug = 'yoxo-festival-robot-workshop'")
    assert isinstance(session, UUID)
    await dependants.capacity_changed(session=session, capacity=None, now=NOW)
    chosen = member(ticket_type="citywide-pass", sessions=[str(session)])
    assert (await register(http, wish(chosen))).status_code == 201

    await dependants.capacity_changed(session=session, capacity=1, now=NOW)

    assert await value("SELECT taken FROM quota WHERE session = $1", session) == 1
    assert (await register(http, wish({**chosen, "name": "Late"}))).status_code == 409
    await sound()


async def test_registering_and_moving_quotas_at_once_agree(app: Frame, committed: None) -> None:
    """Real commits: whoever wins, every ticket counts where its type draws."""
    async with await console_of(app) as own, client(app) as http:
        old, new = await quota(own, "Moving from", 40), await quota(own, "Moving to", 40)
        row = await draw(own, "Moving", old)
        try:
            wishes = (wish(member(name=f"G{n}", ticket_type=row["slug"]), email=f"g{n}@example.org") for n in range(24))
            answers = await asyncio.gather(
                *(register(http, body) for body in wishes),
                redraw(own, row, "Moving", new),
                change(own, new, "Moving to", 40, day=FIRST_DAY),
            )
            assert {a.status_code for a in answers[:24]} == {201}
            assert {a.status_code for a in answers[24:]} <= {303, 409}
            plan = await adoption.plan((await event())["convention"])
            stored = await fetch("SELECT places FROM ticket WHERE ticket_type = $1", row["id"])
            assert [sorted(t["places"]) for t in stored] == 24 * [plan.types[row["id"]]]
            await sound()
        finally:
            await _remove(row["id"], [old, new])


async def _remove(ticket_type: UUID, quotas: list[UUID]) -> None:
    """Take away what this test has added to tables that are kept."""
    for table in ("ticket", "quota_use", "coverage"):
        await fetch(f"DELETE FROM {table} WHERE ticket_type = $1", ticket_type)
    await fetch("DELETE FROM ticket_type WHERE id = $1", ticket_type)
    await fetch("DELETE FROM quota WHERE id = ANY($1)", quotas)


def test_upwards_ends_even_in_a_circle() -> None:
    a, b = uuid4(), uuid4()
    assert upwards([a], {a: b, b: a}) == sorted([a, b])
    assert upwards([], {}) == []


def test_day_at_a_venue_wants_one_event_that_is_both() -> None:
    """Two events, one there on another day and one elsewhere on the day, are not one there on the day."""
    hall, there, elsewhere = uuid4(), uuid4(), uuid4()
    events = {
        there: OfferedEvent("a", {}, None, FIRST_DAY, FIRST_DAY, hall),
        elsewhere: OfferedEvent("b", {}, None, SECOND_DAY, SECOND_DAY, None),
    }
    drawing = adoption.Drawing(uuid4(), None, "on_site", [], [there, elsewhere], [])
    quota_of = OfferedQuota(uuid4(), "q", {}, day=SECOND_DAY, venue=hall)
    assert not counts(quota_of, drawing, events)
    assert counts(OfferedQuota(uuid4(), "q", {}, day=FIRST_DAY, venue=hall), drawing, events)
