"""What changes between our look and our writing is seen: whoever was overtaken judges again, nothing is half done."""

import datetime as dt
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import asyncpg
import httpx
import pytest

from app.attendance import ledger
from app.attendance.scanning import around, rows, scans
from app.attendance.schemas import ScanIn
from app.core.db import fetch
from app.core.settings import settings
from app.core.web.frame import Frame
from app.people import access
from tests.attendance.factories import Place, covered_gate, scan, ticket
from tests.clock import NOW
from tests.conftest import client
from tests.doors import token_for, value

pytestmark = pytest.mark.committed
EARLIER = NOW - dt.timedelta(minutes=1)
FIVE = "INSERT INTO venue_inside (venue, inside) VALUES ($1, 5) ON CONFLICT (venue) DO UPDATE SET inside = 5"
Disturb = Callable[[asyncpg.Connection], Awaitable[object]]
Overtake = Callable[..., list[int]]


@pytest.fixture
async def gate(app: Frame, committed: None) -> Place:
    return await covered_gate("citywide-pass")


@pytest.fixture
async def phone(app: Frame, gate: Place) -> AsyncIterator[httpx.AsyncClient]:
    async with client(app, await token_for("staff")) as found:
        yield found


async def _send(phone: httpx.AsyncClient, *sent: dict[str, Any]) -> list[tuple[str, str | None]]:
    answer = await phone.post("/api/v1/scans", json={"scans": sent})
    assert answer.status_code == 200, answer.text
    return [(receipt["status"], receipt["reason"]) for receipt in answer.json()["receipts"]]


@pytest.fixture
def overtaken(monkeypatch: pytest.MonkeyPatch) -> Overtake:
    """Let another connection do something after each of the first so many looks; return how many looks there were."""

    def overtake(disturb: Disturb, times: int = 1) -> list[int]:
        looks: list[int] = []
        original = rows.look

        async def look(some: Any) -> Any:
            found = await original(some)
            looks.append(len(looks))
            if len(looks) <= times:
                other = await asyncpg.connect(settings().database_url)
                try:
                    await disturb(other)
                finally:
                    await other.close()
            return found

        monkeypatch.setattr(rows, "look", look)
        return looks

    return overtake


async def test_ticket_canceled_meanwhile_is_refused(gate: Place, phone: httpx.AsyncClient, overtaken: Overtake) -> None:
    made = await ticket()
    looks = overtaken(lambda other: other.execute("UPDATE ticket SET state = 'canceled' WHERE id = $1", made.id))
    assert await _send(phone, scan(1, made.code, gate.id)) == [("stored", "canceled")]
    assert len(looks) == 2
    assert await value("SELECT count(*) FROM scan") == 1
    assert await value("SELECT count(*) FROM ledger_entry") == 0


async def test_ticket_that_came_in_elsewhere_meanwhile_is_refused(
    gate: Place, phone: httpx.AsyncClient, overtaken: Overtake
) -> None:
    """Another process admits the same ticket between our look and our writing."""
    made, token = await ticket(), await token_for("staff", device="Phone 2")

    async def admit(_other: asyncpg.Connection) -> None:
        principal = await access.by_token(token, NOW)
        assert principal.device is not None
        one = scans._asked(ScanIn(**scan(7, made.code, gate.id, at=EARLIER)), principal, principal.device, NOW)
        [outcome] = await scans.write([one])
        assert outcome.verdict == "admitted"

    looks = overtaken(admit)
    assert await _send(phone, scan(1, made.code, gate.id)) == [("stored", "already_admitted")]
    assert len(looks) == 3
    assert await value("SELECT count(*) FROM ledger_entry") == 1
    assert await value("SELECT inside FROM venue_inside WHERE venue = $1", gate.venue) == 1


async def test_scan_stored_meanwhile_is_answered_as_stored_already(
    gate: Place, phone: httpx.AsyncClient, overtaken: Overtake
) -> None:
    """A code that is no ticket's has no row to lock: only (device, seq) tells that another process was faster."""
    await _send(phone, scan(1, "nonsense", gate.id))
    await fetch("CREATE TABLE kept AS SELECT * FROM scan WHERE seq = 1")
    try:
        await fetch("UPDATE kept SET seq = 2, id = id + 1000")
        looks = overtaken(lambda other: other.execute("INSERT INTO scan SELECT * FROM kept"))
        found = await _send(phone, scan(2, "nonsense", gate.id), scan(3, "other", gate.id))
        assert [status for status, _reason in found] == ["already_stored", "stored"]
        assert len(looks) == 2
        assert await value("SELECT count(*) FROM scan") == 3
    finally:
        await fetch("DROP TABLE kept")


async def test_venue_that_filled_up_meanwhile_is_full(
    gate: Place, phone: httpx.AsyncClient, overtaken: Overtake
) -> None:
    made, before = await ticket(), await value("SELECT capacity FROM venue WHERE id = $1", gate.venue)
    await fetch("UPDATE venue SET capacity = 5 WHERE id = $1", gate.venue)
    around.forget()
    try:
        looks = overtaken(lambda other: other.execute(FIVE, gate.venue))
        assert await _send(phone, scan(1, made.code, gate.id)) == [("stored", "venue_full")]
        assert len(looks) == 2
    finally:
        await fetch("UPDATE venue SET capacity = $2 WHERE id = $1", gate.venue, before)
        await fetch("UPDATE venue_inside SET inside = 0 WHERE venue = $1", gate.venue)
    assert await value("SELECT count(*) FROM ledger_entry") == 0


async def test_who_is_overtaken_every_time_makes_the_others_wait(
    gate: Place, phone: httpx.AsyncClient, overtaken: Overtake
) -> None:
    made = await ticket()
    looks = overtaken(
        lambda other: other.execute("UPDATE ticket SET revision = revision + 1 WHERE id = $1", made.id),
        times=scans.MOST_TRIES,
    )
    assert await _send(phone, scan(1, made.code, gate.id)) == [("stored", None)]
    assert len(looks) == scans.MOST_TRIES + 1
    assert (await ledger.verify())[:2] == (1, 0)
