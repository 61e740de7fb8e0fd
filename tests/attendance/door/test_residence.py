"""Whoever has not said where he lives is asked at the gate, once, and then goes in."""

from uuid import uuid4

import httpx
import msgspec
import pytest

from app.attendance.door import residence
from app.core.db import fetch
from app.core.web.frame import Frame
from app.people.roles import Scope
from app.ticketing.life import history
from tests.attendance.conftest import Send
from tests.attendance.factories import Made, Place, covered_gate, gates, scan, ticket
from tests.clock import NOW
from tests.conftest import client
from tests.doors import token_for, value


async def say(phone: httpx.AsyncClient, gate: Place, made: Made, said: str = "DE") -> int:
    address = f"/api/v1/gates/{gate.id}/guests/{made.id}/residence"
    return (await phone.post(address, json={"residence": said})).status_code


async def lived(made: Made) -> str | None:
    [row] = await fetch("SELECT residence FROM ticket WHERE id = $1", made.id)
    found: str | None = row["residence"]
    return found


async def test_guest_who_says_where_he_lives_goes_in(phone: httpx.AsyncClient, send: Send) -> None:
    gate, made = await covered_gate("citywide-pass"), await ticket(residence=None)
    [refused] = await send(scan(1, made.code, gate.id))
    assert (refused["verdict"], refused["reason"]) == ("refused", "residence_missing")
    assert refused["ticket"]["id"] == str(made.id)
    assert await say(phone, gate, made) == 204
    [admitted] = await send(scan(2, made.code, gate.id))
    assert (admitted["verdict"], admitted["reason"]) == ("admitted", None)
    assert await lived(made) == "DE"
    assert await value("SELECT residence FROM ledger_entry WHERE kind = 'scan'") == "DE"


async def test_history_says_that_it_was_at_the_gate(phone: httpx.AsyncClient) -> None:
    gate, made = await covered_gate("citywide-pass"), await ticket(residence=None)
    await say(phone, gate, made)
    [_issued, line] = await history.of_ticket(made.id)
    assert (line.action, line.actor, line.fields, line.reason) == ("changed", "staff", ["residence"], "at the gate")
    rows = await fetch("SELECT detail, subject FROM audit_entry WHERE action = 'guests.residence'")
    assert [(msgspec.json.decode(row["detail"]), row["subject"]) for row in rows] == [
        ({"ticket": str(made.id)}, f"gate:{gate.id}")
    ]


async def test_ledger_learns_that_a_known_person_lives_elsewhere(phone: httpx.AsyncClient) -> None:
    gate, made = await covered_gate("citywide-pass"), await ticket(residence=None)
    await say(phone, gate, made)
    assert await value("SELECT residence FROM person WHERE id = $1", made.person) == "DE"
    rows = await fetch("SELECT payload FROM job WHERE name = 'attendance.record_residence'")
    assert [msgspec.json.decode(row["payload"])["person"] for row in rows] == [str(made.person)]


async def test_said_again_changes_nothing_and_another_country_is_refused(phone: httpx.AsyncClient) -> None:
    gate, made = await covered_gate("citywide-pass"), await ticket(residence=None)
    assert [await say(phone, gate, made, said) for said in ("DE", "DE", "FR")] == [204, 204, 409]
    assert await lived(made) == "DE"
    assert await value("SELECT count(*) FROM ticket_change") == 1


@pytest.mark.parametrize("said", ["XX", "", "de", "Deutschland"])
async def test_only_countries_are_taken(phone: httpx.AsyncClient, said: str) -> None:
    gate, made = await covered_gate("citywide-pass"), await ticket(residence=None)
    assert await say(phone, gate, made, said) == 422
    assert await lived(made) is None


async def test_canceled_ticket_is_not_changed(phone: httpx.AsyncClient) -> None:
    gate, made = await covered_gate("citywide-pass"), await ticket(residence=None, state="canceled")
    assert await say(phone, gate, made) == 409
    assert await lived(made) is None


async def test_guests_of_other_events_are_not_here(phone: httpx.AsyncClient) -> None:
    gate, made = await covered_gate("citywide-pass"), await ticket(residence=None)
    await fetch("DELETE FROM coverage WHERE event = $1", gate.event)
    assert await say(phone, gate, made) == 404
    assert await lived(made) is None


async def test_only_devices_and_leads_of_the_gate_ask(app: Frame, rollback: None) -> None:
    gate, made = await covered_gate("citywide-pass"), await ticket(residence=None)
    other = next(g for g in await gates() if g.id != gate.id)
    async with client(app, await token_for("staff", scope=Scope(gates=(other.id,)))) as stranger:
        assert await say(stranger, gate, made) == 404
    async with client(app, await token_for("lead", scope=Scope(organisers=(uuid4(),)), bare=True)) as stranger:
        assert await say(stranger, gate, made) == 404
    async with client(app, await token_for("staff", bare=True)) as bare:
        assert await say(bare, gate, made) == 403
    assert await lived(made) is None
    async with client(app, await token_for("lead", bare=True)) as lead:
        assert await say(lead, gate, made) == 204


async def test_most_frequent_countries_come_first(rollback: None) -> None:
    gate = await covered_gate("citywide-pass")
    before = await residence.frequent(gate.id, now=NOW)
    assert before[: len(residence.USUAL)] == list(residence.USUAL)
    for said, people in (("KE", 3), ("BR", 2), ("JP", 1)):
        for _ in range(people):
            await ticket(residence=said)
    assert await residence.frequent(gate.id, now=NOW) == ["KE", "BR", "JP", "CN", "KR", "TW", "TH", "US"]
