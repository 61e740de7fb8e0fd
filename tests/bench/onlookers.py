"""Those who look on at boards, a process of their own: they open streams and count what they are told.

It reads `Onlookers` from its first line of input, says `ready` when every stream has begun, and at the next line, which
ends it, how many messages came since, to whom the fewest and in how many seconds.
"""

import asyncio
import sys
import time
from collections import Counter
from functools import partial

import msgspec
import uvloop


class Onlookers(msgspec.Struct, frozen=True):
    """Where the streams are, and the head of the request of each: one connection for each of `requests`."""

    port: int
    requests: list[str]


class Seen(msgspec.Struct, frozen=True):
    """What came: messages in all, the fewest that one onlooker got, bytes, seconds."""

    messages: int
    fewest: int
    size: int
    seconds: float


class Stream(asyncio.Protocol):
    """One open stream."""

    def __init__(self, number: int, crowd: "Crowd") -> None:
        self.number = number
        self.crowd = crowd

    def data_received(self, data: bytes) -> None:
        self.crowd.messages[self.number] += data.count(b"data: ")
        self.crowd.size += len(data)
        self.crowd.waiting.discard(self.number)
        if not self.crowd.waiting:
            self.crowd.begun.set()

    def connection_lost(self, _: Exception | None) -> None:
        self.crowd.lost = True


class Crowd:
    """All of them."""

    def __init__(self, many: int) -> None:
        self.messages: Counter[int] = Counter()
        self.size = 0
        self.waiting = set(range(many))
        self.begun = asyncio.Event()
        self.lost = False


async def main() -> None:
    """Open the streams, and count until the input ends."""
    loop = asyncio.get_running_loop()
    wanted = msgspec.json.decode(sys.stdin.buffer.readline(), type=Onlookers)
    crowd = Crowd(len(wanted.requests))
    for number, request in enumerate(wanted.requests):
        line, _ = await loop.create_connection(partial(Stream, number, crowd), "127.0.0.1", wanted.port)
        line.write(request.encode())
    if wanted.requests:
        await crowd.begun.wait()
    crowd.messages.clear()
    crowd.size, began = 0, time.perf_counter()
    print("ready", flush=True)  # noqa: T201
    await loop.run_in_executor(None, sys.stdin.buffer.readline)
    if crowd.lost:
        raise ConnectionError("The server closed a stream.")
    counts = [crowd.messages[number] for number in range(len(wanted.requests))]
    seen = Seen(sum(counts), min(counts, default=0), crowd.size, time.perf_counter() - began)
    print(msgspec.json.encode(seen).decode(), flush=True)  # noqa: T201


if __name__ == "__main__":
    uvloop.run(main())
