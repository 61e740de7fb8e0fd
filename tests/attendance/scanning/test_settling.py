"""Odd scans are seen by the leads of their gates, and settled once."""

import datetime as dt
import re
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from app.attendance import ledger
from app.core.db import fetch
from app.core.web.frame import Frame
from app.people.roles import Role, Scope
from tests.attendance.conftest import Send
from tests.attendance.factories import covered_gate, scan, ticket
from tests.attendance.scanning.standing import counts, evidence
from tests.clock import NOW
from tests.conftest import client
from tests.doors import token_for, value

ADMITTED: dict[str, Any] = {"device_verdict": {"verdict": "admitted"}}


async def lead(app: Frame, **scope: tuple[UUID, ...]) -> httpx.AsyncClient:
    """Return a lead of the staff."""
    return client(app, await token_for("lead", device="Lead", scope=Scope(**scope)))


async def settle(by: httpx.AsyncClient, decision: str, **form: Any) -> httpx.Response:
    """Settle the only scan there is, or the one named."""
    which: Any = form.pop("scan", None) or await value("SELECT max(id) FROM scan")
    return await by.post("/gate/odd", data={"scan": which, "decision": decision, "reason": "seen it myself", **form})


async def odd(by: httpx.AsyncClient) -> str:
    """Return the list of odd scans."""
    answer = await by.get("/gate/odd", headers={"accept-language": "en"})
    assert answer.status_code == 200
    return answer.text


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"gate": "gate-7"}, "This gate is not known any more"),
        ({"scanned_at": "?"}, "The time of the scan cannot be read"),
        ({"scanned_at": "2031-01-01T00:00:00+09:00"}, "The clock of this device is not trusted"),
        ({"code": "nonsense", **ADMITTED}, "let in although the rules said no"),
    ],
)
async def test_odd_scan_is_shown(app: Frame, send: Send, sent: dict[str, str], words: str) -> None:
    gate, made = await covered_gate("citywide-pass"), await ticket()
    async with await lead(app) as city:
        assert "Nothing to settle" in await odd(city)
        await send(scan(1, made.code, gate.id))
        assert "Nothing to settle" in await odd(city)
        await send({**scan(2, made.code, gate.id), **sent})
        assert words in await odd(city)


async def test_number_used_twice_and_admitted_twice_are_shown(app: Frame, send: Send) -> None:
    gate, first, second = await covered_gate("citywide-pass"), await ticket(), await ticket()
    await send(scan(1, first.code, gate.id), scan(1, second.code, gate.id))
    await send(scan(2, first.code, gate.id, **ADMITTED))
    async with await lead(app) as city:
        shown = await odd(city)
    assert "has the same number" in shown
    assert "let in more than once" in shown


async def test_scan_of_a_gate_that_is_gone_counts_at_the_gate_that_is_chosen(app: Frame, send: Send) -> None:
    gate, made = await covered_gate("citywide-pass"), await ticket()
    await send(scan(1, made.code, uuid4(), at=NOW - dt.timedelta(minutes=3)))
    async with await lead(app) as city:
        without = await settle(city, "counted")
        assert (without.status_code, "Choose the gate" in without.text) == (422, True)
        assert (await settle(city, "counted", gate=gate.id)).status_code == 303
        assert "Nothing to settle" in await odd(city)
    [entry] = await evidence()
    assert (entry["kind"], entry["evidence_class"], entry["event"]) == ("manual", "B", gate.event)
    assert (entry["ticket"], entry["reason"], entry["starts_at"]) == (
        made.id,
        "seen it myself",
        NOW - dt.timedelta(minutes=3),
    )
    assert str(entry["operator"]).startswith("account:")
    assert await value("SELECT action FROM audit_entry ORDER BY position DESC LIMIT 1") == "scan.settled"


async def test_dismissed_scan_is_no_evidence_and_does_not_come_back(app: Frame, send: Send) -> None:
    gate, made = await covered_gate("citywide-pass"), await ticket(state="blocked")
    await send(scan(1, made.code, gate.id, **ADMITTED))
    assert len(await evidence()) == 1
    async with await lead(app) as city:
        assert (await settle(city, "dismissed")).status_code == 303
    assert await evidence() == []
    await send(scan(2, made.code, gate.id, "exit", at=NOW - dt.timedelta(minutes=5)))
    assert (await evidence(), await counts()) == ([], [])
    assert (await ledger.verify()).broken == 0


