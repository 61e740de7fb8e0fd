"""Requests by the thousand from a process of its own: lines of JSON come in, the answers to each go out.

    {"bodies": [[body, key], ...], "unguarded": false}  ->  [[status, sha256 of the answer], ...]

`python -m tests.ticketing.crowding` speaks to the application in process, on the database of `APP_DATABASE_URL`.
"""

import asyncio
import contextlib
import hashlib
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Iterator, Sequence
from http import HTTPStatus
from typing import Any

import httpx
import msgspec

from app.asgi import create_app
from app.core.web.frame import Frame
from app.people.persons import Enrolled
from app.ticketing.registering import entries
from tests.clock import Clock
from tests.ticketing.wishes import URL

Asked = tuple[dict[str, Any], str]
Answered = tuple[int, str]
LONGEST_LINE = 2**26
MOST_RETURNS = 12
"""How often somebody asks who hears that the database is busy."""
MARK = b"> "


class Command(msgspec.Struct, frozen=True):
    """What to send, all of it at once; `unguarded`, a single request takes places as if nobody else did."""

    bodies: list[Asked]
    unguarded: bool = False


@contextlib.contextmanager
def without_guard(said: asyncio.StreamReader) -> Iterator[None]:
    """Read what is left without a lock, and take it without looking: what this product must never do.

    Between the two each process says "read", and waits for a line: so all can have read before anybody takes.
    """
    enrol, left, insert = entries._enrol, entries._LEFT, entries._INSERT

    async def later(granted: Sequence[entries.Granted]) -> list[list[Enrolled]]:
        _say("read")
        await said.readline()
        return await enrol(granted)

    entries._enrol = later
    entries._LEFT = left.replace(" FOR UPDATE", "")
    entries._INSERT = insert.replace("AND q.taken + w.places <= q.capacity", "")
    try:
        yield
    finally:
        entries._enrol, entries._LEFT, entries._INSERT = enrol, left, insert


async def serve() -> None:
    """Answer command after command until the input ends."""
    litestar = create_app(clock=Clock())
    reader = asyncio.StreamReader(limit=LONGEST_LINE)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    transport = httpx.ASGITransport(Frame(litestar), raise_app_exceptions=False)  # type: ignore[arg-type]
    async with litestar.lifespan(), httpx.AsyncClient(transport=transport, base_url="http://test") as http:
        _say("ready")
        while line := await reader.readline():
            command = msgspec.json.decode(line, type=Command)
            with without_guard(reader) if command.unguarded else contextlib.nullcontext():
                for answers in await asyncio.gather(*(_ask(http, body, key) for body, key in command.bodies)):
                    _say(answers)


def _say(what: object) -> None:
    """Write a line that is told from those of the log."""
    sys.stdout.buffer.write(MARK + msgspec.json.encode(what) + b"\n")
    sys.stdout.buffer.flush()


async def _ask(http: httpx.AsyncClient, body: dict[str, Any], key: str) -> Answered:
    """Ask, and come back as often as told to: a crowd on a small machine is more than it serves in time."""
    for _ in range(MOST_RETURNS):
        answer = await http.post(URL, json=body, headers={"idempotency-key": key})
        if answer.status_code != HTTPStatus.SERVICE_UNAVAILABLE:
            break
        await asyncio.sleep(int(answer.headers["retry-after"]))
    return answer.status_code, hashlib.sha256(answer.content).hexdigest()


@contextlib.asynccontextmanager
async def crowd(size: int) -> AsyncIterator[list[Process]]:
    """So many processes, ready; killed at the end."""
    words = (sys.executable, "-m", "tests.ticketing.crowding")
    found = [
        await asyncio.create_subprocess_exec(*words, stdin=PIPE, stdout=PIPE, limit=LONGEST_LINE, env=dict(os.environ))
        for _ in range(size)
    ]
    try:
        for process in found:
            assert await _line(process) == b'"ready"\n'
        yield found
    finally:
        for process in found:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()


async def send(process: Process, bodies: Sequence[Asked], *, unguarded: bool = False) -> None:
    """Hand a process what it shall ask."""
    assert process.stdin is not None
    process.stdin.write(msgspec.json.encode({"bodies": bodies, "unguarded": unguarded}) + b"\n")
    await process.stdin.drain()


async def all_have_read(processes: Sequence[Process]) -> None:
    """Wait until all processes have read what is left, then let them take it."""
    for process in processes:
        assert await _line(process) == b'"read"\n'
    for process in processes:
        assert process.stdin is not None
        process.stdin.write(b"\n")


async def answers(process: Process, number: int) -> list[Answered]:
    """Read answers, fewer when the process has ended."""
    found: list[Answered] = []
    while len(found) < number and (line := await _line(process)):
        found.append(msgspec.json.decode(line, type=Answered))
    return found


async def _line(process: Process) -> bytes:
    """Return the next whole line that was said, b"" when the process has ended."""
    assert process.stdout is not None
    while line := await process.stdout.readline():
        if line.startswith(MARK) and line.endswith(b"\n"):
            return line.removeprefix(MARK)
    return b""


if __name__ == "__main__":
    asyncio.run(serve())
