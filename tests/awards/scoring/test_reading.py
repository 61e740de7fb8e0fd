"""Which sheets count, and what members of a panel see of each other."""

from uuid import UUID

import pytest

from app.awards.reach import RoundRef, any_round
from app.awards.scoring import sheets
from app.core.db import fetch
from app.core.web.frame import Frame
from tests.awards import planting
from tests.awards.scoring.desks import FULL, Planted, at_desk, planted, put
from tests.clock import Clock


async def counted(where: Planted) -> list[tuple[UUID, str]]:
    found: RoundRef = await any_round(where.field.round)
    return [(row.entry, row.pseudonym) for row in await sheets.submitted(found)]


async def test_only_submitted_sheets_of_standing_assignments_count(rollback: None) -> None:
    where = await planted(entries_count=4, judges_count=2)
    for n in range(4):
        await planting.sheet(where.assignment(n, 0), FULL)
    await planting.sheet(where.assignment(0, 1), FULL, submitted=False)
    ids = [entry.id for entry in where.field.entries]
    assert await counted(where) == [(one, "J01") for one in ids]
    await planting.recuse(where.field.judges[0].id, ids[1])
    await fetch("UPDATE award_entry SET state = 'withdrawn' WHERE id = $1", ids[2])
    await fetch("UPDATE assignment SET removed_at = made_at WHERE id = $1", where.assignment(3, 0))
    assert await counted(where) == [(ids[0], "J01")]


async def test_abstention_has_no_values(rollback: None) -> None:
    where = await planted()
    await planting.sheet(where.assignment(), FULL, abstained=True)
    (row,) = await sheets.submitted(await any_round(where.field.round))
    assert (row.abstained, row.values, row.version) == (True, {}, where.field.entries[0].digest)


PEERS = "The others on the panel"


async def sees(app: Frame, where: Planted) -> bool:
    async with at_desk(app, where, 0) as judge:
        html = (await judge.get(where.page())).text
    assert (PEERS in html) == ("Not bold enough" in html)
    return PEERS in html


@pytest.mark.parametrize(
    ("peers", "seen"),
    [
        ("own", (False, False, False)),
        ("after_own", (False, True, True)),
        ("after_close", (False, False, True)),
    ],
)
async def test_peers(app: Frame, rollback: None, clock: Clock, peers: str, seen: tuple[bool, ...]) -> None:
    where = await planted(peers=peers, judges_count=3)
    await planting.sheet(where.assignment(0, 1), FULL, to_committee="Not bold enough")
    await planting.sheet(where.assignment(0, 2), FULL, submitted=False, to_committee="Not ready")
    found = [await sees(app, where)]
    async with at_desk(app, where) as judge:
        await put(judge, where.scores(), 0, submit=True)
    found.append(await sees(app, where))
    clock.forward(days=7)
    found.append(await sees(app, where))
    assert tuple(found) == seen


async def test_peers_are_not_shown_before_the_declaration(app: Frame, rollback: None, clock: Clock) -> None:
    where = await planted(peers="after_close")
    await planting.sheet(where.assignment(0, 1), FULL, to_committee="Not bold enough")
    await fetch("DELETE FROM declaration WHERE judge = $1", where.field.judges[0].id)
    clock.forward(days=7)
    async with at_desk(app, where) as judge:
        answer = await judge.get(where.page())
    assert answer.status_code == 303
    assert answer.headers["location"] == "/judging/green-2026/declare"
    assert "Not bold enough" not in answer.text