async def test_scan_that_is_evidence_already_is_not_counted_again(app: Frame, send: Send) -> None:
    gate, made = await covered_gate("citywide-pass"), await ticket(state="blocked")
    await send(scan(1, made.code, gate.id, **ADMITTED))
    async with await lead(app) as city:
        assert (await settle(city, "counted")).status_code == 303
    assert [entry["kind"] for entry in await evidence()] == ["scan"]


async def test_scan_is_settled_once(app: Frame, send: Send) -> None:
    gate, made = await covered_gate("citywide-pass"), await ticket()
    await send({**scan(1, made.code, gate.id), "scanned_at": "?"})
    async with await lead(app) as city:
        assert (await settle(city, "seen")).status_code == 303
        assert (await settle(city, "counted")).status_code == 404
    assert await fetch("SELECT decision FROM scan_settlement") == [("seen",)]
    assert await evidence() == []


async def test_code_of_nobody_cannot_count(app: Frame, send: Send) -> None:
    gate = await covered_gate("citywide-pass")
    await send(scan(1, "nonsense", gate.id, **ADMITTED))
    async with await lead(app) as city:
        answer = await settle(city, "counted")
    assert (answer.status_code, await evidence()) == (422, [])


@pytest.mark.parametrize("form", [{"reason": ""}, {"decision": "maybe"}, {"scan": "x"}, {"gate": "x"}])
async def test_wrong_form_settles_nothing(app: Frame, send: Send, form: dict[str, str]) -> None:
    gate, made = await covered_gate("citywide-pass"), await ticket()
    await send({**scan(1, made.code, gate.id), "scanned_at": "?"})
    which: Any = await value("SELECT id FROM scan")
    async with await lead(app) as city:
        sent: dict[str, Any] = {"scan": which, "decision": "seen", "reason": "because", **form}
        answer = await city.post("/gate/odd", data=sent)
    assert answer.status_code in {404, 422}
    assert await value("SELECT count(*) FROM scan_settlement") == 0


async def test_lead_sees_and_settles_the_scans_of_own_gates_alone(app: Frame, send: Send) -> None:
    gate, made = await covered_gate("citywide-pass"), await ticket()
    await send({**scan(1, made.code, gate.id), "scanned_at": "?"})
    await send(scan(2, made.code, uuid4()))
    which: Any = await value("SELECT min(id) FROM scan")
    async with await lead(app, organisers=(uuid4(),)) as stranger:
        assert "Nothing to settle" in await odd(stranger)
        assert (await stranger.get("/gate/odd", params={"scan": which})).status_code == 404
        assert (await settle(stranger, "seen", scan=which)).status_code == 404
    async with await lead(app, organisers=(gate.organiser,)) as own:
        shown = await odd(own)
        assert "cannot be read" in shown
        assert (await own.get("/gate/odd", params={"scan": which})).status_code == 200
        assert "not known any more" not in shown
        assert (await settle(own, "seen", scan=which)).status_code == 303
    async with client(app, await token_for("staff", device="Phone 9")) as staff:
        assert (await staff.get("/gate/odd")).status_code == 403


@pytest.mark.parametrize("role", ["lead", "organiser", "officer"])
async def test_whoever_is_called_by_the_board_may_settle(app: Frame, send: Send, role: Role) -> None:
    """The board's alarm leads here, so everybody who sees the board comes in: to the scans of the own gates."""
    gate, made = await covered_gate("citywide-pass"), await ticket()
    await send({**scan(1, made.code, gate.id), "scanned_at": "?"})
    within, elsewhere = (Scope(organisers=(organiser,)) for organiser in (gate.organiser, uuid4()))
    if role != "officer":
        async with client(app, await token_for(role, scope=elsewhere)) as stranger:
            assert (await settle(stranger, "seen")).status_code == 404
    async with client(app, await token_for(role, scope=Scope() if role == "officer" else within)) as answerable:
        assert "cannot be read" in await odd(answerable)
        assert (await settle(answerable, "seen")).status_code == 303
        empty = await odd(answerable)
        way_on = re.search(r'<a[^>]* href="(/[^"]*)"[^>]*>Live board<', empty[empty.index("Nothing to settle") :])
        assert way_on is not None
        assert (await answerable.get(way_on[1])).status_code in {200, 303}


async def test_clock_in_2031_moves_no_fiscal_year(app: Frame, send: Send) -> None:
    gate, made = await covered_gate("citywide-pass"), await ticket()
    await send({**scan(1, made.code, gate.id), "scanned_at": "2031-04-01T10:00:00+09:00"})
    [entry] = await evidence()
    assert (entry["starts_at"], entry["scheduled_at"]) == (NOW, dt.datetime(2026, 11, 20, 15, tzinfo=dt.UTC))
