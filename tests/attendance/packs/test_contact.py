"""Signs of life: what is kept of a phone, and what it hears of the others at its event."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from app.attendance.packs import books, contact, layout
from app.core.db import DB, fetch
from app.core.web.frame import Frame
from app.people.roles import Scope
from tests.attendance.conftest import Send
from tests.attendance.factories import Made, Place, covered_gate, gates, scan, second_door, ticket
from tests.attendance.test_ledger import statements
from tests.clock import NOW, Clock
from tests.conftest import client
from tests.doors import device_of, token_for, value

MINUTE = dt.timedelta(minutes=1)
SECOND = dt.timedelta(seconds=1)
Kept = tuple[UUID, str, int, int | None, int, dt.datetime]


async def told(phone: httpx.AsyncClient, gate: UUID, since: str | None = None, **more: Any) -> dict[str, Any]:
    """Send a sign of life and return the answer."""
    said = {"queue": 0, "battery": 80, "pack_number": 0, "direction": "entry", "moves_since": since, **more}
    answer = await phone.post(f"/api/v1/gates/{gate}/contact", json=said)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def another(app: Frame) -> httpx.AsyncClient:
    """Return another phone."""
    return client(app, await token_for("staff", device="Phone 2"))


def move(made: Made, gate: Place, direction: str = "entry", at: dt.datetime = NOW, **more: Any) -> dict[str, Any]:
    """Return what another phone hears of a scan."""
    when = at.isoformat().replace("+00:00", "Z")
    return {"tag": layout.tag_of(made.serial).hex(), "direction": direction, "at": when, "gate": str(gate.id), **more}


async def kept() -> list[Kept]:
    rows = await fetch(
        "SELECT gate, direction, queue, battery, pack_number, seen_at FROM device_contact ORDER BY queue"
    )
    return [tuple(row) for row in rows]


async def test_contact_is_kept_as_said(phone: httpx.AsyncClient, clock: Clock) -> None:
    gate = await covered_gate("citywide-pass")
    await told(phone, gate.id, queue=7, battery=55, pack_number=9)
    assert await kept() == [(gate.id, "entry", 7, 55, 9, NOW)]
    clock.forward(seconds=3)
    await told(phone, gate.id, queue=0, battery=None, direction="exit")
    assert await kept() == [(gate.id, "exit", 0, None, 0, NOW + 3 * SECOND)]


async def test_time_and_numbers_are_told(phone: httpx.AsyncClient, send: Send) -> None:
    gate = await covered_gate("citywide-pass")
    await fetch("UPDATE venue SET capacity = 100 WHERE id = $1", gate.venue)
    made = [await ticket(), await ticket()]
    await send(*(scan(n, one.code, gate.id) for n, one in enumerate(made)))
    found = await told(phone, gate.id)
    assert dt.datetime.fromisoformat(found["server_time"]) == NOW
    assert (found["inside"], found["capacity"], found["moves"]) == (2, 100, [])
    assert found["pack_number"] > 0


async def test_phone_hears_what_the_others_let_in_and_out(app: Frame, phone: httpx.AsyncClient, send: Send) -> None:
    gate, made = await covered_gate("citywide-pass"), await ticket()
    door = await second_door(gate)
    async with await another(app) as other:
        first = await told(phone, gate.id)
        assert first["moves"] == []
        await send(scan(1, made.code, door.id), by=other)
        await send(scan(2, made.code, door.id), scan(3, "nonsense", door.id), by=other)
        await send(scan(4, made.code, door.id, "exit", NOW + MINUTE), by=other)
        found = await told(phone, gate.id, first["moves_cursor"])
        assert found["moves"] == [move(made, door), move(made, door, "exit", NOW + MINUTE)]
        assert (await told(other, gate.id))["moves"] == [], "nobody hears of his own scans"


async def test_phone_that_has_heard_nothing_hears_of_the_day(
    app: Frame, phone: httpx.AsyncClient, send: Send, clock: Clock
) -> None:
    gate, old, made = await covered_gate("citywide-pass"), await ticket(), await ticket()
    await send(scan(1, old.code, gate.id))
    clock.forward(hours=1)
    await send(scan(2, made.code, gate.id, at=clock.moment))
    clock.moment = NOW + contact.FIRST + MINUTE
    async with await another(app) as other:
        for since in (None, "nonsense", "zz-1", "1-ffffffffffffffff", "-"):
            found = await told(other, gate.id, since)
            assert found["moves"] == [move(made, gate, at=NOW + 60 * MINUTE)]


async def test_other_events_are_not_told(app: Frame, phone: httpx.AsyncClient, send: Send) -> None:
    gate, made = await covered_gate("citywide-pass"), await ticket()
    elsewhere = next(g for g in await gates() if g.event != gate.event)
    async with await another(app) as other:
        await send(scan(1, made.code, gate.id))
        assert (await told(other, elsewhere.id))["moves"] == []
        assert len((await told(other, gate.id))["moves"]) == 1


async def test_entry_that_is_taken_back_is_told(app: Frame, phone: httpx.AsyncClient, send: Send, clock: Clock) -> None:
    gate, made = await covered_gate("citywide-pass"), await ticket()
    await send(scan(1, made.code, gate.id))
    async with await another(app) as other:
        heard = await told(other, gate.id)
        assert heard["moves"] == [move(made, gate)]
        clock.forward(minutes=5)
        await send(scan(2, "", gate.id, "undo", NOW + MINUTE, undoes={"seq": 1}))
        assert (await told(other, gate.id, heard["moves_cursor"]))["moves"] == [move(made, gate, undone=True)]


async def test_entry_of_long_ago_that_is_taken_back_is_told(
    app: Frame, phone: httpx.AsyncClient, send: Send, clock: Clock
) -> None:
    """The scan itself is no news any more; what became of it is."""
    gate, made, refused = await covered_gate("citywide-pass"), await ticket(), await ticket()
    entries = (scan(1, made.code, gate.id), scan(2, refused.code, gate.id))
    await send(*entries)
    async with await another(app) as other:
        clock.forward(minutes=10)
        heard = await told(other, gate.id)
        assert len(heard["moves"]) == 2
        clock.forward(minutes=5)
        await send(scan(3, "", gate.id, "undo", NOW + MINUTE, undoes={"seq": 1}))
        heard = await told(other, gate.id, heard["moves_cursor"])
        assert heard["moves"] == [move(made, gate, undone=True)]
        clock.forward(minutes=5)
        heard = await told(other, gate.id, heard["moves_cursor"])
        await send(entries[1] | {"device_verdict": {"verdict": "refused", "reason": None}})
        heard = await told(other, gate.id, heard["moves_cursor"])
        assert heard["moves"] == [move(refused, gate, undone=True)], "what the phone showed stands: nobody went in"


async def test_phone_hears_that_a_lead_took_its_scan_back(
    app: Frame, phone: httpx.AsyncClient, send: Send, clock: Clock
) -> None:
    gate, made, other = await covered_gate("citywide-pass"), await ticket(), await ticket()
    await send(scan(1, made.code, gate.id), scan(2, other.code, gate.id))
    heard = await told(phone, gate.id)
    assert heard["moves"] == []
    device = str(await value("SELECT DISTINCT device FROM scan"))
    clock.forward(minutes=5)
    async with client(app, await token_for("lead", device="Lead")) as lead:
        taken_back = {"undoes": {"device": device, "seq": 1}}
        await send(scan(1, "", gate.id, "undo", NOW + MINUTE, **taken_back), by=lead)
        hers = (await told(lead, gate.id))["moves"]
        assert sorted(hers, key=len) == [move(other, gate), move(made, gate, undone=True)], "not whose scan"
    found = await told(phone, gate.id, heard["moves_cursor"])
    assert found["moves"] == [move(made, gate, undone=True, device=device, seq=1)]


async def test_contact_is_one_statement_beside_the_news(phone: httpx.AsyncClient, send: Send) -> None:
    """Outside of this test's transaction the gate and the number of the pack are remembered for a second."""
    gate, made = await covered_gate("citywide-pass"), await ticket()
    await send(scan(1, made.code, gate.id))
    async with statements() as seen:
        await told(phone, gate.id)
    assert sum("device_contact" in statement or " scan " in statement for statement in seen) == 1


