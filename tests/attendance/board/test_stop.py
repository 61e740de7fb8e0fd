"""A real server stops at once although somebody looks on."""

import asyncio
import os
import re
import time
from pathlib import Path

import httpx
import pytest

from app.commands.serve import KILL_SECONDS
from tests.doors import token_for
from tests.serving import server


@pytest.mark.usefixtures("committed")
async def test_server_with_an_open_stream_stops_in_order(tmp_path: Path) -> None:
    log = tmp_path / "log"
    token = await token_for("officer")
    async with (
        server(os.environ["APP_REDIS_URL"], log=log) as (process, address),
        httpx.AsyncClient(base_url=address, headers={"Authorization": f"Bearer {token}"}, timeout=20) as looker,
        looker.stream("GET", "/board/yokohama-2026/stream") as answer,
    ):
        assert answer.status_code == 200
        parts = answer.aiter_raw()
        first = await anext(parts)
        assert first.startswith(b"retry: 2000\n")
        began = time.monotonic()
        process.terminate()
        rest = b"".join([part async for part in parts])  # raises when the line is cut in the middle
        took = time.monotonic() - began
        assert await asyncio.wait_for(process.wait(), KILL_SECONDS) == 0
    assert (first + rest).endswith(b"\n\n")
    assert took < KILL_SECONDS, "the process was killed"
    assert re.search("killing", log.read_text(), re.IGNORECASE) is None
