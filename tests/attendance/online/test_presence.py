"""Online presence through HTTP: what is measured, by the server's clock, whatever pages do."""

import datetime as dt
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from app.attendance.online.presence import close_lost
from app.core.db import fetch, fetch_one
from app.core.signing import capability, open_capability
from app.ticketing.tickets import join_token
from tests.attendance.factories import Made, ticket
from tests.attendance.test_ledger import statements
from tests.clock import NOW, Clock
from tests.doors import value

SECOND = dt.timedelta(seconds=1)


async def session(*, mode: str = "hybrid", starts_at: dt.datetime = NOW, minutes: int = 60) -> UUID:
    """Return an on-line session that the citywide pass covers, starting now."""
    row = await fetch_one(
        "UPDATE session SET mode = $1, starts_at = $2, ends_at = $3, stream_url = 'https://stream.example/1'"
        " WHERE id = (SELECT s.id FROM session s JOIN coverage o ON o.event = s.event"
        " JOIN ticket_type y ON y.id = o.ticket_type WHERE y.slug = 'citywide-pass' ORDER BY s.id LIMIT 1)"
        " RETURNING id",
        mode,
        starts_at,
        starts_at + dt.timedelta(minutes=minutes),
    )
    assert row is not None
    await fetch("UPDATE ticket_type SET mode = 'hybrid' WHERE slug = 'citywide-pass'")
    return UUID(str(row["id"]))


class Viewer:
    """A page in a session."""

    def __init__(self, http: httpx.AsyncClient, token: str) -> None:
        self.http, self.token, self.visit = http, token, str(uuid4())

    @property
    def room(self) -> str:
        """The address that going in by the button leads to."""
        return f"/room/{capability('room', *(open_capability('join', self.token, 2) or ()))}"

    async def beat(self) -> int:
        body = {"token": self.token, "visit": self.visit}
        return (await self.http.post("/api/v1/presence/beats", json=body)).status_code

    async def leave(self) -> int:
        body = f'{{"token": "{self.token}", "visit": "{self.visit}"}}'
        headers = {"content-type": "text/plain;charset=UTF-8"}
        return (await self.http.post("/api/v1/presence/leave", content=body, headers=headers)).status_code

    async def watch(self, clock: Clock, *, beats: int) -> None:
        for _ in range(beats):
            assert await self.beat() == 200
            clock.forward(seconds=30)


async def measured() -> list[tuple[Any, ...]]:
    """Return the evidence in seconds from `NOW`."""
    rows = await fetch("SELECT starts_at, ends_at FROM ledger_entry WHERE kind = 'presence' ORDER BY position")
    return [tuple((moment - NOW) / SECOND for moment in row) for row in rows]


async def viewer(http: httpx.AsyncClient, made: Made | None = None, **wish: Any) -> Viewer:
    made = made or await ticket()
    return Viewer(http, join_token(ticket=made.id, session=await session(**wish)))


async def test_looking_at_the_link_counts_nothing(http: httpx.AsyncClient) -> None:
    page = await viewer(http)
    assert (await http.get(f"/join/{page.token}")).status_code == 200
    assert await value("SELECT count(*) FROM presence_interval") == 0


async def test_beats_and_farewell_make_one_entry(http: httpx.AsyncClient, clock: Clock) -> None:
    made = await ticket(residence="KR")
    page = await viewer(http, made)
    clock.forward(minutes=5)
    await page.watch(clock, beats=20)
    assert await page.leave() == 204
    assert await page.leave() == 204
    assert await measured() == [(300, 900)]
    row = await fetch_one("SELECT * FROM ledger_entry")
    assert row is not None
    assert (row["evidence_class"], row["mode"], row["residence"], row["person"]) == ("C", "online", "KR", made.person)
    assert (row["scheduled_at"], row["scheduled_minutes"], row["ticket"]) == (NOW, 60, made.id)


async def test_join_by_api_starts_a_visit(http: httpx.AsyncClient, clock: Clock) -> None:
    page = await viewer(http)
    joined = (await http.post(f"/api/v1/join/{page.token}")).json()
    assert (joined["state"], joined["beat_seconds"], joined["stream_url"]) == (
        "recording",
        30,
        "https://stream.example/1",
    )
    page.visit = joined["visit"]
    clock.forward(seconds=30)
    await page.watch(clock, beats=1)
    await page.leave()
    assert await measured() == [(0, 60)]


