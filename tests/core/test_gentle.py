"""Work for which nobody waits rests, and only that; everything is still done, in its order."""

import asyncio
import threading
import time
from types import SimpleNamespace

import pytest

from app.core import gentle
from app.core.gentle import FEW, FIRST, IDLE, LONGEST, REST, STROKE, aside, each, gently, parts, resting


class Clock:
    """Time in which each thing takes `cost` seconds, and rests are over at once; it keeps what was rested, and when."""

    def __init__(self, cost: float) -> None:
        self.cost, self.now, self.rests = cost, 100.0, list[float]()

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.rests.append(seconds)
        self.now += seconds

    def work(self, thing: int) -> int:
        self.now += self.cost
        return thing


def clocked(monkeypatch: pytest.MonkeyPatch, cost: float) -> Clock:
    found = Clock(cost)
    monkeypatch.setattr(gentle, "time", found)
    return found


def test_who_is_waited_for_does_not_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = clocked(monkeypatch, STROKE)
    assert [clock.work(n) for n in gently(range(100))] == list(range(100))
    assert clock.rests == []


@pytest.mark.parametrize("rest", [REST, gentle.SHORT])
@pytest.mark.parametrize(("things", "rests"), [(0, 0), (3, 0), (4, 1), (5, 1), (6, 2), (100, 49)])
def test_rests_come_after_each_stroke(monkeypatch: pytest.MonkeyPatch, things: int, rests: int, rest: float) -> None:
    """With a quarter more than half a stroke for each thing there is a rest behind two of them, and one after four."""
    clock = clocked(monkeypatch, 0.625 * STROKE)
    assert FIRST == 2 * STROKE
    with aside(rest):
        assert [clock.work(n) for n in gently(range(things))] == list(range(things))
    assert clock.rests == [rest] * rests


def test_there_are_no_rests_after_the_longest_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each second of work is a stroke here, and the rest behind it hardly counts."""
    clock = clocked(monkeypatch, 1.0)
    with aside():
        assert resting() == REST
        done = [clock.work(n) for _ in range(4) for n in gently(range(19))]
        assert resting() == 0.0
    assert (done, len(clock.rests)) == ([*range(19)] * 4, LONGEST - 1)


def test_no_transaction_waits_too_long_for_rests(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = clocked(monkeypatch, 1.0)
    with aside():
        done = [clock.work(n) for n in gently(range(50))]
        assert resting() == REST
    assert (done, len(clock.rests)) == ([*range(50)], IDLE - 1)


def test_rests_end_with_the_block() -> None:
    assert resting() == 0.0
    with aside():
        assert resting() == REST
        with aside(0.5):
            assert resting() == 0.5
        assert resting() == REST
    assert resting() == 0.0


def test_one_works_while_another_rests(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many do so at once, they never rest side by side, or together they would take what one alone leaves."""
    resting_now, most = 0, 0

    def sleep(_: float) -> None:
        nonlocal resting_now, most
        resting_now += 1
        most = max(most, resting_now)
        time.sleep(0.001)
        resting_now -= 1

    moments = iter(range(10_000))
    monkeypatch.setattr(gentle, "time", SimpleNamespace(monotonic=lambda: next(moments), sleep=sleep))
    done: list[int] = []

    def work() -> None:
        with aside(longest=10_000):
            done.extend(gently(range(20)))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(done) == sorted([*range(20)] * 4)
    assert most == 1


@pytest.mark.parametrize(("count", "beside"), [(FEW, False), (FEW + 1, True)])
async def test_many_things_are_made_beside_everything_else(count: int, *, beside: bool) -> None:
    def make(n: int) -> tuple[int, bool, float]:
        return n, threading.current_thread() is not threading.main_thread(), resting()

    with aside(0.25):
        assert await each(make, range(count)) == [(n, beside, 0.25) for n in range(count)]


async def test_parts_are_only_for_who_rests(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    sleep = asyncio.sleep

    async def noted(seconds: float) -> None:
        slept.append(seconds)
        await sleep(0)

    monkeypatch.setattr(asyncio, "sleep", noted)
    assert [part async for part in parts(range(5), 2)] == [range(5)]
    assert slept == []
    with aside(0.25):
        assert [list(part) async for part in parts(range(5), 2)] == [[0, 1], [2, 3], [4]]
        assert [list(part) async for part in parts(range(2), 2)] == [[0, 1]]
        assert [list(part) async for part in parts(list[int](), 2)] == []
    assert slept == [0.25, 0.25]
