"""Counting each scan once, from one reading to the next, in whatever order transactions commit."""

import datetime as dt
import random
from uuid import UUID

import asyncpg
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.attendance.board.readings import read_new
from app.attendance.board.tally import KEPT, LATE, NEAR, Row, Tally, minute_of
from app.core.db import DB, Open, fetch, transaction
from tests.attendance.board.rows import phone, scans
from tests.attendance.factories import gates
from tests.clock import NOW, Clock

GATES = [UUID(int=n) for n in range(3)]
START = minute_of(NOW)


def row(ids: list[int], *, gate: UUID = GATES[0], minute: int = START, **more: object) -> Row:
    given = {
        "status": "stored",
        "direction": "entry",
        "verdict": "admitted",
        "reason": None,
        "untrusted": False,
        "device": GATES[0],
        "last_at": NOW,
        **more,
    }
    return Row(gate=gate, minute=minute, scans=len(ids), last=max(ids), ids=ids, settled=0, **given)  # type: ignore[arg-type]


def entered(tally: Tally, gate: UUID = GATES[0]) -> int:
    return sum(at.entered for at in tally.between(gate, START - KEPT, START).values())


@given(st.integers(min_value=1, max_value=60), st.randoms(use_true_random=False))
def test_every_scan_is_counted_once_whatever_becomes_visible_when(many: int, chance: random.Random) -> None:
    """Numbers become visible in any order within their time; each reading finds what the tally asks for."""
    visible_at = {n: chance.randint(0, 20) for n in range(1, many + 1) if chance.random() < 0.9}
    gate_of = {n: chance.choice(GATES) for n in visible_at}
    tally = Tally()
    for second in range(22):
        now = NOW + dt.timedelta(seconds=second)
        found = [n for n, at in visible_at.items() if at <= second and (n > tally.last or n in tally.missing)]
        tally.add([row([n], gate=gate_of[n]) for n in found], now=now)
        for gate in GATES:
            seen = sum(at <= second for n, at in visible_at.items() if gate_of[n] == gate)
            assert entered(tally, gate) == seen == tally.day(gate, START).entered


def test_number_that_never_comes_is_given_up() -> None:
    tally = Tally()
    tally.add([], now=NOW - LATE / 2)
    tally.add([row([1, 4])], now=NOW)
    assert set(tally.missing) == {2, 3}
    tally.add([row([3])], now=NOW + dt.timedelta(seconds=1))
    assert set(tally.missing) == {2}
    tally.add([], now=NOW + LATE - dt.timedelta(seconds=1))
    assert set(tally.missing) == {2}
    tally.add([], now=NOW + LATE)
    assert tally.missing == {}


def test_number_just_above_the_last_is_missed_at_once() -> None:
    tally = Tally()
    tally.add([row([10])], now=NOW)
    tally.add([row([12])], now=NOW + dt.timedelta(seconds=1))
    assert 11 in tally.missing
    assert 12 not in tally.missing


def test_long_pause_asks_for_nothing_that_is_long_done() -> None:
    """After an hour unwatched a million numbers may have passed; those that came long ago are all visible."""
    tally = Tally()
    tally.add([row([10])], now=NOW)
    tally.add([row([1_000_001, 1_000_003])], now=NOW + dt.timedelta(hours=1))
    assert set(tally.missing) == {1_000_002, *range(1_000_001 - NEAR, 1_000_001)}
    settled = msgspec.structs.replace(row([2_000_002]), settled=2_000_000)
    tally.add([settled], now=NOW + dt.timedelta(hours=2))
    assert set(tally.missing) == {2_000_001}


def test_exits_count_as_scans_and_not_as_entries() -> None:
    tally = Tally()
    tally.add([row([1, 2], direction="exit"), row([3], verdict="refused", reason="expired"),
               row([4], status="quarantined"), row([5], direction="undo")], now=NOW)  # fmt: skip
    at = tally.between(GATES[0], START, START)[START]
    assert (at.entered, at.scans, at.refused) == (0, 3, {"expired": 1})


def test_day_that_was_asked_for_goes_on_counting_and_a_new_day_begins_anew() -> None:
    tally = Tally()
    tally.add([row([1], minute=START - 10), row([2], minute=START)], now=NOW)
    assert tally.day(GATES[0], START - 10).entered == 2
    assert tally.day(GATES[0], START).entered == 1
    tally.add([row([3], minute=START), row([4], minute=START - 1)], now=NOW)
    assert tally.day(GATES[0], START).entered == 2


def test_old_minutes_are_forgotten() -> None:
    tally = Tally()
    tally.add([row([1], minute=START - KEPT - 1), row([2], minute=START - KEPT)], now=NOW)
    assert list(tally.minutes[GATES[0]]) == [START - KEPT]


@pytest.fixture
async def gate(committed: None) -> UUID:
    return (await gates())[0].id


async def test_scan_of_a_transaction_that_commits_late_is_counted(gate: UUID, clock: Clock) -> None:
    """Real transactions: the lower number is still open while the higher one is read."""
    tally, device = Tally(), await phone()
    pool = DB.pool
    assert pool is not None
    async with pool.acquire() as lent:
        open_one = lent.transaction()
        await open_one.start()
        token = DB.current_transaction.set(Open(lent))
        await scans(device, gate, n=3)
        DB.current_transaction.reset(token)
        await scans(device, gate, n=2)
        tally.add(await read_new(tally, now=NOW), now=NOW)
        assert entered(tally, gate) == 2
        assert len(tally.missing) >= 3
        await open_one.commit()
    later = NOW + dt.timedelta(seconds=1)
    tally.add(await read_new(tally, now=later), now=later)
    assert entered(tally, gate) == 5
    tally.add(await read_new(tally, now=later), now=later)
    assert entered(tally, gate) == 5


async def test_first_reading_asks_for_gaps_too(gate: UUID, clock: Clock) -> None:
    tally, device = Tally(), await phone()
    pool = DB.pool
    assert pool is not None
    await scans(device, gate)
    async with pool.acquire() as lent:
        open_one = lent.transaction()
        await open_one.start()
        token = DB.current_transaction.set(Open(lent))
        await scans(device, gate)
        DB.current_transaction.reset(token)
        await scans(device, gate)
        tally.add(await read_new(tally, now=NOW), now=NOW)
        await open_one.commit()
    tally.add(await read_new(tally, now=NOW), now=NOW)
    assert entered(tally, gate) == 3


async def test_transaction_that_is_taken_back_counts_nothing(gate: UUID, clock: Clock) -> None:
    tally, device = Tally(), await phone()
    with pytest.raises(asyncpg.UniqueViolationError):
        await _twice(device, gate)
    await scans(device, gate)
    tally.add(await read_new(tally, now=NOW), now=NOW)
    assert entered(tally, gate) == 1


async def _twice(device: UUID, gate: UUID) -> None:
    """Store scans and then one of the same number, which takes all of them back."""
    async with transaction():
        await scans(device, gate, n=4)
        await fetch("INSERT INTO scan SELECT * FROM scan LIMIT 1")
