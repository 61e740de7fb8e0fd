"""Nudges: few, quick, and never in the way."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from app.core.settings import settings
from tests.workers.conftest import OwnRedis
from workers.main import PATIENCE, PAUSE, QUEUE, Nudge, connect


@asynccontextmanager
async def nudging() -> AsyncIterator[Nudge]:
    nudge = Nudge()
    yield nudge
    await nudge.close()


async def settle(nudge: Nudge) -> float:
    """Nudge once, wait until it was sent or given up, and return the seconds it took."""
    started = time.perf_counter()
    await nudge()
    assert nudge._sending is not None
    await nudge._sending
    return time.perf_counter() - started


async def test_a_burst_is_one_nudge(own_redis: OwnRedis) -> None:
    async with nudging() as nudge, connect() as redis:
        for _ in range(20):
            await nudge()
        await settle(nudge)
        assert await redis.zcard(QUEUE) == 1
        await settle(nudge)
        assert await redis.zcard(QUEUE) == 2


async def test_a_nudge_during_the_sending_is_not_lost(own_redis: OwnRedis) -> None:
    async with nudging() as nudge, connect() as redis:
        await nudge()
        enqueue = nudge._enqueue

        async def and_again() -> None:
            nudge._enqueue = enqueue  # type: ignore[method-assign]
            await nudge()
            await enqueue()

        nudge._enqueue = and_again  # type: ignore[method-assign]
        assert nudge._sending is not None
        await nudge._sending
        assert await redis.zcard(QUEUE) == 2


async def test_redis_gone(own_redis: OwnRedis) -> None:
    own_redis.stop()
    async with nudging() as nudge:
        assert await settle(nudge) < PAUSE + PATIENCE
        own_redis.start()
        await settle(nudge)
        async with connect() as redis:
            assert await redis.zcard(QUEUE) == 1


async def test_redis_hangs(own_redis: OwnRedis, monkeypatch: pytest.MonkeyPatch) -> None:
    held = []

    async def never_answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        held.append(writer)

    server = await asyncio.start_server(never_answer, "127.0.0.1", 0)
    monkeypatch.setenv("APP_REDIS_URL", f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}/0")
    settings.cache_clear()
    async with nudging() as nudge:
        started = time.perf_counter()
        await nudge()
        assert time.perf_counter() - started < PAUSE
        assert await settle(nudge) < PAUSE + 2 * PATIENCE
    for writer in held:
        writer.close()
    server.close()
    await server.wait_closed()
