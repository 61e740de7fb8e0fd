"""Group commit: whatever arrives while one group is being written is written as the next group.

Nobody waits on purpose: a lone request is written at once, and the busier it gets, the larger the groups.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextvars import Context
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

Asked = TypeVar("Asked")
Answered = TypeVar("Answered")
Waiting = tuple[Sequence[Asked], asyncio.Future[list[Answered]]]


class Collector(Generic[Asked, Answered]):
    """One writer per event loop in front of `write`, which answers a list of things with a list of answers.

    With more `writers`, so many groups are being written side by side; whoever is free takes what waited longest. When
    a group fails, its requests are written one by one, so a bad one hurts nobody else; it gets its own error.
    """

    def __init__(
        self, write: Callable[[list[Asked]], Awaitable[list[Answered]]], *, most: int, writers: int = 1
    ) -> None:
        self._write = write
        self._most = most
        self._most_writers = writers
        self._queues: WeakKeyDictionary[asyncio.AbstractEventLoop, list[Waiting[Asked, Answered]]] = WeakKeyDictionary()
        self._writers: WeakKeyDictionary[asyncio.AbstractEventLoop, list[asyncio.Task[None]]] = WeakKeyDictionary()

    async def ask(self, things: Sequence[Asked]) -> list[Answered]:
        """Hand `things` to the writer and wait for their answers. They are written whatever becomes of the caller."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[list[Answered]] = loop.create_future()
        self._queues.setdefault(loop, []).append((things, future))
        writers = self._writers[loop] = [writer for writer in self._writers.get(loop, ()) if not writer.done()]
        if len(writers) < self._most_writers:
            # An empty context: the writer serves everybody, not the request that happened to wake it.
            writers.append(loop.create_task(self._work(loop), context=Context()))
        return await future

    async def _work(self, loop: asyncio.AbstractEventLoop) -> None:
        queue = self._queues[loop]
        while queue:
            group = self._take(queue)
            try:
                await self._answer(group)
            except asyncio.CancelledError:
                for _things, future in (*group, *queue):
                    future.cancel()
                queue.clear()
                raise

    def _take(self, queue: list[Waiting[Asked, Answered]]) -> list[Waiting[Asked, Answered]]:
        """Take requests from the front of the queue, at least one, together at most `most` things."""
        size = end = 0
        while end < len(queue) and (end == 0 or size + len(queue[end][0]) <= self._most):
            size += len(queue[end][0])
            end += 1
        group = queue[:end]
        del queue[:end]
        return group

    async def _answer(self, group: list[Waiting[Asked, Answered]]) -> None:
        try:
            answers = await self._write([thing for things, _future in group for thing in things])
        except Exception as error:  # noqa: BLE001  # whatever it is, it belongs to the request that caused it
            if len(group) == 1:
                _settle(group[0][1], error)
                return
            for one in group:
                await self._answer([one])
            return
        start = 0
        for things, future in group:
            _settle(future, answers[start : start + len(things)])
            start += len(things)


def _settle(future: "asyncio.Future[list[Answered]]", answer: list[Answered] | Exception) -> None:
    if future.done():  # the request was given up meanwhile
        return
    if isinstance(answer, Exception):
        future.set_exception(answer)
    else:
        future.set_result(answer)