async def test_lost_farewell_ends_after_the_grace(http: httpx.AsyncClient, clock: Clock) -> None:
    page = await viewer(http)
    await page.watch(clock, beats=3)
    clock.forward(seconds=15)
    assert await close_lost(now=clock()) == 0
    clock.forward(seconds=1)
    assert await close_lost(now=clock()) == 1
    assert await close_lost(now=clock()) == 0
    assert await measured() == [(0, 105)]


async def test_late_farewell_adds_no_more_than_the_grace(http: httpx.AsyncClient, clock: Clock) -> None:
    page = await viewer(http)
    await page.watch(clock, beats=1)
    clock.forward(minutes=20)
    await page.leave()
    assert await measured() == [(0, 45)]


async def test_gap_makes_two_intervals(http: httpx.AsyncClient, clock: Clock) -> None:
    page = await viewer(http)
    await page.watch(clock, beats=2)
    clock.forward(minutes=10)
    await page.watch(clock, beats=2)
    await close_lost(now=clock())
    await page.leave()
    assert sorted(await measured()) == [(0, 75), (660, 720)]


@pytest.mark.parametrize(("seconds", "intervals"), [(45, 1), (45.000001, 2)])
async def test_grace_is_forty_five_seconds(
    http: httpx.AsyncClient, clock: Clock, seconds: float, intervals: int
) -> None:
    page = await viewer(http)
    await page.beat()
    clock.forward(seconds=seconds)
    await page.beat()
    assert await value("SELECT count(*) FROM presence_interval") == intervals


async def test_two_tabs_are_one_stretch_of_time(http: httpx.AsyncClient, clock: Clock) -> None:
    from app.kpi.intervals import length

    first = await viewer(http)
    second = Viewer(http, first.token)
    for _ in range(10):
        await first.beat()
        clock.forward(seconds=15)
        await second.beat()
        clock.forward(seconds=15)
    await first.leave()
    await second.leave()
    rows = await fetch("SELECT starts_at, ends_at FROM ledger_entry")
    assert len(rows) == 2
    assert length([tuple(row) for row in rows]) == dt.timedelta(minutes=5)


async def test_time_before_the_start_is_waiting(http: httpx.AsyncClient, clock: Clock) -> None:
    page = await viewer(http, starts_at=NOW + dt.timedelta(seconds=60))
    body = {"token": page.token, "visit": page.visit}
    answer = await http.post("/api/v1/presence/beats", json=body)
    assert (answer.status_code, answer.json()["state"]) == (200, "waiting")
    assert await value("SELECT count(*) FROM presence_interval") == 0
    clock.forward(seconds=60)
    assert (await http.post("/api/v1/presence/beats", json=body)).json()["state"] == "recording"


async def test_time_after_the_end_is_cut_off(http: httpx.AsyncClient, clock: Clock) -> None:
    page = await viewer(http, minutes=1)
    clock.forward(seconds=10)
    await page.watch(clock, beats=2)
    assert await page.beat() == 410
    assert await measured() == [(10, 60)]
    assert await page.beat() == 410
    assert await value("SELECT count(*) FROM presence_interval") == 1


async def test_ended_session_lets_nobody_in(http: httpx.AsyncClient, clock: Clock) -> None:
    page = await viewer(http, minutes=1)
    clock.forward(minutes=1)
    assert (await http.post(f"/api/v1/join/{page.token}")).status_code == 410
    assert (await http.post(f"/join/{page.token}")).status_code == 410
    assert "This session has ended" in (await http.get(f"/join/{page.token}")).text
    assert "data-presence-url" not in (await http.get(page.room)).text


@pytest.mark.parametrize(
    "spoil",
    [
        "UPDATE ticket SET state = 'canceled'",
        "UPDATE ticket_type SET mode = 'on_site'",
        "UPDATE session SET mode = 'on_site'",
        "DELETE FROM coverage",
    ],
)
async def test_ticket_that_does_not_open_the_session(http: httpx.AsyncClient, spoil: str) -> None:
    page = await viewer(http)
    assert await page.beat() == 200
    await fetch(spoil)
    assert await page.beat() == 403
    assert (await http.post(f"/api/v1/join/{page.token}")).status_code == 403
    assert (await http.get(page.room)).status_code == 403


