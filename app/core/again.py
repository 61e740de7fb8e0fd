"""Trying again what lost against another transaction: of two that lock each other out, one repeats."""

from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import asyncpg

from app.core.db import DB, transaction

P = ParamSpec("P")
T = TypeVar("T")

TRIES = 3
"""How often a use case is tried; after that the caller is told that the database is busy."""
LOST = (
    asyncpg.DeadlockDetectedError,
    asyncpg.LockNotAvailableError,  # a queue for one row that took longer than `lock_timeout`
    asyncpg.SerializationError,
    asyncpg.UniqueViolationError,  # both added the same row; who looks again finds it
)


def repeated(work: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, Coroutine[Any, Any, T]]:
    """Run a use case in one transaction, and again when it lost; inside a caller's transaction it is tried once.

    There it is a savepoint, and who opened the transaction repeats the whole of it.
    """

    @wraps(work)
    async def tried(*args: P.args, **kwargs: P.kwargs) -> T:
        for _ in range(0 if DB.current_transaction.get() else TRIES - 1):
            try:
                return await _whole(work, *args, **kwargs)
            except LOST:
                continue
        return await _whole(work, *args, **kwargs)

    return tried


async def _whole(work: Callable[P, Coroutine[Any, Any, T]], *args: P.args, **kwargs: P.kwargs) -> T:
    async with transaction():
        return await work(*args, **kwargs)
