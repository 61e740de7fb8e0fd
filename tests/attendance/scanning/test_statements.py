"""How many statements the gates cost: the same for one scan and for a hundred, and few once the gates are known."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest

from app.attendance.packs import books
from app.attendance.scanning import around
from app.core.db import DB, fetch
from app.core.web.frame import Frame
from tests.attendance.factories import covered_gate, scan, signed, ticket, ticket_type
from tests.clock import Clock
from tests.conftest import client
from tests.doors import token_for, value

pytestmark = pytest.mark.committed


@pytest.fixture
async def warm(app: Frame, committed: None) -> AsyncIterator[httpx.AsyncClient]:
    """A phone whose token, gate and ticket type this process has just read."""
    gate, made = await covered_gate("citywide-pass"), await ticket()
    async with client(app, await token_for("staff")) as phone:
        await _send(phone, scan(999, made.code, gate.id))
        yield phone


async def _send(phone: httpx.AsyncClient, *sent: dict[str, Any]) -> list[dict[str, Any]]:
    answer = await phone.post("/api/v1/scans", json={"scans": sent})
    assert answer.status_code == 200, answer.text
    receipts: list[dict[str, Any]] = answer.json()["receipts"]
    return receipts


@asynccontextmanager
async def statements() -> AsyncIterator[list[str]]:
    """Collect the statements of every connection of the pool, those of transactions too."""
    seen: list[str] = []

    def note(query: asyncpg.connection.LoggedQuery) -> None:
        seen.append(query.query)

    assert DB.pool is not None
    open_ = [holder._con for holder in DB.pool._holders if holder._con is not None]
    for connection in open_:
        connection.add_query_logger(note)
    try:
        yield seen
        await asyncio.sleep(0)  # the driver reports with the next turn of the loop
    finally:
        for connection in open_:
            connection.remove_query_logger(note)


@pytest.mark.parametrize("count", [1, 100])
async def test_scans_take_two_statements_and_no_transaction(warm: httpx.AsyncClient, count: int) -> None:
    gate = await covered_gate("citywide-pass")
    guests = [await ticket() for _ in range(count)]
    async with statements() as seen:
        found = await _send(warm, *[scan(n, made.code, gate.id) for n, made in enumerate(guests)])
    assert {receipt["verdict"] for receipt in found} == {"admitted"}
    assert [statement.partition("(")[0] for statement in seen] == ["SELECT * FROM look_scans", "SELECT store_scans"]
    assert await value("SELECT count(*) FROM scan") == count + 1


@pytest.mark.parametrize("count", [1, 100])
async def test_replayed_scans_take_one_statement(warm: httpx.AsyncClient, count: int) -> None:
    gate, made = await covered_gate("citywide-pass"), await ticket()
    sent = [scan(n, made.code, gate.id) for n in range(count)]
    await _send(warm, *sent)
    async with statements() as seen:
        found = await _send(warm, *sent)
    assert {receipt["status"] for receipt in found} == {"already_stored"}
    assert len(seen) == 1


async def test_number_of_the_newest_pack_comes_with_the_receipts(warm: httpx.AsyncClient, clock: Clock) -> None:
    """From memory, so that a phone learns of a newer list while it scans and nobody asks the database for it."""
    gate, made = await covered_gate("citywide-pass"), await ticket()
    books.forget()
    told = [await _number_with(warm, scan(1, made.code, gate.id))]
    for seq in (2, 3):
        await ticket()
        clock.forward(seconds=2)
        await books.book(gate.number, now=clock())
        said = {"queue": 0, "direction": "entry"}
        newest = (await warm.post(f"/api/v1/gates/{gate.id}/contact", json=said)).json()["pack_number"]
        told.append(await _number_with(warm, scan(seq, made.code, gate.id)))
        assert told[-1] == newest
    assert told[0] == 0 < told[1] < told[2]


async def _number_with(phone: httpx.AsyncClient, sent: dict[str, Any]) -> int:
    found: int = (await phone.post("/api/v1/scans", json={"scans": [sent]})).json()["pack_number"]
    return found


async def test_keys_are_asked_only_for_codes_we_do_not_know(warm: httpx.AsyncClient) -> None:
    gate, kind = await covered_gate("citywide-pass"), await ticket_type()
    async with statements() as seen:
        await _send(warm, scan(1, "nonsense", gate.id))
        await _send(warm, scan(2, signed(kind["scope"], kind["number"], 5), gate.id))
        await _send(warm, scan(3, signed(kind["scope"], kind["number"], 6), gate.id))
    assert sum("signing_key" in statement for statement in seen) == 1
    assert len(seen) == 7


async def _close(gate: UUID, at: object) -> None:
    await fetch("UPDATE gate SET closes_at = $2 WHERE id = $1", gate, at)


async def test_gate_that_was_changed_elsewhere_is_known_within_a_second(warm: httpx.AsyncClient, clock: Clock) -> None:
    """Another process cannot tell us; what this one changes itself it forgets at once."""
    gate = await covered_gate("citywide-pass")
    first, second, third = [await ticket() for _ in range(3)]
    before = await value("SELECT closes_at FROM gate WHERE id = $1", gate.id)
    await _close(gate.id, dt.time(9, 0))
    try:
        found = await _send(warm, scan(1, first.code, gate.id))
        clock.forward(seconds=1)
        found += await _send(warm, scan(2, second.code, gate.id))
        await _close(gate.id, None)
        around.forget()
        found += await _send(warm, scan(3, third.code, gate.id))
    finally:
        await _close(gate.id, before)
    assert [receipt["reason"] for receipt in found] == [None, "expired", None]