async def test_token_of_another_kind_opens_nothing(http: httpx.AsyncClient) -> None:
    page = await viewer(http)
    for token in (
        "x",
        page.token[:-1],
        capability("ticket", uuid4(), uuid4()),
        join_token(ticket=uuid4(), session=uuid4()),
    ):
        page.token = token
        assert await page.beat() == 404
        assert (await http.get(f"/join/{token}")).status_code == 404
    assert (await http.post("/api/v1/presence/leave", content="[]")).status_code == 422
    assert (await http.post("/api/v1/presence/leave", content="{")).status_code == 400


async def test_visit_of_somebody_else_stays_open(http: httpx.AsyncClient, clock: Clock) -> None:
    mine, theirs = await viewer(http), await viewer(http, await ticket())
    await mine.beat()
    theirs.visit = mine.visit
    clock.forward(seconds=30)
    await theirs.leave()
    assert await value("SELECT count(*) FROM presence_interval WHERE ended_at IS NULL") == 1


async def test_beat_is_one_statement(http: httpx.AsyncClient, clock: Clock) -> None:
    page = await viewer(http)
    for _ in range(2):
        async with statements() as seen:
            await page.beat()
        assert len(seen) == 1
        clock.forward(seconds=30)


async def test_clock_of_the_page_is_never_asked(http: httpx.AsyncClient) -> None:
    page = await viewer(http)
    body = {"token": page.token, "visit": page.visit, "at": NOW.isoformat()}
    assert (await http.post("/api/v1/presence/beats", json=body)).status_code == 422


async def test_entering_by_the_button(http: httpx.AsyncClient) -> None:
    page = await viewer(http)
    door = await http.get(f"/join/{page.token}")
    assert f'action="/join/{page.token}"' in door.text
    entered = await http.post(f"/join/{page.token}")
    assert (entered.status_code, entered.headers["location"]) == (303, page.room)
    room = (await http.get(entered.headers["location"])).text
    for piece in (
        'data-presence-url="/api/v1/presence/beats"',
        'data-leave-url="/api/v1/presence/leave"',
        f'data-token="{page.token}"',
        'data-beat-seconds="30"',
        "https://stream.example/1",
        "/room-",
    ):
        assert piece in room
    assert await value("SELECT count(*) FROM presence_interval") == 0


async def test_waiting_room_looks_again_by_itself(http: httpx.AsyncClient) -> None:
    page = await viewer(http, starts_at=NOW + dt.timedelta(seconds=20))
    room = (await http.get(page.room)).text
    assert '<meta http-equiv="refresh" content="21">' in room
    assert "data-presence-url" not in room


@pytest.mark.parametrize("what", ["session", "event"])
async def test_canceled_session_lets_nobody_in_and_says_why(http: httpx.AsyncClient, what: str) -> None:
    page = await viewer(http)
    which = "id IN (SELECT event FROM session WHERE canceled_at IS NULL)" if what == "event" else "true"
    await fetch(f"UPDATE {what} SET canceled_at = $1 WHERE {which}", NOW)
    html = {"accept": "text/html"}
    answers = [
        await http.get(f"/join/{page.token}", headers=html),
        await http.post(f"/join/{page.token}", headers=html),
    ]
    for answer in [*answers, await http.get(page.room, headers=html)]:
        assert answer.status_code == 410
        assert "This session is canceled" in answer.text
    assert "It does not take place. The other sessions are in the programme." in answers[0].text
    assert "Go back, check what you sent" not in answers[0].text
    assert await page.beat() == 410
    assert await value("SELECT count(*) FROM presence_interval") == 0


async def test_canceled_while_it_runs_keeps_the_time_before(http: httpx.AsyncClient, clock: Clock) -> None:
    page = await viewer(http)
    await page.watch(clock, beats=4)
    await fetch("UPDATE session SET canceled_at = $1", clock.moment)
    assert await page.beat() == 410
    assert await measured() == [(0, 120)]
