"""Judges who save at the same moment, in two windows each; saves that meet a closing or a recusal."""

import asyncio
from collections.abc import Awaitable, Callable

import httpx
import pytest

from app.core.db import fetch, transaction
from app.core.web.frame import Frame
from tests.awards import planting
from tests.awards.scoring.desks import FULL, Planted, at_desk, planted, put
from tests.doors import WAITING, value

SAVES = 5
"""What each window writes into each sheet."""


async def window(http: httpx.AsyncClient, address: str, name: str, acknowledged: dict[int, str]) -> None:
    """Write again and again; whoever was overtaken takes the newer revision and writes on top of it."""
    seen = 0
    for n in range(SAVES):
        said = f"{name} {n}"
        while True:
            answer = await put(http, address, seen, {"impact": 1 + n % 5}, to_committee=said)
            seen = answer.json()["revision"]
            if answer.status_code == 200:
                assert seen not in acknowledged, "two saves under one revision"
                acknowledged[seen] = said
                break
            assert answer.status_code == 412, answer.text


async def judge_in_two_windows(app: Frame, where: Planted, n: int) -> dict[int, str]:
    """Return what one judge was told to be saved, by revision."""
    acknowledged: dict[int, str] = {}
    async with at_desk(app, where, n) as http:
        await asyncio.gather(*(window(http, where.scores(), name, acknowledged) for name in ("train", "desk")))
    return acknowledged


@pytest.mark.parametrize("judges", [20, pytest.param(200, marks=pytest.mark.faults)])
async def test_no_update_is_lost(app: Frame, committed: None, judges: int) -> None:
    where = await planted(entries_count=1, judges_count=judges)
    found = await asyncio.gather(*(judge_in_two_windows(app, where, n) for n in range(judges)))
    rows = {row["assignment"]: row for row in await fetch("SELECT assignment, revision, to_committee FROM sheet")}
    assert len(rows) == judges
    for n, acknowledged in enumerate(found):
        row = rows[where.assignment(0, n)]
        assert sorted(acknowledged) == list(range(1, 2 * SAVES + 1))
        assert (row["revision"], row["to_committee"]) == (2 * SAVES, acknowledged[2 * SAVES])


async def test_same_save_sent_many_times_at_once_is_one(app: Frame, committed: None) -> None:
    where = await planted(entries_count=1, judges_count=1)
    async with at_desk(app, where) as http:
        answers = await asyncio.gather(*(put(http, where.scores(), 0, submit=True) for _ in range(8)))
    assert {(answer.status_code, answer.json()["revision"]) for answer in answers} == {(200, 1)}
    assert await value("SELECT count(*) FROM audit_entry WHERE action = 'award.sheet'") == 1


@pytest.mark.parametrize("how", ["save", "submit"])
async def test_save_that_meets_a_closing_waits_and_is_refused(app: Frame, committed: None, how: str) -> None:
    where = await planted(entries_count=1, judges_count=3)
    found = await _while_held(app, where, lambda: planting.close_round(where.field.round), how)
    assert found == [409, 409, 409]
    assert await value("SELECT count(*) FROM sheet") == 0


@pytest.mark.parametrize("how", ["save", "submit"])
async def test_save_that_meets_a_recusal_waits_and_is_refused(app: Frame, committed: None, how: str) -> None:
    where = await planted(entries_count=1, judges_count=3)

    async def recuse() -> None:
        for judge in where.field.judges:
            await planting.recuse(judge.id, where.field.entries[0].id)

    assert await _while_held(app, where, recuse, how) == [404, 404, 404]
    assert await value("SELECT count(*) FROM sheet") == 0


async def _while_held(app: Frame, where: Planted, act: Callable[[], Awaitable[None]], how: str) -> list[int]:
    """Let every judge save while `act` is done and not yet committed; return what they were told afterwards."""
    done, release = asyncio.Event(), asyncio.Event()

    async def hold() -> None:
        async with transaction():
            await act()
            done.set()
            await release.wait()

    async def save(n: int) -> int:
        async with at_desk(app, where, n) as http:
            return (await put(http, where.scores(), 0, FULL, submit=how == "submit")).status_code

    holding = asyncio.create_task(hold())
    await done.wait()
    saving = [asyncio.create_task(save(n)) for n in range(3)]
    while await value(WAITING) != len(saving):
        pass
    release.set()
    await holding
    return list(await asyncio.gather(*saving))