async def test_gate_that_was_deleted_still_hears_its_phones(phone: httpx.AsyncClient) -> None:
    gone = uuid4()
    found = await told(phone, gone, queue=300)
    assert (found["inside"], found["capacity"], found["moves"], found["pack_number"]) == (0, None, [], 0)
    assert await kept() == [(gone, "entry", 300, 80, 0, NOW)]


async def test_contact_is_for_phones_at_their_gates(app: Frame, phone: httpx.AsyncClient) -> None:
    first, second = (await gates())[:2]
    said = {"queue": 0, "direction": "entry"}
    async with client(app, await token_for("staff", scope=Scope(gates=(first.id,)))) as scoped:
        assert (await scoped.post(f"/api/v1/gates/{first.id}/contact", json=said)).status_code == 200
        assert (await scoped.post(f"/api/v1/gates/{second.id}/contact", json=said)).status_code == 404
    assert len(await kept()) == 1


async def test_browser_of_a_lead_is_told_and_not_kept(app: Frame, send: Send) -> None:
    gate, made = await covered_gate("citywide-pass"), await ticket()
    await send(scan(1, made.code, gate.id))
    async with client(app, await token_for("lead", bare=True)) as lead:
        assert (await told(lead, gate.id))["moves"] == [move(made, gate)]
    assert await kept() == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"queue": -1}, {"queue": 2**31}, {"battery": 101}, {"battery": -1}, {"pack_number": -1},
        {"direction": "sideways"}, {"moves_since": "x" * 81}, {"queue": "many"},
    ],
)  # fmt: skip
async def test_wrong_contact_is_refused(phone: httpx.AsyncClient, wrong: dict[str, Any]) -> None:
    gate = await covered_gate("citywide-pass")
    said = {"queue": 0, "direction": "entry", **wrong}
    answer = await phone.post(f"/api/v1/gates/{gate.id}/contact", json=said)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == list(wrong)


