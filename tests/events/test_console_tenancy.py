"""An organiser finds nothing of another one's: every route of the console, every row, every list."""

from uuid import UUID

import pytest

from app.core.db import fetch
from app.core.web.frame import Frame
from app.events.pages import console, places, preview, sessions
from tests.conftest import client
from tests.doors import token_for, value
from tests.events.consoles import at_desk, draft, two

pytestmark = pytest.mark.usefixtures("http")
OURS = sorted(
    f"{method} {path.replace(':uuid', '')}"
    for module in (console, places, preview, sessions)
    for handler in module.HANDLERS
    for method in handler.http_methods
    for path in handler.paths
    if "{event" in path
)
SESSION = {"title.en": "Secret", "day": "2026-11-21", "from_time": "10:00", "to_time": "11:00", "mode": "on_site"}


async def filled_draft(app: Frame, owner: UUID) -> dict[str, str]:
    """Make a draft with a session, a venue and a gate; return what the parameters of a route mean."""
    async with at_desk(app, owner) as desk:
        event = await draft(desk, owner, "Secret plans")
        base = f"/console/events/{event}"
        await desk.post(f"{base}/places/venues/new", data={"name.en": "Secret cellar"})
        venue = await value("SELECT id FROM venue WHERE organiser = $1", owner)
        await desk.post(f"{base}/places/gates/new", data={"name.en": "Secret door", "venue": str(venue)})
        await desk.post(f"{base}/sessions/new", data={**SESSION, "venue": str(venue)})
    found = {"event": str(event), "venue": str(venue)}
    for table in ("session", "gate"):
        found[table] = str(await value(f"SELECT id FROM {table} WHERE event = $1", event))
    return found


async def everything() -> list[object]:
    tables = ("event", "session", "venue", "gate", "audit_entry")
    return [tuple(row) for table in tables for row in await fetch(f"SELECT * FROM {table} ORDER BY 1")]


def test_there_are_routes_to_test() -> None:
    assert len(OURS) > 35


@pytest.mark.parametrize("route", OURS)
async def test_every_route_is_closed_to_other_organisers(app: Frame, route: str) -> None:
    mine, other = await two()
    ids = await filled_draft(app, mine)
    method, path = route.split()
    before = await everything()
    forms: dict[str, str] = {"seen": "0", "name.en": "Mine now", **SESSION}
    async with at_desk(app, other) as stranger:
        answer = await stranger.request(method, path.format(**ids), data=forms if method == "POST" else None)
        assert answer.status_code == 404
        assert "Secret" not in answer.text
    assert await everything() == before


@pytest.mark.parametrize("route", [route for route in OURS if route.count("{") > 1])
async def test_rows_of_another_organiser_are_not_reached_through_ones_own_event(app: Frame, route: str) -> None:
    mine, other = await two()
    ids = await filled_draft(app, mine)
    method, path = route.split()
    forms: dict[str, str] = {"seen": "0", "name.en": "Mine now", **SESSION}
    async with at_desk(app, other) as stranger:
        own = str(await draft(stranger, other, "Own plans"))
        before = await everything()
        answer = await stranger.request(
            method, path.format(**{**ids, "event": own}), data=forms if method == "POST" else None
        )
        assert answer.status_code == 404
        assert "Secret" not in answer.text
    assert await everything() == before


async def test_lists_choices_and_search_hold_nothing_of_others(app: Frame) -> None:
    mine, other = await two()
    ids = await filled_draft(app, mine)
    async with at_desk(app, other) as stranger:
        own = await draft(stranger, other, "Own plans")
        for path in (
            "/console",
            "/console?q=secret",
            "/console/events/new",
            f"/console/events/{own}/places",
            f"/console/events/{own}/sessions/new",
            f"/console/events/{own}/sessions/new?copy={ids['session']}",
            f"/console/events/{own}/places/gates/new",
            f"/console/events/{own}/details",
            f"/console/events/{own}/history",
            f"/console/events/{own}/preview",
        ):
            page = await stranger.get(path)
            assert page.status_code == 200
            assert "Secret" not in page.text.replace("q=secret", ""), path
            assert not [key for key in ids.values() if key in page.text and key not in path], path


async def test_choosing_a_venue_of_others_is_like_choosing_one_that_does_not_exist(app: Frame) -> None:
    mine, other = await two()
    ids = await filled_draft(app, mine)
    async with at_desk(app, other) as stranger:
        own = await draft(stranger, other, "Own plans")
        base = f"/console/events/{own}"
        for path, form in (
            (f"{base}/sessions/new", SESSION),
            (f"{base}/places/gates/new", {"name.en": "Door"}),
            (f"{base}/details", {"seen": "0", "first_day": "2026-11-21", "last_day": "2026-11-21", "mode": "on_site"}),
        ):
            theirs = await stranger.post(path, data={**form, "venue": ids["venue"]})
            nobodys = await stranger.post(path, data={**form, "venue": str(UUID(int=5))})
            assert (theirs.status_code, nobodys.status_code) == (422, 422)
            assert 'href="#venue"' in theirs.text


async def test_organiser_without_a_scope_reaches_nothing(app: Frame) -> None:
    event = await value("SELECT id FROM event LIMIT 1")
    async with client(app, await token_for("organiser"), accept="text/html") as nobody:
        assert "No event yet" in (await nobody.get("/console")).text
        assert (await nobody.get(f"/console/events/{event}")).status_code == 404


async def test_officer_reaches_every_event(app: Frame) -> None:
    mine, _other = await two()
    ids = await filled_draft(app, mine)
    async with at_desk(app, role="officer") as officer:
        assert "Secret plans" in (await officer.get("/console?q=secret")).text
        assert (await officer.get(f"/console/events/{ids['event']}/history")).status_code == 200


async def test_own_venue_of_a_draft_is_not_among_the_public_ones(app: Frame) -> None:
    mine, _other = await two()
    ids = await filled_draft(app, mine)
    async with at_desk(app, mine) as desk:
        assert "Secret cellar" not in (await desk.get("/api/v1/conventions/yokohama-2026")).text
        await desk.post(f"/console/events/{ids['event']}/publish")
        assert "Secret cellar" in (await desk.get("/api/v1/conventions/yokohama-2026")).text
