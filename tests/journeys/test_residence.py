"""The residence declared last is the one that counts, whichever ticket was used."""

import httpx
import pytest

from app.core import jobs
from app.core.web.frame import Frame
from tests.attendance.factories import covered_gate, scan
from tests.clock import Clock
from tests.conftest import client
from tests.doors import token_for
from tests.ticketing.wishes import member, register, wish


async def people(app: Frame) -> tuple[int, list[str]]:
    """Return how many people count, and the countries they live in, as the officer sees them."""
    async with client(app, await token_for("officer")) as officer:
        found = (await officer.get("/api/v1/kpi/overseas-participants")).json()
    return found["people"], [row["country"] for row in found["by_country"]]


@pytest.mark.parametrize(("then", "expected"), [("SG", (1, ["SG"])), ("MY", (1, ["MY"])), ("JP", (0, []))])
async def test_latest_declaration_counts(
    http: httpx.AsyncClient, app: Frame, clock: Clock, then: str, expected: tuple[int, list[str]]
) -> None:
    first = (await register(http, wish(member(residence="SG")))).json()["tickets"][0]
    gate = await covered_gate("citywide-pass")
    async with client(app, await token_for("staff")) as phone:
        await phone.post("/api/v1/scans", json={"scans": [scan(1, first["code"], gate.id)]})
    assert await people(app) == (1, ["SG"])

    clock.forward(minutes=1)
    await register(http, wish(member(residence=then)))
    await jobs.drain(clock)

    assert await people(app) == expected
