"""Whatever a few phones do and in whatever order it arrives: ledger and states are what the rules alone say."""

import datetime as dt
from collections.abc import Sequence
from random import Random
from typing import Any
from uuid import uuid4

import pytest
from msgspec.structs import replace

from app.attendance.judging.clocks import ScanTime, scan_time
from app.attendance.scanning import desk, finals, groups, pasts, scans
from app.attendance.scanning.asked import Asked
from app.attendance.scanning.books import Book, Past
from app.attendance.scanning.desk import Desk
from app.attendance.scanning.finals import Counts
from app.core.db import fetch
from tests.attendance.scanning.histories import History, delivered, draw
from tests.attendance.scanning.living import World, build, live, prepare, wrong

SHORT, LONG, AT_ONCE, FEW = 100, 10_000, 100, 60
"""Histories of every run and of the long one; those that live side by side; those in which a bug must show."""


async def _lived(world: World, numbers: Sequence[int], histories: Sequence[History]) -> list[str]:
    """Live through histories and return what is wrong; nothing of them stays."""
    await fetch("SAVEPOINT histories")
    try:
        lives = await prepare(world, numbers, histories)
        await live(world, lives, seed=numbers[0])
        return await wrong(world, lives)
    finally:
        await fetch("ROLLBACK TO SAVEPOINT histories")


async def _live_all(numbers: range) -> None:
    """Live through each history twice, delivered in two orders."""
    world = await build()
    histories = [draw(number) for number in numbers]
    others = [replace(h, deliveries=delivered(Random(-n), h.facts)) for n, h in zip(numbers, histories, strict=True)]
    for told in (histories, others):
        found = await _lived(world, numbers, told)
        assert not found, "\n".join([*found, *await _smallest(world, found, dict(zip(numbers, told, strict=True)))])


async def _smallest(world: World, found: list[str], told: dict[int, History]) -> list[str]:
    """Return the first history that goes wrong with as few deliveries as will do."""
    number = next((int(line.split()[1].rstrip(",:")) for line in found if line.startswith("History")), None)
    if number is None:
        return []
    history = told[number]
    for n in reversed(range(len(history.deliveries))):
        shorter = replace(history, deliveries=history.deliveries[:n] + history.deliveries[n + 1 :])
        if {d.fact for d in shorter.deliveries} == {f.number for f in history.facts} and await _lived(
            world, [number], [shorter]
        ):
            history = shorter
    return [str(history), *await _lived(world, [number], [history])]


@pytest.mark.parametrize("first", range(0, SHORT, AT_ONCE))
async def test_every_order_of_delivery_ends_as_the_rules_say(rollback: None, first: int) -> None:
    await _live_all(range(first, first + AT_ONCE))


@pytest.mark.faults
@pytest.mark.parametrize("first", range(SHORT, SHORT + LONG, AT_ONCE))
async def test_ten_thousand_histories(rollback: None, first: int) -> None:
    await _live_all(range(first, first + AT_ONCE))


def test_histories_hold_everything_that_may_happen() -> None:
    histories = [draw(number) for number in range(SHORT)]
    facts = [fact for history in histories for fact in history.facts]
    assert {fact.kind for fact in facts} == {"entry", "exit", "undo"}
    assert {fact.final for fact in facts} == {None, "admitted", "refused"}
    assert {fact.by_hand for fact in facts} == {True, False}
    assert {len({fact.phone for fact in history.facts}) for history in histories} >= {2, 3, 4, 5}
    assert max(abs(skew) for history in histories for skew in history.skews) > dt.timedelta(hours=20)
    assert any(history.canceled for history in histories)
    assert any(len(history.deliveries) > 2 * len(history.facts) - 2 for history in histories)


# Bugs on purpose: each must be found in a few histories, or they would prove nothing.


