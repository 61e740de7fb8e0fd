"""The board through HTTP: what it counts, and who sees what of it."""

import datetime as dt
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from app.core.db import fetch
from app.core.web.frame import Frame
from app.people.roles import Role, Scope
from tests.attendance.board.rows import capacity, contact, hours, inside, nowhere, phone, scans, slug
from tests.attendance.factories import Place, covered_gate, gates, scan, ticket
from tests.clock import NOW, Clock
from tests.conftest import client
from tests.doors import token_for, value

MINUTE = dt.timedelta(minutes=1)
BOARD = "/api/v1/conventions/{}/board"


@pytest.fixture
async def officer(app: Frame, rollback: None) -> AsyncIterator[httpx.AsyncClient]:
    async with client(app, await token_for("officer")) as found:
        yield found


async def read(who: httpx.AsyncClient, **query: object) -> dict[str, Any]:
    answer = await who.get(BOARD.format(await slug()), params={k: str(v) for k, v in query.items()})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def as_(app: Frame, role: Role, scope: Scope) -> httpx.AsyncClient:
    return client(app, await token_for(role, scope=scope, bare=True))


def line(lines: list[dict[str, Any]], row: UUID) -> dict[str, Any]:
    return next(one for one in lines if one["id"] == str(row))


async def other_than(first: Place) -> Place:
    """Return a gate of another organiser, at another venue."""
    return next(g for g in await gates() if g.organiser != first.organiser and g.venue != first.venue)


def codes(found: dict[str, Any]) -> list[str]:
    return [alarm["code"] for alarm in found["alarms"]]


async def test_board_before_anything_has_happened(officer: httpx.AsyncClient) -> None:
    found = await read(officer)
    assert (found["inside"], found["entered"], found["refusals"], found["devices"], found["alarms"]) == (
        0,
        0,
        [],
        [],
        [],
    )
    assert found["per_minute"] == [0] * 60
    every = await gates()
    assert {one["id"] for one in found["venues"]} == {str(gate.venue) for gate in every}
    assert {str(gate.event) for gate in every} <= {one["id"] for one in found["events"]}


async def test_scans_through_the_api_are_on_the_board(
    officer: httpx.AsyncClient, phone: httpx.AsyncClient, clock: Clock
) -> None:
    gate, made = await covered_gate("citywide-pass"), await ticket()
    await read(officer)
    uploads = [scan(1, made.code, gate.id), scan(2, made.code, gate.id, at=NOW + dt.timedelta(seconds=1))]
    assert (await phone.post("/api/v1/scans", json={"scans": uploads})).status_code == 200
    clock.forward(seconds=2)
    found = await read(officer)
    assert line(found["events"], gate.event) | {"title": ""} == {
        "id": str(gate.event), "title": "", "entered": 1, "refused": 1,
    }  # fmt: skip
    assert found["refusals"] == [{"reason": "already_admitted", "scans": 1}]
    assert found["per_minute"] == [0] * 59 + [1]


async def test_readings_of_one_second_are_one(officer: httpx.AsyncClient, clock: Clock) -> None:
    device, gate = await phone(), (await gates())[0]
    await scans(device, gate.id)
    assert (await read(officer))["entered"] == 1
    await scans(device, gate.id)
    clock.forward(milliseconds=999)
    assert (await read(officer))["entered"] == 1
    clock.forward(milliseconds=1)
    assert (await read(officer))["entered"] == 2


async def test_entries_are_counted_in_the_minute_in_which_they_happened(officer: httpx.AsyncClient) -> None:
    device, gate = await phone(), (await gates())[0]
    await scans(device, gate.id, n=3, at=NOW - 59 * MINUTE, received=NOW)
    await scans(device, gate.id, n=2, at=NOW - 2 * MINUTE)
    await scans(device, gate.id, n=5, at=NOW - 60 * MINUTE)
    await scans(device, gate.id, n=7, direction="exit")
    await scans(device, gate.id, n=4, reason="expired")
    found = await read(officer)
    assert found["per_minute"] == [3, *[0] * 56, 2, 0, 0]
    assert found["entered"] == 10


