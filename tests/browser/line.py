"""The line between a phone and the server, which can be cut: from then on nobody answers at that address."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit, urlunsplit


class Line:
    """Passes on what comes to a port of its own; `cut` refuses new connections and ends the open ones."""

    def __init__(self, to: str) -> None:
        self.to = urlsplit(to)
        self.port = 0
        self.server: asyncio.Server | None = None
        self.open: set[asyncio.StreamWriter] = set()

    @property
    def url(self) -> str:
        """The address to use instead of the server's own."""
        return f"http://127.0.0.1:{self.port}"

    def through(self, address: str) -> str:
        """Return an address of the server as it is reached over this line."""
        return urlunsplit(urlsplit(address)._replace(netloc=f"127.0.0.1:{self.port}"))

    async def mend(self) -> None:
        """Let everything through, at the same port as before."""
        self.server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self.server.sockets[0].getsockname()[1]

    async def cut(self) -> None:
        """End everything; whoever calls is refused."""
        if self.server is not None:
            self.server.close()
        for writer in [*self.open]:
            writer.transport.abort()
        self.open.clear()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            far_reader, far_writer = await asyncio.open_connection(self.to.hostname, self.to.port)
            self.open |= {writer, far_writer}
            await asyncio.gather(self._pass(reader, far_writer), self._pass(far_reader, writer))

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while piece := await reader.read(65_536):
                writer.write(piece)
                await writer.drain()
        writer.close()
        self.open.discard(writer)


@contextlib.asynccontextmanager
async def line_to(demo: dict[str, Any]) -> AsyncIterator[Line]:
    """A line to a demo, which is cut in the end."""
    line = Line(demo["url"])
    await line.mend()
    try:
        yield line
    finally:
        await line.cut()
