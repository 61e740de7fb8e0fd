"""Many gates at the same moment, for real: nothing is lost, nothing happens twice."""

import asyncio
import datetime as dt
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import httpx
import pytest

from app.attendance import ledger
from app.attendance.scanning import around, rows, scans
from app.attendance.scanning.desk import Asked
from app.attendance.schemas import ScanIn
from app.core.db import fetch
from app.core.web.frame import Frame
from app.people import access
from tests.attendance.factories import Made, covered_gate, scan, second_door, ticket
from tests.attendance.scanning.standing import counts, evidence
from tests.clock import NOW
from tests.conftest import client
from tests.doors import token_for, value

pytestmark = pytest.mark.committed


@pytest.fixture
async def roomy(committed: None) -> AsyncIterator[None]:
    """No venue counts, so that no lock on a venue does the work of the lock under test."""
    before = await fetch("SELECT id, capacity FROM venue")
    await fetch("UPDATE venue SET capacity = NULL")
    around.forget()
    yield
    around.forget()
    for row in before:
        await fetch("UPDATE venue SET capacity = $2 WHERE id = $1", row["id"], row["capacity"])


async def _send(phone: httpx.AsyncClient, *sent: dict[str, Any]) -> list[dict[str, Any]]:
    answer = await phone.post("/api/v1/scans", json={"scans": sent})
    assert answer.status_code == 200, answer.text
    receipts: list[dict[str, Any]] = answer.json()["receipts"]
    return receipts


def _asked(token: str, sent: dict[str, Any]) -> Any:
    """Prepare what another process would write: its writer is not ours, so the database alone must keep order."""

    async def write() -> str:
        principal = await access.by_token(token, NOW)
        assert principal.device is not None
        [outcome] = await scans.write([scans._asked(ScanIn(**sent), principal, principal.device, NOW)])
        return f"{outcome.status} {outcome.verdict}"

    return write()


@pytest.mark.parametrize("kind", ["entry", "exit", "denial"])
async def test_twelve_connections_send_the_same_scan(app: Frame, roomy: None, kind: str) -> None:
    gate, token = await covered_gate("citywide-pass"), await token_for("staff")
    made = await ticket(state="canceled" if kind == "denial" else "valid")
    async with client(app, token) as phone:
        if kind == "exit":
            await _send(phone, scan(1, made.code, gate.id))
        one = scan(2, made.code, gate.id, "exit" if kind == "exit" else "entry")
        found = [r for [r] in await asyncio.gather(*(_send(phone, one) for _ in range(12)))]
    assert Counter(r["status"] for r in found) == {"stored": 1, "already_stored": 11}
    assert len({(r["verdict"], r["reason"]) for r in found}) == 1
    assert await value("SELECT count(*) FROM scan WHERE seq = 2") == 1
    assert await value("SELECT count(*) FROM ledger_entry") == {"entry": 1, "exit": 1, "denial": 0}[kind]


@pytest.mark.parametrize("code", ["ticket", "nonsense"])
async def test_twelve_processes_send_the_same_scan(roomy: None, app: Frame, code: str) -> None:
    gate, token, made = await covered_gate("citywide-pass"), await token_for("staff"), await ticket()
    for seq in range(10):
        one = scan(seq, made.code if code == "ticket" else "?", gate.id, "exit" if seq % 2 else "entry")
        found = await asyncio.gather(*(_asked(token, (one)) for _ in range(12)))
        assert Counter(answer.split()[0] for answer in found) == {"stored": 1, "already_stored": 11}
    assert await value("SELECT count(*) FROM scan") == 10
    assert (await ledger.verify()).broken == 0


async def test_same_code_at_two_gates_at_once_is_admitted_once(roomy: None, app: Frame) -> None:
    gate = await covered_gate("citywide-pass")
    tokens = [await token_for("staff", device=f"Phone {n}") for n in range(8)]
    for round_ in range(10):
        made = await ticket()
        found = await asyncio.gather(*(_asked(t, scan(round_, made.code, gate.id)) for t in tokens))
        assert Counter(found) == {"stored admitted": 1, "stored refused": 7}
    assert len({entry["ticket"] for entry in await evidence()}) == len(await evidence()) == 10
    assert await counts() == []