async def test_yesterday_is_not_today(officer: httpx.AsyncClient) -> None:
    device, gate = await phone(), (await gates())[0]
    midnight = dt.datetime(2026, 11, 20, 15, tzinfo=dt.UTC)
    await scans(device, gate.id, n=3, at=midnight - dt.timedelta(seconds=1))
    await scans(device, gate.id, n=2, at=midnight)
    assert (await read(officer))["entered"] == 2


async def test_day_of_a_gate_open_over_midnight_began_with_its_opening(
    officer: httpx.AsyncClient, clock: Clock
) -> None:
    device, gate = await phone(), (await gates())[0]
    await hours(gate.id, dt.time(18), dt.time(4))
    opened = dt.datetime(2026, 11, 21, 9, tzinfo=dt.UTC)
    await scans(device, gate.id, n=2, at=opened)
    await scans(device, gate.id, n=3, at=opened + dt.timedelta(hours=8))
    clock.moment = opened + dt.timedelta(hours=9)
    assert (await read(officer))["entered"] == 5
    clock.moment = opened + dt.timedelta(hours=10)
    assert (await read(officer))["entered"] == 0, "at four in the morning the next day begins"


async def test_entry_taken_back_is_not_counted(officer: httpx.AsyncClient, clock: Clock) -> None:
    device, other, gate = await phone(), await phone("Lead"), (await gates())[0]
    own = await scans(device, gate.id, n=2)
    assert (await read(officer))["entered"] == 2
    await scans(device, gate.id, direction="undo", undoes=(None, own))
    await scans(other, gate.id, direction="undo", undoes=(device, own))
    await scans(other, gate.id, direction="undo", undoes=(device, own - 1))
    await scans(other, gate.id, direction="undo", undoes=(device, own + 1))
    clock.forward(seconds=1)
    found = await read(officer)
    assert (found["entered"], found["per_minute"][-1]) == (0, 0)


@pytest.mark.parametrize(("reason", "shown", "entered"), [
    (None, (), 1), (None, ("refused",), 0), (None, ("admitted",), 1), (None, ("admitted", "refused"), 0),
    ("unpaid", (), 0), ("unpaid", ("admitted",), 1), ("unpaid", ("refused",), 0),
    ("unpaid", ("refused", "admitted"), 0),
])  # fmt: skip
async def test_what_the_device_showed_in_the_end_counts(
    officer: httpx.AsyncClient, clock: Clock, reason: str | None, shown: tuple[str, ...], entered: int
) -> None:
    """Both verdicts for one scan: the refusal stands."""
    device, gate = await phone(), (await gates())[0]
    await scans(device, gate.id, reason=reason)
    await read(officer)
    for verdict in shown:
        await fetch("INSERT INTO scan_final (scan, verdict, received_at) SELECT id, $1, $2 FROM scan", verdict, NOW)
    clock.forward(seconds=1)
    found = await read(officer)
    assert (found["entered"], found["per_minute"][-1]) == (entered, entered)


async def test_refusals_of_the_last_hour_by_reason(officer: httpx.AsyncClient) -> None:
    device, gate = await phone(), (await gates())[0]
    await scans(device, gate.id, n=2, reason="expired", at=NOW - 59 * MINUTE)
    await scans(device, gate.id, n=3, reason="unpaid")
    await scans(device, gate.id, n=1, reason="not_inside", direction="exit")
    await scans(device, gate.id, n=9, reason="revoked", at=NOW - 60 * MINUTE)
    await scans(device, gate.id, n=5, status="quarantined", reason="unreadable_time")
    found = await read(officer)
    assert found["refusals"] == [
        {"reason": "unpaid", "scans": 3},
        {"reason": "expired", "scans": 2},
        {"reason": "not_inside", "scans": 1},
    ]
    assert line(found["events"], gate.event)["refused"] == 15


async def test_people_inside_by_venue_and_in_the_city(officer: httpx.AsyncClient) -> None:
    first = (await gates())[0]
    second = await other_than(first)
    await capacity(first.venue, 100)
    await capacity(second.venue, None)
    await inside(first.venue, 60)
    await inside(second.venue, 7)
    found = await read(officer)
    assert found["inside"] == 67
    assert line(found["venues"], first.venue)["inside"] == 60
    assert line(found["venues"], first.venue)["capacity"] == 100
    assert line(found["venues"], second.venue)["capacity"] is None


