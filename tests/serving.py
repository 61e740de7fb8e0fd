"""A web server in a process of its own, on the database of the test."""

import asyncio
import contextlib
import os
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from pathlib import Path

import httpx

from app.core.sandbox.places import free_port
from tests.running import SOON


@contextlib.asynccontextmanager
async def server(redis_url: str, *, log: Path | None = None) -> AsyncIterator[tuple[Process, str]]:
    """Run `machi serve` until the block ends; yield its process and its address. What it says goes into `log`."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    own = {"APP_REDIS_URL": redis_url, "APP_BASE_URL": address, "APP_FETCH_ALLOW_HOSTS": ""}
    with contextlib.nullcontext() if log is None else log.open("wb") as said:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "app.cli", "serve", "--port", str(port)),
            env=os.environ | own,
            stdout=said,
            stderr=said,
        )
    try:
        await _answers(address)
        yield process, address
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await process.wait()


@contextlib.asynccontextmanager
async def served(redis_url: str) -> AsyncIterator[str]:
    """Run `machi serve` until the block ends, and yield its address."""
    async with server(redis_url) as (_process, address):
        yield address


async def _answers(address: str) -> None:
    async with asyncio.timeout(SOON), httpx.AsyncClient() as asker:
        while not await _is_up(asker, address):  # noqa: ASYNC110  # another process starts
            await asyncio.sleep(0.05)


async def _is_up(asker: httpx.AsyncClient, address: str) -> bool:
    try:
        return (await asker.get(f"{address}/health/ready")).status_code == 200
    except httpx.TransportError:
        return False
