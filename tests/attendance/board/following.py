"""A reader of an event stream, which never ends by itself: the application is called and listened to piece by piece."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from app.core.web.frame import Frame


class Reader:
    """What an open stream has said."""

    def __init__(self) -> None:
        self.status = 0
        self.headers: dict[str, str] = {}
        self.heard: asyncio.Queue[bytes | None] = asyncio.Queue()
        self.gone = asyncio.Event()
        self.listens = asyncio.Event()
        self.listens.set()
        self.asked = False

    async def receive(self) -> dict[str, Any]:
        """Send an empty request, and later that the reader has left."""
        if not self.asked:
            self.asked = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        """Listen, or let the server wait with what it has to say."""
        await self.listens.wait()
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = {name.decode(): value.decode() for name, value in message["headers"]}
        elif message["type"] == "http.response.body":
            for event in filter(None, message["body"].split(b"\n\n")):
                self.heard.put_nowait(event)
            if not message.get("more_body"):
                self.heard.put_nowait(None)

    async def event(self) -> bytes | None:
        """Return the next event, None when the stream has ended."""
        return await asyncio.wait_for(self.heard.get(), 5)

    async def message(self) -> dict[str, Any]:
        """Return what the next event brings."""
        event = await self.event()
        while event is not None and event.startswith(b"retry:"):
            event = await self.event()
        assert event is not None
        assert event.startswith(b"data: "), event
        found: dict[str, Any] = json.loads(event.removeprefix(b"data: "))
        return found


@asynccontextmanager
async def following(app: Frame, path: str, **headers: str) -> AsyncIterator[Reader]:
    """Open a stream, and leave it at the end of the block."""
    reader = Reader()
    bare, _, query = path.partition("?")
    scope = {
        "type": "http", "asgi": {"version": "3.0", "spec_version": "2.3"}, "http_version": "1.1", "method": "GET",
        "scheme": "http", "path": bare, "raw_path": bare.encode(), "query_string": query.encode(), "root_path": "",
        "headers": [(b"host", b"test"), *((k.encode(), v.encode()) for k, v in headers.items())],
        "client": ("203.0.113.9", 1), "server": ("test", 80), "state": {}, "extensions": {},
    }  # fmt: skip
    call = asyncio.create_task(app(scope, reader.receive, reader.send))  # type: ignore[arg-type]
    try:
        yield reader
    finally:
        reader.gone.set()
        await asyncio.wait_for(call, 5)