@pytest.mark.parametrize(("people", "code"), [(89, None), (90, "venue_nearly_full"), (99, "venue_nearly_full"),
                                             (100, "venue_full"), (101, "venue_full")])  # fmt: skip
async def test_venue_that_fills_up_calls(officer: httpx.AsyncClient, people: int, code: str | None) -> None:
    venue = (await gates())[0].venue
    await capacity(venue, 100)
    await inside(venue, people)
    found = await read(officer)
    assert codes(found) == ([code] if code else [])
    assert line(found["venues"], venue)["state"] == (code or "")


async def test_alarm_says_what_and_what_to_do(officer: httpx.AsyncClient) -> None:
    gate = (await gates())[0]
    await capacity(gate.venue, 100)
    await inside(gate.venue, 100)
    [alarm] = (await read(officer))["alarms"]
    assert alarm["level"] == "error"
    assert alarm["what"].endswith(" is full: 100 of 100 people.")
    assert alarm["to_do"] == "Let people in only as others leave, and check that leaving guests are scanned."
    assert alarm["page"].startswith(f"/board/{await slug()}/")


async def test_device_with_all_that_it_told(officer: httpx.AsyncClient) -> None:
    device, gate = await phone("Phone 7"), (await gates())[0]
    await contact(device, gate.id, seen=NOW - dt.timedelta(seconds=4), queue=3, battery=None, direction="exit")
    [found] = (await read(officer))["devices"]
    assert {**found, "gate": ""} == {
        "id": str(device), "name": "Phone 7", "gate": "", "direction": "exit", "queue": 3, "battery": None,
        "silent": 4, "behind": None,
    }  # fmt: skip


async def test_age_of_a_pack_in_changed_tickets(officer: httpx.AsyncClient, clock: Clock) -> None:
    device, gate = await phone(), (await gates())[0]
    number = await value("SELECT pg_current_xact_id()::text::bigint")
    await contact(device, gate.id, pack=int(str(number)) + 1)
    assert (await read(officer))["devices"][0]["behind"] == 0
    await contact(device, gate.id, pack=int(str(number)))
    await ticket()
    await ticket()
    clock.forward(seconds=1)
    assert (await read(officer))["devices"][0]["behind"] == 2


@pytest.mark.parametrize(("silence", "calls"), [(119, 0), (120, 1), (3 * 3600 - 1, 1), (3 * 3600, 0)])
async def test_silent_device_calls_after_two_minutes_until_its_shift_is_over(
    officer: httpx.AsyncClient, silence: int, calls: int
) -> None:
    device, gate = await phone(), (await gates())[0]
    await contact(device, gate.id, seen=NOW - dt.timedelta(seconds=silence))
    assert codes(await read(officer)) == ["device_silent"] * calls


@pytest.mark.parametrize(("opens", "closes", "calls"), [
    (dt.time(9), dt.time(18), 1), (dt.time(10), dt.time(18), 1), (dt.time(10, 1), dt.time(18), 0),
    (dt.time(8), dt.time(10), 0), (dt.time(8), dt.time(10, 1), 1), (None, dt.time(10), 0),
    (dt.time(18), dt.time(10, 1), 1), (dt.time(18), dt.time(10), 0), (None, None, 1),
])  # fmt: skip
async def test_silent_device_calls_only_while_its_gate_is_open(
    officer: httpx.AsyncClient, clock: Clock, opens: dt.time | None, closes: dt.time | None, calls: int
) -> None:
    """It is 10:00 at the gate, on the second day of its event."""
    clock.forward(days=1)
    device, gate = await phone(), (await gates())[0]
    await fetch("UPDATE event SET last_day = first_day + 1 WHERE id = $1", gate.event)
    await hours(gate.id, opens, closes)
    await contact(device, gate.id, seen=clock.moment - 5 * MINUTE)
    assert codes(await read(officer)) == ["device_silent"] * calls


