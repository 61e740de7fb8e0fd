"""The pages of the demo's mail catcher, served inside the demo's own process."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from pathlib import Path

from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server.embed import Server

from app.core.sandbox.viewer import LOOPBACK, create_viewer


@contextlib.asynccontextmanager
async def mail_pages(folder: Path, *, host: str, port: int, name: str) -> AsyncIterator[None]:
    """Show the mail caught in `folder` while the block runs."""
    viewer = create_viewer(folder, hosts=(*LOOPBACK, host, name.strip("[]")))
    server = Server(viewer, address=host, port=port, interface=Interfaces.ASGI, log_level=LogLevels.critical)
    logging.getLogger("_granian").setLevel(logging.CRITICAL)
    serving = asyncio.create_task(server.serve())
    try:
        yield
    finally:
        server.stop()  # type: ignore[no-untyped-call]
        with contextlib.suppress(TimeoutError, asyncio.CancelledError):
            await asyncio.wait_for(serving, 3)
