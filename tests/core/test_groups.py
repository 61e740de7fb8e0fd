"""Group commit: who asks while others are written waits for the next group, and everybody gets his own answer."""

import asyncio

import pytest

from app.core.groups import Collector


class Desk:
    """Writes a group when it is let go on, and keeps which groups there were and how many side by side."""

    def __init__(self) -> None:
        self.groups: list[list[int]] = []
        self.side_by_side = self.most = 0
        self.open = asyncio.Event()

    async def write(self, things: list[int]) -> list[int]:
        self.groups.append(things)
        self.side_by_side += 1
        self.most = max(self.most, self.side_by_side)
        await self.open.wait()
        self.side_by_side -= 1
        if 13 in things:
            raise ValueError(things)
        return [10 * thing for thing in things]


async def _asked(collector: Collector[int, int], *requests: list[int]) -> "list[asyncio.Task[list[int]]]":
    """Ask one after the other, each when the one before is on its way."""
    tasks = []
    for things in requests:
        tasks.append(asyncio.create_task(collector.ask(things)))
        for _ in range(3):
            await asyncio.sleep(0)
    return tasks


@pytest.mark.parametrize(
    ("writers", "groups"),
    [(1, [[1], [2, 3, 4, 5], [6, 7, 8]]), (2, [[1], [2, 3], [4, 5, 6, 7, 8]]), (9, [[1], [2, 3], [4, 5], [6, 7, 8]])],
)
async def test_who_waits_is_written_together_by_whoever_is_free_first(writers: int, groups: list[list[int]]) -> None:
    desk = Desk()
    tasks = await _asked(Collector(desk.write, most=5, writers=writers), [1], [2, 3], [4, 5], [6, 7, 8])
    assert desk.groups == groups[: min(writers, 4)]
    desk.open.set()
    assert await asyncio.gather(*tasks) == [[10], [20, 30], [40, 50], [60, 70, 80]]
    assert desk.groups == groups
    assert desk.most == min(writers, 4)


async def test_bad_request_hurts_nobody_else() -> None:
    desk = Desk()
    tasks = await _asked(Collector(desk.write, most=9), [1], [2], [13], [3])
    desk.open.set()
    found = await asyncio.gather(*tasks, return_exceptions=True)
    assert found[:2] + found[3:] == [[10], [20], [30]]
    assert isinstance(found[2], ValueError)
    assert desk.groups == [[1], [2, 13, 3], [2], [13], [3]]


async def test_request_that_was_given_up_is_written_all_the_same() -> None:
    desk = Desk()
    first, second, third = await _asked(Collector(desk.write, most=9), [1], [2], [3])
    second.cancel()
    desk.open.set()
    assert [await first, await third] == [[10], [30]]
    assert desk.groups == [[1], [2, 3]]


async def test_writer_comes_back_after_a_pause() -> None:
    desk = Desk()
    desk.open.set()
    collector = Collector(desk.write, most=9)
    assert [await collector.ask([n]) for n in range(3)] == [[0], [10], [20]]