@pytest.mark.parametrize(("days", "calls"), [(-1, 0), (0, 1), (1, 1), (2, 0)])
async def test_silent_device_calls_only_on_the_days_of_its_event(
    officer: httpx.AsyncClient, clock: Clock, days: int, calls: int
) -> None:
    device, gate = await phone(), (await gates())[0]
    await fetch("UPDATE event SET last_day = first_day + 1 WHERE id = $1", gate.event)
    clock.forward(days=days)
    await contact(device, gate.id, seen=clock.moment - 5 * MINUTE)
    assert codes(await read(officer)) == ["device_silent"] * calls


async def test_growing_queue_calls(officer: httpx.AsyncClient, clock: Clock) -> None:
    device, gate = await phone(), (await gates())[0]
    for seconds, queue, calls in [(0, 9, False), (30, 10, False), (60, 10, True), (61, 9, False), (90, 11, True),
                                  (120, 11, True), (150, 11, False), (151, 12, True)]:  # fmt: skip
        clock.moment = NOW + dt.timedelta(seconds=seconds)
        await contact(device, gate.id, queue=queue, seen=clock.moment)
        assert (seconds, codes(await read(officer))) == (seconds, ["queue_growing"] * calls)


@pytest.mark.parametrize(("admitted", "refused", "calls"), [(0, 9, 0), (0, 10, 1), (39, 11, 1),
                                                           (40, 10, 0), (41, 10, 0)])  # fmt: skip
async def test_unusual_refusals_call(officer: httpx.AsyncClient, admitted: int, refused: int, calls: int) -> None:
    device, gate = await phone(), (await gates())[0]
    await scans(device, gate.id, n=admitted)
    await scans(device, gate.id, n=refused, reason="expired")
    assert codes(await read(officer)) == ["unusual_refusals"] * calls


async def test_unusual_refusals_are_looked_for_in_the_newest_fifty_scans_of_half_an_hour(
    officer: httpx.AsyncClient, clock: Clock
) -> None:
    device, gate = await phone(), (await gates())[0]
    await scans(device, gate.id, n=12, reason="expired", at=NOW - 29 * MINUTE)
    assert codes(await read(officer)) == ["unusual_refusals"]
    await scans(device, gate.id, n=49)
    clock.forward(seconds=1)
    assert codes(await read(officer)) == [], "12 of 61 are less than a fifth"
    await scans(device, gate.id, n=20, reason="expired", at=NOW - 28 * MINUTE)
    clock.forward(seconds=1)
    assert codes(await read(officer)) == ["unusual_refusals"]
    await scans(device, gate.id)
    clock.forward(seconds=1)
    assert codes(await read(officer)) == [], "the newest minute holds fifty scans alone"
    clock.forward(minutes=31)
    assert codes(await read(officer)) == []


async def test_scans_kept_aside_call_until_they_are_settled(officer: httpx.AsyncClient, clock: Clock) -> None:
    device, gate = await phone(), (await gates())[0]
    await scans(device, gate.id, n=2, status="quarantined", reason="unreadable_time")
    [alarm] = (await read(officer))["alarms"]
    assert alarm["what"].startswith("2 scans of ")
    await fetch(
        "INSERT INTO scan_settlement (id, scan, decision, operator, reason, settled_at)"
        " SELECT gen_random_uuid(), id, 'seen', 'lead', '', $1 FROM scan",
        NOW,
    )
    clock.forward(seconds=1)
    assert codes(await read(officer)) == []


async def test_scans_of_gates_that_are_gone_call_those_who_see_everything(
    app: Frame, officer: httpx.AsyncClient
) -> None:
    gate = (await gates())[0]
    await scans(await phone(), nowhere(), n=1, status="quarantined", reason="unknown_gate")
    [alarm] = (await read(officer))["alarms"]
    assert alarm["what"] == "1 scan of unknown gates is kept aside."
    assert codes(await read(officer, event=gate.event)) == []
    async with await as_(app, "lead", Scope(gates=(gate.id,))) as lead:
        assert codes(await read(lead)) == []