def _no_dedupe(m: pytest.MonkeyPatch) -> None:
    original = groups.sort

    def sort(asked: Sequence[Asked], known: groups.Known) -> groups.Sorted:
        found = original(asked, known)
        for one in asked:
            if one.key in known:
                twin = replace(one, scan=replace(one.scan, seq=uuid4().int >> 66))
                found.new[twin.key] = found.first[twin.key] = twin
        return found

    m.setattr(groups, "sort", sort)


def _by_arrival(m: pytest.MonkeyPatch) -> None:
    arrived = iter(range(10**9))

    def now(*, received_at: dt.datetime, **_: Any) -> ScanTime:
        return ScanTime(received_at - dt.timedelta(hours=3) + dt.timedelta(milliseconds=next(arrived)))

    m.setattr(scans, "scan_time", now)


def _exits_doubled(m: pytest.MonkeyPatch) -> None:
    original = Desk._moves

    def moves(self: Desk, changed: Sequence[Book]) -> list[Any]:
        return [replace(move, by=2 * move.by if move.by < 0 else move.by) for move in original(self, changed)]

    m.setattr(Desk, "_moves", moves)


def _denials_lost(m: pytest.MonkeyPatch) -> None:
    original = Desk.judge

    def judge(self: Desk, one: Asked) -> Any:
        outcome = original(self, one)
        if outcome.verdict == "refused":
            self.rows.pop()
        return outcome

    m.setattr(Desk, "judge", judge)


def _early_undo_ignored(m: pytest.MonkeyPatch) -> None:
    async def nothing(*_: Any) -> None:
        pass

    m.setattr(pasts, "_open_undos", nothing)


def _clock_as_it_is(m: pytest.MonkeyPatch) -> None:
    original = scan_time
    m.setattr(scans, "scan_time", lambda **said: original(**(said | {"offset_ms": 0})))


def _final_lost(m: pytest.MonkeyPatch) -> None:
    m.setattr(Desk, "supersede", lambda *_: None)


def _void_missing(m: pytest.MonkeyPatch) -> None:
    original = Past.corrections
    m.setattr(Past, "corrections", lambda self: [entry for entry in original(self) if entry.kind != "void"])


def _nobody_forced(m: pytest.MonkeyPatch) -> None:
    original = finals.counts

    def counts(reason: str | None, by: Any) -> Counts:
        return original(reason, by)._replace(forced=False)

    for module in (desk, pasts):
        m.setattr(module, "counts", counts)


def _ticket_as_it_is_now(m: pytest.MonkeyPatch) -> None:
    m.setattr(Book, "holder_at", lambda self, *_: self.holder)


def _late_ones_at_the_end(m: pytest.MonkeyPatch) -> None:
    m.setattr(Book, "is_plain", lambda *_: True)


def _evidence_only_of_answers(m: pytest.MonkeyPatch) -> None:
    m.setattr(Past, "counted", lambda self: {key for key, seen in self.seen.items() if seen.sound} - self.undone)


def _undo_by_anybody(m: pytest.MonkeyPatch) -> None:
    m.setattr(desk, "_may_undo", lambda *_: True)
    for module in (desk, pasts):
        m.setattr(module, "takes_back", lambda *_, **__: True)


BUGS = [
    _no_dedupe, _by_arrival, _exits_doubled, _denials_lost, _early_undo_ignored, _clock_as_it_is, _final_lost,
    _void_missing, _nobody_forced, _ticket_as_it_is_now, _late_ones_at_the_end, _evidence_only_of_answers,
    _undo_by_anybody,
]  # fmt: skip


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.__name__.strip("_"))
async def test_bug_on_purpose_is_found(rollback: None, monkeypatch: pytest.MonkeyPatch, bug: Any) -> None:
    world = await build()
    bug(monkeypatch)
    await fetch("SAVEPOINT bug")
    try:
        found = await _lived(world, range(FEW), [draw(number) for number in range(FEW)])
    except Exception as error:  # noqa: BLE001  # an error is a finding like others
        found = [f"{type(error).__name__}: {error}"]
        await fetch("ROLLBACK TO SAVEPOINT bug")
    assert found
    assert not [line for line in found if line.startswith(("TypeError", "AttributeError", "NameError"))]