@pytest.fixture
async def crowd(app: Frame, no_others: None, committed: None) -> AsyncIterator[list[httpx.AsyncClient]]:
    """Thirty phones at work, everything committed."""
    made = [client(app, await token_for("staff", device=f"Phone {n}")) for n in range(30)]
    yield made
    for phone in made:
        await phone.aclose()


@pytest.mark.committed
async def test_contacts_that_come_together_are_written_together(crowd: list[httpx.AsyncClient], clock: Clock) -> None:
    gate = await covered_gate("citywide-pass")
    await books.book(gate.number, now=clock())
    for phone in crowd:
        await told(phone, gate.id)
    found = await asyncio.gather(*(told(phone, gate.id, queue=n) for n, phone in enumerate(crowd)))
    assert len({answer["pack_number"] for answer in found}) == 1
    assert [row[2] for row in await kept()] == list(range(30))
    writers = await value("SELECT count(DISTINCT xmin::text) FROM device_contact")
    assert writers in {1, 2, 3}


@pytest.mark.committed
async def test_move_that_commits_late_is_heard(crowd: list[httpx.AsyncClient], clock: Clock) -> None:
    """A scan is stored by a transaction that began before a phone heard the news, and ends after it."""
    gate, made = await covered_gate("citywide-pass"), await ticket()
    device = await device_of(await token_for("staff", device="Phone 99"))
    assert DB.pool is not None
    held = await DB.pool.acquire()
    opened = held.transaction()
    await opened.start()
    columns = "device, seq, gate, ticket, request, direction, scanned_at, received_at, status, verdict, warnings"
    await held.execute(
        f"INSERT INTO scan ({columns}) VALUES ($1, 1, $2, $3, '', 'entry', $4, $4, 'stored', 'admitted', '[]')",
        *(device, gate.id, made.id, NOW),
    )
    try:
        await ticket()  # other transactions end meanwhile
        clock.forward(seconds=3)
        first = await told(crowd[0], gate.id)
        assert first["moves"] == []
        await opened.commit()
    finally:
        await DB.pool.release(held)
    clock.forward(seconds=3)
    second = await told(crowd[0], gate.id, first["moves_cursor"])
    assert second["moves"] == [move(made, gate)]
    clock.forward(seconds=3)
    third = await told(crowd[0], gate.id, second["moves_cursor"])
    assert third["moves"] == []
    assert await value("SELECT count(*) FROM scan") == 1


@pytest.mark.committed
async def test_phones_that_ask_together_hear_each_its_own(crowd: list[httpx.AsyncClient], clock: Clock) -> None:
    """Of their own event, and since they asked last."""
    gate, made, later = await covered_gate("citywide-pass"), await ticket(), await ticket()
    elsewhere = next(g for g in await gates() if g.event != gate.event)
    await crowd[0].post("/api/v1/scans", json={"scans": [scan(1, made.code, gate.id)]})
    clock.forward(minutes=5)
    heard = await told(crowd[1], gate.id)
    cursor = heard["moves_cursor"]
    clock.forward(minutes=5)
    await crowd[0].post("/api/v1/scans", json={"scans": [scan(2, later.code, gate.id, at=clock.moment)]})
    places = [gate.id, elsewhere.id, gate.id] * 9
    cursors = [None, None, cursor] * 9
    asked = zip(crowd[1:28], places, cursors, strict=True)
    found = await asyncio.gather(*(told(phone, place, since) for phone, place, since in asked))
    old, new = move(made, gate), move(later, gate, at=clock.moment)
    assert [answer["moves"] for answer in found] == [[old, new], [], [new]] * 9