async def test_untrusted_clock_calls_for_an_hour(officer: httpx.AsyncClient, clock: Clock) -> None:
    device, gate = await phone("Phone 9"), (await gates())[0]
    await scans(device, gate.id, n=2, warnings=("stale_pack", "clock_untrusted"))
    await scans(await phone("Phone 10"), gate.id, warnings=("stale_pack",))
    await contact(device, gate.id)
    [alarm] = (await read(officer))["alarms"]
    assert alarm["code"] == "clock_untrusted"
    assert alarm["what"].startswith("The clock of Phone 9 at ")
    clock.forward(minutes=60)
    await contact(device, gate.id, seen=clock.moment)
    assert codes(await read(officer)) == []


async def test_urgent_alarms_come_first(officer: httpx.AsyncClient) -> None:
    first = (await gates())[0]
    second = await other_than(first)
    await capacity(first.venue, 100)
    await inside(first.venue, 95)
    await capacity(second.venue, 100)
    await inside(second.venue, 100)
    assert codes(await read(officer)) == ["venue_full", "venue_nearly_full"]


async def test_lead_sees_own_gates_only(app: Frame, rollback: None) -> None:
    mine = (await gates())[0]
    theirs = await other_than(mine)
    device = await phone("Mine")
    await scans(device, mine.id, n=2)
    await scans(device, theirs.id, n=5)
    await scans(device, theirs.id, n=12, reason="expired")
    await contact(device, mine.id)
    await contact(await phone("Theirs"), theirs.id, seen=NOW - 5 * MINUTE)
    await inside(mine.venue, 3)
    await inside(theirs.venue, 4)
    async with await as_(app, "lead", Scope(gates=(mine.id,))) as lead:
        found = await read(lead)
        assert (found["inside"], found["entered"], found["refusals"], found["alarms"]) == (3, 2, [], [])
        assert [one["id"] for one in found["venues"]] == [str(mine.venue)]
        assert [one["id"] for one in found["events"]] == [str(mine.event)]
        assert [one["name"] for one in found["devices"]] == ["Mine"]
        assert sum(found["per_minute"]) == 2


async def test_organiser_sees_own_events_only(app: Frame, rollback: None) -> None:
    mine = (await gates())[0]
    theirs = await other_than(mine)
    async with await as_(app, "organiser", Scope(organisers=(mine.organiser,))) as organiser:
        found = await read(organiser)
        assert str(mine.event) in {one["id"] for one in found["events"]}
        assert str(theirs.event) not in {one["id"] for one in found["events"]}
        path = BOARD.format(await slug())
        assert (await organiser.get(f"{path}?event={mine.event}")).status_code == 200
        assert (await organiser.get(f"{path}?event={theirs.event}")).status_code == 404
        assert (await organiser.get(f"{path}/stream?event={theirs.event}")).status_code == 404
        assert (await organiser.get(f"/board/{await slug()}/stream?event={theirs.event}")).status_code == 404
        assert (await organiser.get(f"/board/{await slug()}/{theirs.event}")).status_code == 404


async def test_scope_without_a_gate_here_finds_nothing(app: Frame, rollback: None) -> None:
    async with await as_(app, "lead", Scope(gates=(uuid4(),))) as lead:
        for path in (BOARD.format(await slug()), f"/board/{await slug()}", f"/board/{await slug()}/stream"):
            assert (await lead.get(path)).status_code == 404


async def test_unknown_convention_or_event_is_not_found(officer: httpx.AsyncClient) -> None:
    for path in ("/board/never", "/board/never/stream", BOARD.format("never"), f"/board/{await slug()}/{uuid4()}"):
        assert (await officer.get(path)).status_code == 404


async def test_board_of_one_event(officer: httpx.AsyncClient) -> None:
    first = (await gates())[0]
    second = await other_than(first)
    device = await phone()
    await scans(device, first.id, n=2)
    await scans(device, second.id, n=5)
    found = await read(officer, event=second.event)
    assert (found["event"], found["entered"], found["per_minute"][-1]) == (str(second.event), 5, 5)
    assert [one["id"] for one in found["events"]] == [str(second.event)]


async def test_revoked_device_is_not_shown(officer: httpx.AsyncClient) -> None:
    device, gate = await phone(), (await gates())[0]
    await contact(device, gate.id, seen=NOW - 5 * MINUTE)
    await fetch("UPDATE device SET revoked_at = $2 WHERE id = $1", device, NOW)
    found = await read(officer)
    assert (found["devices"], found["alarms"]) == ([], [])
