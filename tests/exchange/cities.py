"""A partner city for tests: a real HTTP server on loopback that serves what it is told and remembers what it was asked.

```
async with city() as kobe:
    kobe.serve("/events.ics", feed, headers={"ETag": '"1"'})
    await fetch(kobe.url("/events.ics"))
    assert kobe.asked[0].method == "GET"
```
"""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import NamedTuple

Body = bytes | AsyncIterable[bytes]
"""Bytes are sent with their length, an iterable as chunks while it gives them."""
_HEAD_END = b"\r\n\r\n"


class Asked(NamedTuple):
    """A request as it came in; names of headers are in small letters."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


class Answer(NamedTuple):
    """What a city says, `delay` seconds after it was asked. `raw` is sent as it stands, head and all."""

    body: Body = b""
    status: int = HTTPStatus.OK
    headers: Mapping[str, str] = {}
    delay: float = 0
    raw: Body | None = None


class City:
    """A server that runs: tell it what to serve, look at what it was `asked`. A path includes its query.

    `otherwise` answers for all other paths.
    """

    def __init__(self, *, scheme: str) -> None:
        self.asked: list[Asked] = []
        self.connections = 0
        self.port = 0
        self._scheme = scheme
        self.otherwise: Callable[[Asked], Awaitable[Answer]] | None = None
        self._answers: dict[str, Callable[[Asked], Answer]] = {}
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def place(self) -> str:
        """Host and port, as in APP_FETCH_ALLOW_HOSTS."""
        return f"127.0.0.1:{self.port}"

    def url(self, path: str, *, host: str = "127.0.0.1") -> str:
        """Return the address of a path."""
        return f"{self._scheme}://{host}:{self.port}{path}"

    def serve(
        self,
        path: str,
        body: Body = b"",
        *,
        headers: Mapping[str, str] | None = None,
        status: int = HTTPStatus.OK,
        delay: float = 0,
    ) -> None:
        """Serve `body` at `path` from now on; who sends the ETag or Last-Modified of `headers` back gets 304."""
        answer = Answer(body, status, headers or {}, delay)
        self._answers[path] = lambda asked: _unless_known(answer, asked)

    def move(self, path: str, to: str, *, status: int = HTTPStatus.FOUND) -> None:
        """Send whoever asks for `path` to the address `to`."""
        self.serve(path, status=status, headers={"Location": to})

    def say(self, path: str, raw: Body) -> None:
        """Answer with exactly these bytes, then hang up."""
        self._answers[path] = lambda _: Answer(raw=raw)

    def answer(self, path: str, by: Callable[[Asked], Answer]) -> None:
        """Let a function answer for `path`."""
        self._answers[path] = by

    def forget(self, path: str) -> None:
        """Leave `path` to `otherwise` from now on."""
        self._answers.pop(path, None)

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection until the other side has had enough."""
        self.connections += 1
        self._writers.add(writer)
        task = asyncio.current_task()
        assert task
        self._tasks.add(task)
        try:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):  # the test is over
                while await self._one(reader, writer):
                    pass
        finally:
            writer.close()
            self._writers.discard(writer)
            self._tasks.discard(task)

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        asked = await _heard(reader)
        self.asked.append(asked)
        by = self._answers.get(asked.path)
        answer = by(asked) if by else await self._otherwise(asked)
        await asyncio.sleep(answer.delay)
        if answer.raw is not None:
            await _send(writer, answer.raw)
            return False
        await _tell(writer, answer, with_body=asked.method != "HEAD")
        return asked.headers.get("connection", "").lower() != "close"

    async def _otherwise(self, asked: Asked) -> Answer:
        return await self.otherwise(asked) if self.otherwise else Answer(status=HTTPStatus.NOT_FOUND)

    async def leave(self) -> None:
        """Hang up on everybody."""
        for writer in list(self._writers):
            writer.transport.abort()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


@contextlib.asynccontextmanager
async def city(*, tls: ssl.SSLContext | None = None) -> AsyncIterator[City]:
    """Run a city on a free port of loopback; with `tls` it speaks https with the certificate in it."""
    found = City(scheme="https" if tls else "http")
    server = await asyncio.start_server(found.take, "127.0.0.1", 0, ssl=tls)
    found.port = server.sockets[0].getsockname()[1]
    try:
        yield found
    finally:
        server.close()
        await found.leave()
        await server.wait_closed()


async def _heard(reader: asyncio.StreamReader) -> Asked:
    begun = await reader.readexactly(1)
    if not begun.isalpha():  # somebody who wants to speak TLS
        raise ConnectionAbortedError
    head = (begun + await reader.readuntil(_HEAD_END)).decode("latin-1")
    first, *lines = head.rstrip("\r\n").split("\r\n")
    method, path, _ = first.split(" ", 2)
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Asked(method, path, headers, body)


def _unless_known(answer: Answer, asked: Asked) -> Answer:
    said = {name.lower(): value for name, value in answer.headers.items()}
    pairs = (("etag", "if-none-match"), ("last-modified", "if-modified-since"))
    for ours, theirs in pairs:
        if theirs in asked.headers:  # the tag goes before the time (RFC 9110, 13.2.2)
            known = answer.status == HTTPStatus.OK and asked.headers[theirs] == said.get(ours)
            return answer._replace(body=b"", status=HTTPStatus.NOT_MODIFIED) if known else answer
    return answer


async def _tell(writer: asyncio.StreamWriter, answer: Answer, *, with_body: bool) -> None:
    headers = dict(answer.headers)
    chunked = not isinstance(answer.body, bytes)
    if chunked:
        headers["Transfer-Encoding"] = "chunked"
    elif answer.status != HTTPStatus.NOT_MODIFIED and not {"Content-Length", "Transfer-Encoding"} & set(headers):
        headers["Content-Length"] = str(len(answer.body))  # type: ignore[arg-type]  # these are bytes
    lines = [f"HTTP/1.1 {answer.status} {_phrase(answer.status)}", *(f"{name}: {v}" for name, v in headers.items())]
    writer.write("\r\n".join(lines).encode("latin-1") + _HEAD_END)
    if with_body:
        await _send(writer, _chunks(answer.body) if chunked else answer.body)  # type: ignore[arg-type]
    await writer.drain()


def _phrase(status: int) -> str:
    return HTTPStatus(status).phrase if status in set(HTTPStatus) else "Unknown"


async def _chunks(parts: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
    async for part in parts:
        yield b"%x\r\n%b\r\n" % (len(part), part)
    yield b"0\r\n\r\n"


async def _send(writer: asyncio.StreamWriter, body: Body) -> None:
    if isinstance(body, bytes):
        writer.write(body)
    else:
        async for part in body:
            writer.write(part)
            await writer.drain()
    await writer.drain()
