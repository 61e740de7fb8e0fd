"""What commands need around them: settings, embedded servers when asked for, and the database."""

import asyncio
import contextlib
import os
import time
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any, TypeVar

from app.core.db import DB
from app.core.log import configure
from app.core.sandbox.errors import SandboxLocked
from app.core.sandbox.servers import Sandbox, sandbox
from app.core.settings import settings
from app.parts import assemble

T = TypeVar("T")

PATIENCE = 30.0
"""Seconds to wait for servers that another process is starting."""

Use = Callable[[], Coroutine[Any, Any, T]]


@contextlib.contextmanager
def servers() -> Iterator[None]:
    """Check the settings; with `APP_SANDBOX`, run the servers of that folder, or use those that already run there."""
    with contextlib.ExitStack() as stack:
        folder = os.environ.get("APP_SANDBOX")
        if folder:
            put(stack.enter_context(_shared(Path(folder))))
        configure(settings().log_level)
        yield


@contextlib.contextmanager
def _shared(folder: Path) -> Iterator[Sandbox]:
    """Run or share the servers of a folder; wait while another process, which owns them, is still starting them."""
    deadline = time.monotonic() + PATIENCE
    with contextlib.ExitStack() as stack:
        while True:
            try:
                found = stack.enter_context(sandbox(folder, share=True))
                break
            except SandboxLocked:
                if time.monotonic() > deadline:
                    raise
        yield found


def put(found: Sandbox, **others: str) -> None:
    """Make the addresses of embedded servers, and other settings, those of this process and its children."""
    os.environ.update(
        {
            "APP_DATABASE_URL": found.database_url,
            "APP_REDIS_URL": found.redis_url,
            "APP_SECRET_KEY": found.secret_key,
            "PICCOLO_CONF": "app.piccolo_conf",
            **{f"APP_{name.upper()}": value for name, value in others.items()},
        }
    )
    settings.cache_clear()


def with_database(use: Use[T]) -> T:
    """Run `use` with the settings, the servers and the pool it needs."""
    os.environ.setdefault("PICCOLO_CONF", "app.piccolo_conf")
    with servers():
        return asyncio.run(_pooled(use))


async def _pooled(use: Use[T]) -> T:
    assemble()
    await DB.start_connection_pool()
    try:
        return await use()
    finally:
        await DB.close_connection_pool()