async def test_last_place_of_a_venue_is_given_once(roomy: None, app: Frame) -> None:
    gate = await covered_gate("citywide-pass")
    tokens = [await token_for("staff", device=f"Phone {n}") for n in range(8)]
    await fetch("UPDATE venue SET capacity = 5 WHERE id = $1", gate.venue)
    around.forget()
    guests = [await ticket() for _ in range(24)]
    found = await asyncio.gather(*(_asked(tokens[n % 8], scan(n, made.code, gate.id)) for n, made in enumerate(guests)))
    assert Counter(found) == {"stored admitted": 5, "stored refused": 19}


async def test_two_processes_never_fill_a_venue_beyond_its_capacity(roomy: None, app: Frame) -> None:
    """Two large groups that write at the same moment, each with room enough for itself alone, at two gates."""
    here = await covered_gate("citywide-pass")
    doors = [here.id, (await second_door(here)).id]
    await fetch("UPDATE venue SET capacity = 420 WHERE id = $1", here.venue)
    around.forget()
    guests = [await ticket() for _ in range(440)]
    groups = [await _group(doors[side], guests[side::2]) for side in range(2)]
    try:
        found = await asyncio.gather(*(scans.write(group) for group in groups))
        assert Counter(one.reason for group in found for one in group) == {None: 420, "venue_full": 20}
        assert await value("SELECT count(*) FROM ticket_state WHERE inside_venue = $1", here.venue) == 420
    finally:
        await fetch("DELETE FROM gate WHERE id = $1", doors[1])


async def _group(gate: UUID, guests: list[Made]) -> list[Asked]:
    """Prepare what one web process would write as one group: the first entry of each guest."""
    principal = await access.by_token(await token_for("staff"), NOW)
    assert principal.device is not None
    entries = (ScanIn(**scan(n, made.code, gate)) for n, made in enumerate(guests))
    return [scans._asked(entry, principal, principal.device, NOW) for entry in entries]


async def test_waiting_requests_are_written_together(app: Frame, roomy: None, monkeypatch: pytest.MonkeyPatch) -> None:
    gate, token = await covered_gate("citywide-pass"), await token_for("staff")
    guests = [await ticket() for _ in range(32)]
    sizes: list[int] = []
    write = scans._collector._write

    async def counted(asked: list[Any]) -> Any:
        sizes.append(len(asked))
        return await write(asked)

    monkeypatch.setattr(scans._collector, "_write", counted)
    async with client(app, token) as phone:
        found = await asyncio.gather(*(_send(phone, scan(n, g.code, gate.id)) for n, g in enumerate(guests)))
    assert all(r["verdict"] == "admitted" for [r] in found)
    assert sum(sizes) == 32
    assert len(sizes) < 16


async def test_bad_request_in_a_group_hurts_nobody_else(
    app: Frame, roomy: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fault in the middle of a group: the group is written again one by one, only the faulty one gets the error."""
    gate, token = await covered_gate("citywide-pass"), await token_for("staff")
    guests = [await ticket() for _ in range(8)]
    original = rows.store

    async def store(group: rows.Group, *, now: dt.datetime) -> bool:
        if any(row.seq == 5 for row in group.rows):
            raise OSError
        return await original(group, now=now)

    monkeypatch.setattr(rows, "store", store)
    async with client(app, token) as phone:
        answers = await asyncio.gather(
            *(phone.post("/api/v1/scans", json={"scans": [scan(n, g.code, gate.id)]}) for n, g in enumerate(guests))
        )
    assert [a.status_code for a in answers] == [200] * 5 + [500] + [200] * 2
    assert await value("SELECT count(*) FROM scan") == 7
    assert await value("SELECT count(*) FROM ledger_entry") == 7
    assert (await ledger.verify()).broken == 0


async def test_answer_given_up_is_written_all_the_same(
    app: Frame, roomy: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate, token, made = await covered_gate("citywide-pass"), await token_for("staff"), await ticket()
    taken, write = asyncio.Event(), scans._collector._write

    async def noted(asked: list[Any]) -> Any:
        taken.set()
        return await write(asked)

    monkeypatch.setattr(scans._collector, "_write", noted)
    async with client(app, token) as phone:
        lost = asyncio.create_task(_send(phone, scan(1, made.code, gate.id)))
        await taken.wait()
        lost.cancel()
        [again] = await _send(phone, scan(1, made.code, gate.id))
    assert (again["status"], again["verdict"]) == ("already_stored", "admitted")
