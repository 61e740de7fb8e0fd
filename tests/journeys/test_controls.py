"""Negative controls: what the journeys and races claim is able to fail, shown by leaving out what makes it hold."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any
from uuid import UUID

import httpx
import pytest

from app.core import idempotency
from app.core.db import connection, fetch, fetch_one, transaction
from app.core.web.frame import Frame
from app.ticketing.registering import entries
from app.ticketing.registering import register as registering
from app.ticketing.registering.entries import Entry, Outcome
from tests.clock import NOW, Clock
from tests.conftest import client
from tests.doors import token_for, value
from tests.journeys.doing import KPI
from tests.ticketing.wishes import member, register, wish

ASKERS = 500
PLACES = 3


# ------------------------------------------------------------------------------------------------------------ oversell


@pytest.fixture
async def scratch(app: Frame) -> AsyncIterator[None]:
    """A quota of three places that no CHECK protects, committed."""
    async with connection() as lent:
        await lent.execute("CREATE TABLE scratch_quota (id int PRIMARY KEY, capacity int, taken int)")
        await lent.execute("INSERT INTO scratch_quota VALUES (1, $1, 0)", PLACES)
    yield
    async with connection() as lent:
        await lent.execute("DROP TABLE scratch_quota")


async def by_condition() -> bool:
    """Take a place as registration does: looking and taking are one statement."""
    async with transaction():
        return None is not await fetch_one(
            "UPDATE scratch_quota SET taken = taken + 1 WHERE id = 1 AND taken + 1 <= capacity RETURNING id"
        )


async def by_reading_first() -> bool:
    """Take a place as registration must not: look, then take."""
    async with transaction():
        row = await fetch_one("SELECT capacity, taken FROM scratch_quota WHERE id = 1")
        assert row is not None
        if row["taken"] >= row["capacity"]:
            return False
        await fetch("UPDATE scratch_quota SET taken = $1 WHERE id = 1", row["taken"] + 1)
        return True


async def sold(take: Callable[[], Awaitable[bool]]) -> int:
    """Let everybody ask at once and return how many were told that they have a place."""
    return sum(await asyncio.gather(*(take() for _ in range(ASKERS))))


async def test_taking_in_one_statement_sells_what_there_is(scratch: None) -> None:
    assert await sold(by_condition) == PLACES
    assert await value("SELECT taken FROM scratch_quota") == PLACES


async def test_reading_before_taking_oversells(scratch: None) -> None:
    assert await sold(by_reading_first) > PLACES


async def test_registering_without_the_condition_oversells(
    app: Frame, committed: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def alone(entry: Entry) -> Outcome:
        """Write it beside the others, as other processes do."""
        [outcome] = await entries.write([entry])
        return outcome

    condition = "q.taken + w.places FROM", "q.taken + w.places <= q.capacity"
    assert all(part in entries._INSERT for part in condition)
    careless = entries._INSERT.replace(condition[0], "least(q.capacity, q.taken + w.places) FROM")
    monkeypatch.setattr(entries, "_INSERT", careless.replace(condition[1], "true"))
    monkeypatch.setattr(entries, "_LEFT", entries._LEFT.removesuffix(" FOR UPDATE"))
    monkeypatch.setattr(registering, "_written", alone)
    await fetch("UPDATE quota SET capacity = 40 WHERE slug = 'citywide'")
    try:
        async with client(app) as http:
            wishes = (wish(member(name=f"n{i}"), email=f"p{i}@example.org") for i in range(120))
            answers = await asyncio.gather(*(register(http, one) for one in wishes))
        assert {answer.status_code for answer in answers} <= {201, 409}
        assert sum(answer.status_code == 201 for answer in answers) > 40
        assert int(str(await value("SELECT count(*) FROM ticket"))) > 40
    finally:
        await fetch("UPDATE quota SET taken = 0, capacity = 20000 WHERE slug = 'citywide'")


# --------------------------------------------------------------------------------------------------------- idempotency


async def twenty_times(app: Frame) -> tuple[int, object]:
    """Send one registration twenty times at once under one key: how many different answers, how many tickets."""
    async with client(app) as http:
        answers = await asyncio.gather(*(register(http, wish(), key="one key") for _ in range(20)))
    assert {answer.status_code for answer in answers} == {201}
    return len({answer.content for answer in answers}), await value("SELECT count(*) FROM ticket")


async def test_one_key_is_one_ticket(app: Frame, committed: None) -> None:
    assert await twenty_times(app) == (1, 1)


async def test_one_key_that_nobody_claims_makes_ghost_tickets(
    app: Frame, committed: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never_seen(claims: Sequence[idempotency.Claim], *, now: dt.datetime) -> set[UUID]:
        """Let every claim hold."""
        return {claim.id for claim in claims}

    monkeypatch.setattr(idempotency, "claim_all", never_seen)
    assert await twenty_times(app) == (20, 20)


# ----------------------------------------------------------------------------------------------------- double counting


async def test_counting_anything_but_persons_is_wrong(app: Frame, committed: None, clock: Clock) -> None:
    """Two people on one address, one of them with two tickets, at three gates and on line: the figure is two."""
    async with client(app) as http:
        first = (await register(http, wish(member(), member(name="林", residence="MY")))).json()["tickets"]
        [second] = (await register(http, wish(member(ticket_type="student-pass")))).json()["tickets"]
    await scan_at_gates(app, [(first[0], 3), (first[1], 1), (second, 2)])
    await stay_on_line(app, clock, second, minutes=15)

    async with client(app, await token_for("officer")) as officer:
        told = (await officer.get(KPI, params={"fiscal_year": 2026})).json()
    by_other_means = {
        "evidence": await value("SELECT count(*) FROM ledger_entry"),
        "admitted scans": await value("SELECT count(*) FROM scan WHERE verdict = 'admitted'"),
        "tickets": await value("SELECT count(*) FROM ticket"),
        "addresses": await value("SELECT count(DISTINCT address_key) FROM person_details"),
        "on site and on line added": told["on_site"] + told["online"],
    }
    assert told["people"] == 2
    assert by_other_means == {
        "evidence": 7, "admitted scans": 6, "tickets": 3, "addresses": 1, "on site and on line added": 3,
    }  # fmt: skip


async def scan_at_gates(app: Frame, shown: list[tuple[dict[str, Any], int]]) -> None:
    """Let in each ticket at as many gates of different events as are asked for."""
    gates = [r["id"] for r in await fetch("SELECT DISTINCT ON (event) id, event FROM gate ORDER BY event, position")]
    seen = [(ticket, gate) for ticket, times in shown for gate in gates[:times]]
    scans = [
        {"seq": n, "code": ticket["code"], "gate": str(gate), "direction": "entry", "scanned_at": NOW.isoformat()}
        for n, (ticket, gate) in enumerate(seen)
    ]
    async with client(app, await token_for("staff")) as phone:
        receipts = (await phone.post("/api/v1/scans", json={"scans": scans})).json()["receipts"]
    assert [receipt["verdict"] for receipt in receipts] == ["admitted"] * len(seen)


async def stay_on_line(app: Frame, clock: Clock, ticket: dict[str, Any], *, minutes: int) -> None:
    """Follow the session that begins now."""
    async with client(app) as http:
        token = await join_token(http, ticket)
        visit = (await http.post(f"/api/v1/join/{token}")).json()["visit"]
        for _ in range(minutes * 2):
            clock.forward(seconds=30)
            await http.post("/api/v1/presence/beats", json={"token": token, "visit": visit})
        await http.post("/api/v1/presence/leave", json={"token": token, "visit": visit})
    assert await value("SELECT ends_at - starts_at FROM ledger_entry WHERE kind = 'presence'") == dt.timedelta(
        minutes=minutes
    )


async def join_token(http: httpx.AsyncClient, ticket: dict[str, Any]) -> str:
    """Return the first way into a session that the ticket's page shows."""
    page = (await http.get(ticket["page_url"])).text
    return page.partition("/join/")[2].partition('"')[0]
