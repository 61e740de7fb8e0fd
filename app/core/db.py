"""The database: the engine Piccolo uses, one way to open a transaction, one way to run a written statement."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import Any

import asyncpg
import structlog
from piccolo.engine.postgres import PostgresEngine

from app.core.gentle import parts
from app.core.settings import settings

log = structlog.get_logger()

Callback = Callable[[], Awaitable[None]]

SESSION = {
    "application_name": "machigurumi",
    "timezone": "UTC",
    "statement_timeout": "15s",
    "lock_timeout": "4s",
    "idle_in_transaction_session_timeout": "60s",
    "random_page_cost": "1.1",
}
"""What every connection promises the server; a stuck client must not hold a quota for ever.

A plan is made when a table is still small, and kept until its statistics change: when a sale opens on an empty
convention, that is a minute in which every look-up would read the whole growing table. As pages of an SSD, or of
memory, cost the same wherever they lie, an index is the better plan from the first row on.
"""


PATIENCE = 10.0
"""Seconds to wait for a free connection, and half of what a statement may take as seen from here."""


class Open:
    """The transaction of the present task; Piccolo asks it for its connection."""

    def __init__(self, connection: asyncpg.Connection, callbacks: list[Callback] | None = None) -> None:
        self.connection = connection
        self.callbacks: list[Callback] = [] if callbacks is None else callbacks

    async def savepoint(self, name: str | None = None) -> None:
        """Refuse Piccolo's own savepoints: nest `transaction()` instead."""
        raise RuntimeError(f"Open a nested transaction() instead of the savepoint {name}.")


class Engine(PostgresEngine):
    """A `PostgresEngine` that reads its address late and does not connect while it is being imported."""

    current_transaction: ContextVar[Open | None]  # type: ignore[assignment]  # Piccolo asks only for .connection

    def __init__(self) -> None:
        super().__init__(config={})
        self.opening = asyncio.Lock()

    async def check_version(self) -> None:
        """Skip Piccolo's import-time connection; deployment pins the server version."""

    async def get_new_connection(self) -> asyncpg.Connection:
        """Connect outside the pool, for commands such as migrations."""
        return await asyncpg.connect(settings().database_url, server_settings=SESSION)

    async def open_pool(self) -> asyncpg.Pool:
        """Open the pool unless somebody just did, and return it."""
        async with self.opening:
            if self.pool is None:
                await self.start_connection_pool()
            assert self.pool is not None  # noqa: S101  # it was opened or has raised
            return self.pool

    async def start_connection_pool(self, **options: Any) -> None:
        """Open the pool. A release costs no round trip: our sessions keep no state to reset."""
        self.pool = await asyncpg.create_pool(
            settings().database_url,
            server_settings=SESSION,
            reset=_roll_back_if_open,
            command_timeout=2 * PATIENCE,
            **{"min_size": 1, "max_size": settings().pool_size, **options},
        )


async def _roll_back_if_open(connection: asyncpg.Connection) -> None:
    if connection.is_in_transaction():
        await connection.execute("ROLLBACK")


DB = Engine()


@asynccontextmanager
async def connection() -> AsyncIterator[asyncpg.Connection]:
    """Lend the connection of the open transaction, else one of the pool."""
    outer = DB.current_transaction.get()
    if outer is not None:
        yield outer.connection
        return
    pool = DB.pool or await DB.open_pool()
    async with pool.acquire(timeout=PATIENCE) as lent:
        yield lent


@asynccontextmanager
async def transaction() -> AsyncIterator[asyncpg.Connection]:
    """Run the block atomically, as a savepoint when a transaction is already open.

    An inner block that fails takes back its own writes and its own `after_commit` callbacks, nothing else.
    Never `gather` or `create_task` inside: one connection does one thing at a time.
    """
    outer = DB.current_transaction.get()
    if outer is not None:
        promised = len(outer.callbacks)
        try:
            async with outer.connection.transaction():
                yield outer.connection
        except BaseException:
            del outer.callbacks[promised:]
            raise
        return
    async with connection() as lent:
        opened = Open(lent)
        token = DB.current_transaction.set(opened)
        try:
            async with lent.transaction():
                yield lent
        finally:
            DB.current_transaction.reset(token)
    await _settle(opened.callbacks)


async def _settle(callbacks: list[Callback]) -> None:
    # The work is committed: a callback that fails must not turn success into an error.
    for callback in callbacks:
        try:
            await callback()
        except (TimeoutError, OSError, RuntimeError) as error:
            log.warning("after_commit_failed", error=type(error).__name__)


def after_commit(callback: Callback) -> None:
    """Call `callback` once the outermost transaction has committed, never if it rolled back."""
    opened = DB.current_transaction.get()
    if opened is None:
        raise RuntimeError("after_commit() needs an open transaction().")
    opened.callbacks.append(callback)


COPIED_AT_ONCE = 50
"""Rows, where nobody waits for them: a stroke of the database."""


async def copy(table: str, rows: Sequence[tuple[object, ...]], columns: Sequence[str]) -> None:
    """Add rows to a table, gently, in the caller's transaction if there is one."""
    async with connection() as lent:
        async for some in parts(rows, COPIED_AT_ONCE):
            await lent.copy_records_to_table(table, records=some, columns=columns)


async def fetch(sql: str, *values: object) -> list[asyncpg.Record]:
    """Run one written statement and return its rows; only `queries.py` modules and hot paths write SQL."""
    async with connection() as lent:
        rows: list[asyncpg.Record] = await lent.fetch(sql, *values)
        return rows


async def fetch_one(sql: str, *values: object) -> asyncpg.Record | None:
    """Run one written statement and return its first row, or None."""
    async with connection() as lent:
        return await lent.fetchrow(sql, *values)
