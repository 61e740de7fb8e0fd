"""The load, a process of its own: raw sockets, keep-alive, one request at a time on each, as little work as can be.

It reads a `Work` from its first line of input, then one number per line: so many seconds it asks and then answers
with one line, a `Round`. An empty line ends it.
"""

import asyncio
import sys
import time
from collections import Counter
from functools import partial

import msgspec
import uvloop

from tests.bench.asked import Source, Work, source

END = b"\r\n\r\n"
LENGTH = b"content-length:"
PATIENCE = 20.0
"""Seconds an answer may take before the run is given up."""


class Round(msgspec.Struct, frozen=True, kw_only=True):
    """What was seen: `answers` came within `seconds`, `late` ones for requests that were on their way at the end.

    `good` counts things (scans, tickets) in all answers, `wrong` shows an answer that was not good. Times are in
    milliseconds, sorted, of all answers; `codes` only of parties.
    """

    seconds: float
    answers: int
    late: int
    good: int
    statuses: dict[str, int]
    milliseconds: list[float]
    wrong: str = ""
    codes: list[str] = []

    @property
    def all(self) -> int:
        """All answers, those that came after the end too."""
        return self.answers + self.late


class Connection(asyncio.Protocol):
    """One connection: sends the next request when the answer has come."""

    def __init__(self, number: int, load: "Load") -> None:
        self.number = number
        self.load = load
        self.buffer = b""
        self.whole = 0
        self.sent_at = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: asyncio.Transport = transport  # type: ignore[assignment]

    def ask(self, due_at: float | None = None) -> None:
        """Send a request; the time it takes counts from when it was due."""
        request = self.load.source.request(self.number)
        self.sent_at = due_at or time.perf_counter()
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        self.buffer = self.buffer + data if self.buffer else data
        if not self.whole:
            end = self.buffer.find(END)
            if end < 0:
                return
            self.whole = end + len(END) + _length(self.buffer[:end].lower())
        if len(self.buffer) >= self.whole:
            answer, self.buffer, self.whole = self.buffer, b"", 0
            self.load.answered(self, answer)

    def connection_lost(self, _: Exception | None) -> None:
        self.load.lost()


def _length(head: bytes) -> int:
    """Return how long the body is; an answer without one (304) need not say so."""
    return int(head.partition(LENGTH)[2].partition(b"\r")[0] or 0)


class Load:
    """All connections of the work, and what came of it in the present round."""

    def __init__(self, work: Work, source: Source) -> None:
        self.work = work
        self.source = source
        self.expected = work.size if work.kind != "page" else 1
        self.connections: list[Connection] = []
        self.over: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def connect(self) -> None:
        loop = asyncio.get_running_loop()
        for number in range(self.work.connections):
            _, one = await loop.create_connection(partial(Connection, number, self), "127.0.0.1", self.work.port)
            self.connections.append(one)

    async def run(self, seconds: float) -> Round:
        """Ask for so long, and then wait for the answers still on their way."""
        self.over = asyncio.get_running_loop().create_future()
        self.times: list[float] = []
        self.statuses: Counter[str] = Counter()
        self.codes: list[str] = []
        self.answers = self.good = 0
        self.wrong = ""
        self.waiting = len(self.connections)
        started = time.perf_counter()
        self.until = started + seconds
        self.step = len(self.connections) / self.work.pace if self.work.pace else 0.0
        for place, one in enumerate(self.connections):
            self._ask_at(one, started + self.step * place / len(self.connections))
        await asyncio.wait_for(self.over, seconds + PATIENCE)
        return Round(
            seconds=seconds,
            answers=self.answers,
            late=len(self.times) - self.answers,
            good=self.good,
            statuses=dict(self.statuses),
            milliseconds=sorted(round(t * 1000, 3) for t in self.times),
            wrong=self.wrong,
            codes=self.codes,
        )

    def answered(self, one: Connection, answer: bytes) -> None:
        now = time.perf_counter()
        self.times.append(now - one.sent_at)
        self._judge(answer)
        self.answers += now < self.until
        due_at = one.sent_at + self.step if self.step else now
        if max(now, due_at) < self.until:
            self._ask_at(one, due_at)
            return
        self.waiting -= 1
        if not self.waiting:
            self.over.set_result(None)

    def _ask_at(self, one: Connection, due_at: float) -> None:
        wait = due_at - time.perf_counter()
        if self.step and wait > 0:
            asyncio.get_running_loop().call_later(wait, one.ask, due_at)
        else:
            one.ask(due_at if self.step else None)

    def _judge(self, answer: bytes) -> None:
        self.statuses[answer[9:12].decode()] += 1
        things = answer.count(self.source.good)
        self.good += things
        if things != self.expected or int(answer[9:12]) != self.source.status:
            self.wrong = self.wrong or answer.decode("utf-8", "replace")[-600:]
        elif self.work.kind == "party":
            self.codes += [ticket["code"] for ticket in msgspec.json.decode(answer.partition(END)[2])["tickets"]]

    def lost(self) -> None:
        """End the round: a connection that the server closes is an error."""
        if not self.over.done():
            self.over.set_exception(ConnectionError("The server closed a connection."))


async def main() -> None:
    """Read the work, then run round after round as they are asked for."""
    work = msgspec.json.decode(sys.stdin.buffer.readline(), type=Work)
    load = Load(work, source(work))
    await load.connect()
    while seconds := sys.stdin.buffer.readline().strip():
        found = await load.run(float(seconds))
        sys.stdout.buffer.write(msgspec.json.encode(found) + b"\n")
        sys.stdout.buffer.flush()
    load.over.cancel()


if __name__ == "__main__":
    uvloop.run(main())
