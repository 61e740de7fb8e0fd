"""Sources that are due are read, each once; the others are left alone."""

import datetime as dt
from typing import Any
from uuid import UUID

import pytest

from app.core import jobs
from app.core.db import fetch
from app.exchange.pulling.pull import pull
from app.exchange.pulling.sweep import sweep
from tests.clock import NOW
from tests.exchange import planting
from tests.exchange.cities import city
from tests.exchange.pulling.feeds import calendar, many
from tests.exchange.pulling.partners import FEED, Partner

HOUR = dt.timedelta(hours=1)


async def promised() -> list[str]:
    rows = await fetch("SELECT payload ->> 'source' AS source FROM job WHERE name = 'exchange.pull_source'")
    return sorted(row["source"] for row in rows)


async def row_of(source: UUID) -> dict[str, Any]:
    return dict((await fetch("SELECT * FROM source WHERE id = $1", source))[0])


async def test_source_that_is_due_is_read_by_a_job(fukuoka: Partner) -> None:
    fukuoka.city.serve(FEED, calendar(*many(1), more=["REFRESH-INTERVAL;VALUE=DURATION:PT30M"]))
    assert await sweep(now=NOW) == 1
    assert await sweep(now=NOW) == 0
    assert await promised() == [str(fukuoka.source)]
    await jobs.drain(lambda: NOW)
    assert await fukuoka.states() == {"u1": "shown"}
    row = await row_of(fukuoka.source)
    assert row["refresh_seconds"] == 1800
    assert NOW + HOUR / 2 <= row["next_at"] <= NOW + HOUR / 2 * 1.1
    assert await sweep(now=NOW + HOUR / 4) == 0
    assert await sweep(now=NOW + HOUR) == 1


@pytest.mark.parametrize(
    "columns",
    [
        {"next_at": NOW + HOUR},
        {"next_at": None},
        {"paused_at": NOW},
        {"kind": "push"},
        {"url": ""},
    ],
)
async def test_what_is_not_due_is_left_alone(rollback: None, columns: dict[str, Any]) -> None:
    await planting.city(**({"url": "https://kobe.example/"} | columns))
    assert await sweep(now=NOW) == 0


@pytest.mark.parametrize(
    "columns",
    [
        {"revoked_at": NOW},
        {"valid_from": NOW.date() + dt.timedelta(days=2)},
        {"valid_until": NOW.date() - HOUR * 48, "renews": False},
    ],
)
async def test_source_whose_agreement_is_not_valid_is_left_alone(rollback: None, columns: dict[str, Any]) -> None:
    agreement = await planting.agreement(await planting.partner(), **columns)
    await planting.source(agreement, url="https://kobe.example/")
    assert await sweep(now=NOW) == 0


async def test_job_does_nothing_once_the_agreement_is_over(fukuoka: Partner) -> None:
    fukuoka.city.serve(FEED, calendar(*many(1)))
    await sweep(now=NOW)
    await fetch("UPDATE agreement SET revoked_at = $1", NOW)
    assert await jobs.drain(lambda: NOW) == 1
    assert fukuoka.city.asked == []


async def test_failing_source_is_asked_less_and_less_often(fukuoka: Partner) -> None:
    fukuoka.city.serve(FEED, b"", status=500)
    waits = []
    for n in range(1, 5):
        assert (await fukuoka.read()).problem == "status"
        row = await row_of(fukuoka.source)
        assert row["failures"] == n
        waits.append(row["next_at"] - NOW)
    assert waits == sorted(waits)
    assert waits[3] >= 8 * 0.9 * waits[0]
    await fukuoka.says(calendar(*many(1)))
    assert (await row_of(fukuoka.source))["failures"] == 0


async def test_server_that_asks_to_be_left_alone_is(fukuoka: Partner) -> None:
    found = await fukuoka.says(b"", status=503, headers={"Retry-After": "7200"})
    assert (found.outcome, found.answered) == ("failed", 503)
    assert (await row_of(fukuoka.source))["next_at"] >= NOW + 2 * HOUR


async def test_file_handed_in_leaves_the_schedule_of_the_address_alone_when_it_is_broken(fukuoka: Partner) -> None:
    before = await row_of(fukuoka.source)
    found = await pull(source=fukuoka.source, now=NOW, why="upload", file=b"<html>")
    assert found.outcome == "failed"
    assert await row_of(fukuoka.source) == before


async def test_two_cities_are_read_apart(rollback: None) -> None:
    async with city() as one, city() as other:
        ids = []
        for served, n in ((one, 1), (other, 2)):
            served.serve(FEED, calendar(*many(n)))
            ids.append((await planting.city(url=served.url(FEED)))[2])
        assert await sweep(now=NOW) == 2
        await jobs.drain(lambda: NOW)
        found = await fetch("SELECT source, uid FROM exchanged_event ORDER BY uid")
        assert [tuple(row) for row in found] == [(ids[0], "u1"), (ids[1], "u2")]
