"""Edges of years and days through HTTP: people follow sessions and pass gates, and the officer's list has the day."""

import datetime as dt

import httpx
import pytest

from app.core.db import fetch
from app.kpi.fiscal import JST
from tests.attendance.factories import covered_gate, scan, ticket
from tests.attendance.online.test_presence import Viewer, viewer
from tests.clock import Clock
from tests.conftest import client
from tests.doors import token_for

FIGURE = "/api/v1/kpi/overseas-participants"
YEARS = range(2024, 2030)


def jst(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=JST)


@pytest.fixture
async def officer(app, http):
    async with client(app, await token_for("officer")) as found:
        yield found


async def days(officer: httpx.AsyncClient) -> list[tuple[int, str]]:
    """Return every day on which somebody counts, with the fiscal year that counts it."""
    found = []
    for year in YEARS:
        answer = await officer.get(f"{FIGURE}/people", params={"fiscal_year": year})
        assert answer.status_code == 200
        people = answer.json()["people"]
        assert (await officer.get(FIGURE, params={"fiscal_year": year})).json()["people"] == len(people)
        found += [(year, day["day"]) for person in people for day in person["event_days"]]
    return found


async def follow(page: Viewer, clock: Clock, *, since: dt.datetime, minutes: int = 10) -> None:
    """Look at a page from a moment on and close it."""
    clock.moment = since
    await page.watch(clock, beats=2 * minutes)
    assert await page.leave() == 204


@pytest.mark.parametrize(
    ("starts_at", "year", "day"),
    [
        ("2026-03-31T23:59:59", 2025, "2026-03-31"),
        ("2026-04-01T00:00:00", 2026, "2026-04-01"),
        ("2027-03-31T23:59:59", 2026, "2027-03-31"),
        ("2027-04-01T00:00:00", 2027, "2027-04-01"),
        ("2028-02-29T00:00:00", 2027, "2028-02-29"),
        ("2028-02-29T23:59:59", 2027, "2028-02-29"),
        ("2027-02-28T23:59:59", 2026, "2027-02-28"),
        ("2026-12-31T23:59:59", 2026, "2026-12-31"),
        ("2027-01-01T00:00:00", 2026, "2027-01-01"),
    ],
)
async def test_session_belongs_to_the_day_and_year_in_japan_in_which_it_starts(
    officer, http: httpx.AsyncClient, clock: Clock, *, starts_at: str, year: int, day: str
) -> None:
    page = await viewer(http, starts_at=jst(starts_at))
    await follow(page, clock, since=jst(starts_at))
    assert await days(officer) == [(year, day)]


async def test_session_across_midnight_belongs_to_its_first_day_for_who_came_after_it(
    officer, http: httpx.AsyncClient, clock: Clock
) -> None:
    page = await viewer(http, starts_at=jst("2027-03-31T23:30:00"), minutes=90)
    await follow(page, clock, since=jst("2027-04-01T00:15:00"))
    assert await days(officer) == [(2026, "2027-03-31")]


async def test_minutes_before_and_after_midnight_add_up(officer, http: httpx.AsyncClient, clock: Clock) -> None:
    page = await viewer(http, starts_at=jst("2026-11-21T23:30:00"), minutes=90)
    await follow(page, clock, since=jst("2026-11-21T23:55:00"), minutes=5)
    assert await days(officer) == []
    again = Viewer(http, page.token)
    await follow(again, clock, since=jst("2026-11-22T00:10:00"), minutes=5)
    assert await days(officer) == [(2026, "2026-11-21")]


@pytest.mark.parametrize("offset", [-11, -8, 0, 5.75, 9, 14])
async def test_zone_of_a_device_moves_nothing(app, officer, clock: Clock, offset: float) -> None:
    """It is 08:30 in Japan, and still the day before in most of the world."""
    await fetch("UPDATE gate_rule SET opens_at = NULL, closes_at = NULL")
    gate, made = await covered_gate("citywide-pass"), await ticket()
    clock.moment = jst("2026-11-22T08:30:00")
    at = clock.moment.astimezone(dt.timezone(dt.timedelta(hours=offset)))
    async with client(app, await token_for("staff")) as phone:
        answer = await phone.post("/api/v1/scans", json={"scans": [scan(1, made.code, gate.id, at=at)]})
    [receipt] = answer.json()["receipts"]
    assert receipt["verdict"] == "admitted"
    assert await days(officer) == [(2026, "2026-11-22")]
