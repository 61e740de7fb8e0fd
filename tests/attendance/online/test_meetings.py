"""One-to-one meetings as evidence: written for both or nobody, once, and counted from five minutes shared."""

import datetime as dt
from typing import NamedTuple
from uuid import UUID, uuid4

import pytest

from app.attendance import ledger
from app.attendance.errors import NotTogether
from app.attendance.online.meetings import Meeting, Stay, record
from app.core.db import fetch
from app.core.errors import NotFound
from app.kpi.counting import count
from tests.attendance.factories import Made, covered_gate, ticket
from tests.clock import NOW

MINUTE = dt.timedelta(minutes=1)


class Two(NamedTuple):
    """Two people and their meeting."""

    meeting: Meeting
    first: Made
    second: Made

    async def met(self, *, late: float = 0, minutes: float = 5) -> dt.timedelta:
        """Let the first come on time, the second so many minutes late, and both go so many minutes after that."""
        left = NOW + (late + minutes) * MINUTE
        return await record(
            meeting=self.meeting,
            first=Stay(self.first.id, NOW, left),
            second=Stay(self.second.id, NOW + late * MINUTE, left),
            now=left,
        )


@pytest.fixture
async def two(rollback: None) -> Two:
    place = await covered_gate("citywide-pass")
    await fetch("UPDATE event SET kpi_scope = 'core' WHERE id = $1", place.event)
    return Two(Meeting(uuid4(), place.event, NOW, NOW + 20 * MINUTE), await ticket(), await ticket(residence="KR"))


async def counted() -> int:
    entries = await ledger.read(starts_at=NOW - dt.timedelta(days=1), ends_at=NOW + dt.timedelta(days=1))
    return count(entries, fiscal_year=2026).online


@pytest.mark.parametrize(("late", "minutes", "people"), [(0, 5, 2), (3, 5, 2), (0, 4.99, 0), (30, 4.99, 0)])
async def test_five_shared_minutes_count(two: Two, late: float, minutes: float, people: int) -> None:
    assert await two.met(late=late, minutes=minutes) == minutes * MINUTE
    assert await counted() == people


async def test_evidence_names_the_partner_and_comes_once(two: Two) -> None:
    for _ in range(2):
        await two.met()
    rows = await fetch("SELECT person, other, ticket, session, residence, kind, evidence_class FROM ledger_entry")
    one = (two.meeting.id, "presence", "C")
    assert {tuple(row) for row in rows} == {
        (two.first.person, two.second.person, two.first.id, one[0], "SG", *one[1:]),
        (two.second.person, two.first.person, two.second.id, one[0], "KR", *one[1:]),
    }
    assert len(rows) == 2


@pytest.mark.parametrize("minutes", [0, -1])
async def test_whoever_waits_alone_has_not_met(two: Two, minutes: float) -> None:
    with pytest.raises(NotTogether):
        await two.met(late=3, minutes=minutes)
    assert await fetch("SELECT 1 FROM ledger_entry") == []


@pytest.mark.parametrize("spoil", ["UPDATE ticket SET state = 'canceled' WHERE id = $1", "DELETE FROM coverage"])
async def test_two_valid_tickets_of_the_event_are_needed(two: Two, spoil: str) -> None:
    await fetch(spoil, *([two.first.id] if "$1" in spoil else []))
    with pytest.raises(NotFound):
        await two.met()
    assert await fetch("SELECT 1 FROM ledger_entry") == []


async def test_nobody_meets_himself(two: Two) -> None:
    again = await ticket(person=two.first.person)
    with pytest.raises(NotFound):
        await Two(two.meeting, two.first, again).met()
    with pytest.raises(NotFound):
        await Two(two.meeting, two.first, two.first).met()


async def test_two_stretches_are_two_stays(two: Two) -> None:
    first, second = (NOW, NOW + 3 * MINUTE), (NOW + 4 * MINUTE, NOW + 7 * MINUTE)
    for joined, left in (first, second):
        stays = [Stay(one.id, joined, left) for one in (two.first, two.second)]
        await record(meeting=two.meeting, first=stays[0], second=stays[1], now=left)
    assert await counted() == 2
    assert UUID(str((await fetch("SELECT DISTINCT session FROM ledger_entry"))[0]["session"])) == two.meeting.id
